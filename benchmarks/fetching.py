"""`mapmaker fetch` of many pictures from a server that fails, killed again and again: what arrived, and what it took.

    python benchmarks/fetching.py --images 5000 --kills 4

Every good picture must arrive as it was sent, with its row in metadata.csv, every bad one stand in fetched.csv with its
status and its reason, and what had arrived before a kill must not be asked for again.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import itertools
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from faulty_host import Answer, FaultyHost, Handler
from PIL import Image

from mapmaker.fetched import FAILED, FETCHED, UNREACHED, Arrival, read_arrivals

GOOD = "good", "failing at first", "busy at first", "late", "moved", "of no type"
"""Kinds of answers that end with a picture."""
BAD: Mapping[str, str] = {
    "gone": "404 Not Found",
    "failing": "500 Internal Server Error",
    "truncated": "broken off",
    "hangs up": "no answer: the connection was closed",
    "silent": "silent for too long",
    "page": "no picture: text/html",
    "page as picture": "no picture: not an image",
    "empty": "no picture: empty file",
    "broken": "no picture: ",
    "bomb": "no picture: over the pixel limit",
    "10 GB": "too large: 10,000,000,000 bytes",
    "endless": "too large: more than",
    "circle": "redirected in a circle",
    "file": "redirected to no http or https address",
    "private": "not allowed: redirected to 10.0.0.1",
    "always busy": "429 Too Many Requests",
}
"""Kinds that do not, and how the reason begins that the manifest must tell."""
LATER = {"failing", "truncated", "hangs up", "silent", "always busy"}
"""Kinds that are asked for again in the next run."""
_UNASKED = "not asked for: "
"""How the reason begins where a host is given up that said the same of others."""
_BUSY = "/busy/"
"""Paths at another host, by name: it is given up, and the others are not to be with it."""
RARE = {"silent", "endless"}
"""Those that take long: a tenth as many."""
_SHARE_OF_BAD = 0.15
_HOSTS = ("--allow-host", "127.0.0.1", "--allow-host", "localhost")
_MANNERS = ("--rate", "100000", "--jobs", "24", "--jobs-per-host", "24", "--backoff", "0.05", "--silence", "1")
_LIMIT = 3_000_000


@dataclass
class Shelf:
    """Pictures by path: what each path does, and the digest of what must arrive."""

    kinds: dict[str, str]
    digests: dict[str, str] = field(default_factory=dict)

    def answers(self) -> dict[str, Answer | Handler]:
        """Return what the server does."""
        bomb, size = huge_png(), 4 * 3
        drawn = [_jpeg(seed) for seed in range(64)]
        answers: dict[str, Answer | Handler] = {}
        for number, (path, kind) in enumerate(self.kinds.items()):
            # Comments after the picture's end: each is a file of its own, and need not be drawn.
            picture = drawn[number % 64] + b"\xff\xfe" + number.to_bytes(size, "big")
            self.digests[path] = hashlib.sha256(picture).hexdigest()
            answers[path] = _answer(kind, path, picture, bomb)
            if kind == "moved":
                answers[f"{path}/moved"] = Answer(picture)
        return answers


def shelf(count: int, seed: int = 0) -> Shelf:
    """Return so many paths: most are good, and every kind of bad ones is there."""
    chance = random.Random(seed)
    common = [kind for kind in BAD if kind not in RARE]
    kinds = {}
    for number in range(count):
        if number < len(BAD):
            kind = list(BAD)[number]
        elif chance.random() < _SHARE_OF_BAD:
            kind = chance.choice(common if chance.random() < 0.99 else sorted(RARE))
        else:
            kind = "good" if chance.random() < 0.9 else chance.choice(GOOD)
        kinds[f"{_BUSY if kind == 'always busy' else '/'}{number:05}.jpg"] = kind
    return Shelf(kinds)


def address(host: FaultyHost, path: str) -> str:
    """Return the address of a path."""
    return host.url(path, "localhost" if path.startswith(_BUSY) else "127.0.0.1")


def _answer(kind: str, path: str, picture: bytes, bomb: bytes) -> Answer | Handler:
    """Return how a path of that kind answers."""
    page = b"<!doctype html><p>Sorry, this poster is gone."
    fixed: Mapping[str, Answer] = {
        "good": Answer(picture, headers={"ETag": f'"{path}"'}),
        "late": Answer(picture, waits=0.3),
        "moved": Answer(status=301, headers={"Location": f"{path}/moved"}),
        "of no type": Answer(picture, type="application/octet-stream"),
        "gone": Answer(page, 404, "text/html"),
        "failing": Answer(status=500),
        "truncated": Answer(picture[:500], declared=len(picture)),
        "hangs up": Answer(hangs_up=True),
        "silent": Answer(picture, waits=60),
        "page": Answer(page, type="text/html"),
        "page as picture": Answer(page),
        "empty": Answer(),
        "broken": Answer(picture[: len(picture) // 2]),
        "bomb": Answer(bomb, type="image/png"),
        "10 GB": Answer(declared=10**10),
        "endless": Answer(picture, declared=-1, endless=True),
        "circle": Answer(status=302, headers={"Location": path}),
        "file": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
        "private": Answer(status=302, headers={"Location": "http://10.0.0.1/poster.jpg"}),
        "always busy": Answer(status=429),
    }
    first = {
        "failing at first": Answer(status=503),
        "busy at first": Answer(status=429, headers={"Retry-After": "0"}),
    }
    if kind in first:
        return lambda request: first[kind] if request.number == 1 else fixed["good"]
    return fixed[kind]


def _jpeg(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (24, 16, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((182, 268), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


def huge_png() -> bytes:
    """Return a small PNG of 12,000 x 12,000 pixels."""
    file = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True)
class Errand:
    """A table of addresses, and where its pictures go."""

    place: Path
    more: Sequence[str] = ()

    @property
    def folder(self) -> Path:
        """Where pictures go."""
        return self.place / "posters"

    def write_table(self, host: FaultyHost, paths: Sequence[str]) -> None:
        """Write the table."""
        with (self.place / "posters.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["title", "year", "genres", "poster"])
            table.writerows([*_known(path, i), address(host, path)] for i, path in enumerate(paths))

    def start(self) -> "subprocess.Popen[str]":
        """Start fetching."""
        words = [sys.executable, "-m", "mapmaker", "fetch", "urls", "posters.csv", "--into", "posters", *_HOSTS]
        limits = ["--max-bytes", str(_LIMIT), "--quiet", "--json"]
        return subprocess.Popen(
            [*words, *_MANNERS, *limits, *self.more],
            cwd=self.place,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def arrived(self) -> dict[str, Arrival]:
        """Return what the manifest says that came, by address."""
        return {url: one for url, one in read_arrivals(self.folder).items() if one.status == FETCHED}


def _known(path: str, number: int) -> list[str]:
    """Return what the table knows of a picture: title, year, genres."""
    return [f"Film {Path(path).stem}", str(1950 + number % 70), "Drama|War"]


def killed_after(errand: Errand, count: int) -> bool:
    """Fetch, and kill that once so many more have arrived; return whether it was still running."""
    table = errand.folder / "fetched.csv"
    enough = (len(errand.arrived()) if table.exists() else 0) + count
    process = errand.start()
    while process.poll() is None:
        if table.exists() and table.read_bytes().count(b",fetched,") >= enough:
            break
        time.sleep(0.002)
    in_time = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return in_time


def faults(errand: Errand, host: FaultyHost, told: Shelf) -> list[str]:
    """Return what is not as it should be of a fetch that has ended."""
    arrivals = read_arrivals(errand.folder)
    found = []
    for path, kind in told.kinds.items():
        arrival = arrivals.get(address(host, path))
        if arrival is None:
            found.append(f"{path} ({kind}) is not in the manifest")
        elif kind in BAD:
            told_so = arrival.reason.startswith(BAD[kind])
            told_so |= arrival.reason.startswith(_UNASKED) and BAD[kind] in arrival.reason and kind in LATER
            if arrival.status != (UNREACHED if kind in LATER else FAILED) or not told_so:
                found.append(f"{path} ({kind}): {arrival.status}, {arrival.reason!r}")
        elif arrival.status != FETCHED or not (errand.folder / arrival.file).is_file():
            found.append(f"{path} ({kind}) did not arrive: {arrival.reason!r}")
        elif _digest(errand.folder / arrival.file) != told.digests[path]:
            found.append(f"{path} ({kind}) is not what was sent")
    found += _wrong_rows(errand, told, {path: arrivals.get(address(host, path)) for path in told.kinds})
    known = {arrival.file for arrival in arrivals.values()} | {"metadata.csv", "fetched.csv"}
    there = {path.relative_to(errand.folder).as_posix() for path in errand.folder.glob("[!.]*")}
    found += [f"{name} is there, and nobody knows why" for name in sorted(there - known)]
    found += [f"{part.name} is left over" for part in errand.folder.glob(".fetch/*.part")]
    return found


def _wrong_rows(errand: Errand, told: Shelf, arrivals: Mapping[str, Arrival | None]) -> list[str]:
    """Return which rows of metadata.csv are not what the table knows of the pictures that came, in its order."""
    expected = [
        [arrival.file, *_known(path, number)]
        for number, (path, kind) in enumerate(told.kinds.items())
        if kind not in BAD and (arrival := arrivals[path])
    ]
    with (errand.folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    pairs = itertools.zip_longest(rows, expected)
    return [f"metadata.csv says {row}, and should say {right}" for row, right in pairs if row != right]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@dataclass
class Memory:
    """The most memory that a process has had, in MB; looked at while it runs."""

    process: "subprocess.Popen[str]"
    most: float = 0.0

    def watch(self) -> float:
        """Wait for the process, and return that."""
        import psutil

        seen = psutil.Process(self.process.pid)
        while self.process.poll() is None:
            with contextlib.suppress(psutil.Error):
                self.most = max(self.most, seen.memory_info().rss / 1e6)
            time.sleep(0.05)
        return self.most


def unbroken(errand: Errand) -> tuple[float, float]:
    """Fetch all at once; return seconds and MB."""
    started = time.perf_counter()
    process = errand.start()
    memory = Memory(process).watch()
    _, said = process.communicate()
    if process.returncode:
        sys.exit(said)
    return time.perf_counter() - started, memory


def twice(errand: Errand, host: FaultyHost, told: Shelf, kills: int, chance: random.Random) -> tuple[list[str], int]:
    """Fetch, killed so many times; return what was asked for again though it had arrived, and the kills in time."""
    in_time = 0
    asked: dict[str, tuple[str, int]] = {}
    good = sum(kind not in BAD for kind in told.kinds.values())
    for _ in range(kills):
        in_time += killed_after(errand, chance.randint(1, max(1, good // (kills + 1))))
        paths = {url: url.removeprefix(host.url("")) for url in errand.arrived()}
        for url, path in paths.items():
            asked.setdefault(url, (path, host.asked[path]))
    unbroken(errand)
    return [url for url, (path, times) in asked.items() if host.asked[path] != times], in_time


def main() -> None:
    """Print what the module says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    told = shelf(asked.images, asked.seed)
    kinds = Counter(told.kinds.values())
    good = sum(count for kind, count in kinds.items() if kind not in BAD)
    print(f"{asked.images:,} pictures, {good:,} good: {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())}")
    wrong: list[str] = []
    with FaultyHost(told.answers()) as host:
        for name in ("at once", "killed"):
            with tempfile.TemporaryDirectory() as place:
                errand = Errand(Path(place))
                errand.write_table(host, list(told.kinds))
                host.asked.clear()
                if name == "at once":
                    seconds, memory = unbroken(errand)
                    requests = sum(host.asked.values())
                    print(
                        f"at once: {seconds:.1f} s, {good / seconds:.0f} pictures a second, {requests:,} requests, "
                        f"{memory:.0f} MB at most"
                    )
                else:
                    again, kills = twice(errand, host, told, asked.kills, random.Random(asked.seed))
                    print(f"killed {kills} times: {len(again):,} of what had arrived asked for again")
                    wrong += again
                found = faults(errand, host, told)
                print(f"{name}: {len(found):,} faults")
                wrong += found
    for line in wrong[:20]:
        print(f"  {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
