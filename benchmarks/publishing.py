"""How long publishing takes, and what is sent: a first time, unchanged, and with one file in a hundred changed.

    python benchmarks/publishing.py --files 20000 --bytes 10000

Files of random bytes, as WebP cannot be packed either, with a manifest; to a bare repository on the same disk that can
send names alone, as GitHub can, and into a folder. That the map is whole is not looked at: `mapmaker check` has figures
of its own.
"""

import argparse
import hashlib
import random
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mapmaker.checks import Checked
from mapmaker.hosting.contents import gather
from mapmaker.hosting.directory import publish_directory
from mapmaker.hosting.pages import Branch, publish_branch
from mapmaker.hosting.published import Consent, Published
from mapmaker.manifest import MANIFEST, manifest_bytes
from mapmaker.progress import Silence


def write(folder: Path, files: int, size: int, changed: int = 0) -> None:
    """Write files like a map's tiles; those before `changed` with other bytes than without."""
    digests = {}
    for number in range(files):
        name = f"tiles/9/{number // 200}/{number % 200}.webp"
        content = random.Random(f"{number} {number < changed}").randbytes(size)
        digests[name] = hashlib.sha256(content).hexdigest()
        if not changed or number < changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    (folder / MANIFEST).parent.mkdir(exist_ok=True)
    (folder / MANIFEST).write_bytes(manifest_bytes(digests))


def packed(bare: Path) -> int:
    """Return the kilobytes of all that was ever sent to a repository."""
    said = subprocess.run(["git", "count-objects", "-v"], cwd=bare, capture_output=True, text=True, check=True).stdout
    counted = dict(line.split(": ") for line in said.splitlines())
    return int(counted["size"]) + int(counted["size-pack"])


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, bare = Path(place, "map"), Path(place, "map.git")
        subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
        for setting in ("allowFilter", "allowAnySHA1InWant"):
            subprocess.run(["git", "config", f"uploadpack.{setting}", "true"], cwd=bare, check=True)
        checked = Checked([], {}, 0, 0, 0, 0)
        ways: dict[str, Callable[[], Published]] = {
            "branch": lambda: publish_branch(gather(folder), checked, Branch(str(bare)), Consent(), Silence()),
            "folder": lambda: publish_directory(gather(folder), Path(place, "web"), Consent(), Silence()),
        }
        print(f"{options.files:,} files of {options.bytes:,} bytes\n")
        print("| | branch | sent | folder |\n|---|---|---|---|")
        for what, changed in (("first", 0), ("unchanged", 0), ("1 % changed", options.files // 100)):
            if what != "unchanged":
                write(folder, options.files, options.bytes, changed)
            seconds, before = {}, packed(bare)
            for way, publish in ways.items():
                started = time.monotonic()
                publish()
                seconds[way] = time.monotonic() - started
            sent = (packed(bare) - before) / 1e3
            print(f"| {what} | {seconds['branch']:.1f} s | {sent:,.1f} MB | {seconds['folder']:.1f} s |")


if __name__ == "__main__":
    main()
