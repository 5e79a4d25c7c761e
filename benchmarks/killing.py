"""An update whose processes are all killed: what stands then, and what the next run makes of it.

Run as a program it is `mapmaker` that kills itself, and all that it started, before it renames for the n-th time: of
the renames in the work folder and beside the map, which are what a build's promises hang on.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mapmaker as mm
from mapmaker import cli
from mapmaker.sources.demo import describe, write_posters

OPTIONS: dict[str, Any] = {"extractor": "classic", "poster_size": 40}
OURS = "cache", "fresh", "lock"
"""In the work folder: what need not be the same after a kill. Nor need records, which hold times, and digests.json."""
OLD, NEW, ASIDE = "the old map", "the new map", "none, the old one beside it"
"""What stands after a kill. The last is so between the two renames that swap the maps alone."""


@dataclass(frozen=True)
class Update:
    """A map whose posters have changed since, in `ready`; each try is made of a copy in `place`."""

    ready: Path
    place: Path

    def restore(self) -> None:
        """Begin anew."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.ready, self.place)

    def start(self, rename: int | None = None) -> "subprocess.Popen[str]":
        """Start the update; with `rename`, it kills itself before that one, and 0 only counts them, to stdout."""
        program = ["-m", "mapmaker"] if rename is None else [__file__, str(rename)]
        flags = [word for name, value in OPTIONS.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        words = [sys.executable, *program, "build", "posters", "--metadata", "posters/metadata.csv", *flags]
        return subprocess.Popen(
            [*words, "--quiet", "--workers", "2"],
            cwd=self.place,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def finish(self) -> mm.Report:
        """Run the update in this process, to its end."""
        posters = self.place / "posters"
        return mm.build(posters, self.place / "map", posters / "metadata.csv", workers=1, **OPTIONS)


@dataclass(frozen=True)
class Unbroken:
    """What the update makes if nobody kills it, and what there was before."""

    old: dict[str, str]
    new: dict[str, str]
    work: dict[str, str]
    seconds: float
    renames: int


def prepared(folder: Path, posters: int) -> Update:
    """Return a map of so many demo posters, of which then a twentieth each came, went, changed, and changed title."""
    some = max(1, posters // 20)
    ready, place = folder / "ready", folder / "place"
    write_posters(place / "posters", posters + some)
    files = [place / "posters" / describe(number).filename for number in range(posters + some)]
    (folder / "aside").mkdir()
    for file in files[posters:]:
        file.rename(folder / "aside" / file.name)
    update = Update(ready, place)
    update.finish()
    (place / "map" / "CNAME").write_text("example.org")  # the user's own
    for file in (folder / "aside").iterdir():
        file.rename(place / "posters" / file.name)
    for old, new in zip(files[:some], files[some : 2 * some], strict=True):
        shutil.copy(new, old)
        new.unlink()
    table = place / "posters" / "metadata.csv"
    header, *lines = table.read_text(encoding="utf-8").splitlines()
    corrected = [line.replace(",", ",Corrected: ", 1) for line in lines[2 * some : 3 * some]]
    lines = [header, *lines[:some], *corrected, *lines[3 * some :]]
    table.write_text("\n".join([*lines, ""]), encoding="utf-8")
    place.rename(ready)
    return update


def unbroken(update: Update) -> Unbroken:
    """Run the update to its end twice: timed, and its renames counted."""
    update.restore()
    old = tree(update.place / "map")
    started = time.monotonic()
    update.start().communicate()
    seconds = time.monotonic() - started
    new, work = tree(update.place / "map"), artefacts(update.place)
    update.restore()
    renames = int(update.start(0).communicate()[0].split()[-1])
    return Unbroken(old, new, work, seconds, renames)


def killed_after(update: Update, seconds: float) -> bool:
    """Begin the update anew and kill it after so long; return whether it was still running."""
    update.restore()
    process = update.start()
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def killed_before(update: Update, rename: int) -> bool:
    """Begin the update anew and let it kill itself before a rename, from 1; return whether it did."""
    update.restore()
    process = update.start(rename)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def standing(update: Update, whole: Unbroken) -> str:
    """Return what stands after a kill: OLD, NEW, ASIDE, or what is wrong."""
    out = update.place / "map"
    if not out.exists():
        aside = update.place / ".map.mapmaker-old"
        return ASIDE if aside.is_dir() and tree(aside) == whole.old else "no map"
    checked = mm.check(out)
    if not checked.whole:
        return f"a map with {checked.count} faults, {checked.faults[0]}"
    known = {OLD: whole.old, NEW: whole.new}
    return next((name for name, files in known.items() if tree(out) == files), "a mixture")


def ended(update: Update, whole: Unbroken) -> str:
    """Run the killed update again, to its end; return what is wrong then, "" if nothing."""
    report = update.finish()
    work = update.place / ".mapmaker" / "map"
    wrong = {
        "the map differs": tree(update.place / "map") != whole.new,
        "artefacts differ": artefacts(update.place) != whole.work,
        "something is left": {path.name for path in update.place.iterdir()} != {"posters", "map", ".mapmaker"},
        "something was put aside": (work / "replaced").exists(),
        "it warns": bool(report.warnings),
        "there is more to do": bool(update.finish().ran),
    }
    return ", ".join(what for what, is_so in wrong.items() if is_so)


def artefacts(place: Path) -> dict[str, str]:
    """Return the digests of the artefacts by path."""
    files = tree(place / ".mapmaker" / "map")
    return {
        name: digest
        for name, digest in files.items()
        if name.split("/")[0] not in OURS and name != "digests.json" and not name.endswith(".record.json")
    }


def tree(folder: Path) -> dict[str, str]:
    """Return the digests of all files below a folder, by path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def kill(options: argparse.Namespace, folder: Path) -> bool:
    """Print a row for random moments and one for renames; return whether every kill ended well."""
    update = prepared(folder, options.posters)
    whole = unbroken(update)
    chance = random.Random(options.seed)
    moments = [(number + chance.random()) / options.moments * whole.seconds for number in range(options.moments)]
    print(f"an update of {whole.seconds:.1f} s with {whole.renames} renames", file=sys.stderr, flush=True)
    print("| killed | times | in time | the old map stood | the new one | the old one beside | something wrong |")
    print("|---|---|---|---|---|---|---|")
    rows = (
        ("at random moments", [lambda at=at: killed_after(update, at) for at in moments]),
        ("before each rename", [lambda at=at: killed_before(update, at) for at in range(1, whole.renames + 1)]),
    )
    return sum(not tried(name, tries, update, whole) for name, tries in rows) == 0


def tried(name: str, tries: Sequence[Callable[[], bool]], update: Update, whole: Unbroken) -> bool:
    """Kill in each of these ways, and print a row; return whether all ended well."""
    stood, wrong, in_time = Counter[str](), [], 0
    for number, killed in enumerate(tries):
        in_time += killed()
        state = standing(update, whole)
        stood[state] += 1
        fault = "" if state in (OLD, NEW, ASIDE) else state
        if fault := fault or ended(update, whole):
            wrong.append(f"{number}: {fault}")
            print(f"{name}, {wrong[-1]}", file=sys.stderr, flush=True)
    figures = f"{len(tries)} | {in_time} | {stood[OLD]} | {stood[NEW]} | {stood[ASIDE]} | {len(wrong)}"
    print(f"| {name} | {figures} |", flush=True)
    return not wrong


def _counted(rename: int) -> None:
    """Run the command of argv; count its renames, and die before that one."""
    count = 0
    work, out = Path.cwd() / ".mapmaker" / "map", Path.cwd()

    def counting(do: Callable[..., Any]) -> Callable[..., Any]:
        def counted(source: Any, target: Any, **more: Any) -> Any:
            nonlocal count
            if Path(target).absolute().parent in (work, work / "fresh", out):
                count += 1
                if count == rename:
                    os.killpg(os.getpgrp(), signal.SIGKILL)
            return do(source, target, **more)

        return counted

    os.rename, os.replace = counting(os.rename), counting(os.replace)
    code = cli.main(sys.argv[2:])
    print(count)
    sys.exit(code)


if __name__ == "__main__":
    _counted(int(sys.argv[1]))
