"""The stage itself: looks at every file that no earlier run has seen, then settles rows."""

import csv
import hashlib
import json
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mapmaker import artifacts, workspace
from mapmaker.errors import ImagesError
from mapmaker.model import Images, Reject
from mapmaker.plural import count_of
from mapmaker.progress import counted
from mapmaker.stages import Figures, Inside, Job
from mapmaker.stages.scan.changes import Changes, foreseen
from mapmaker.stages.scan.listing import Listed, check_images, list_files
from mapmaker.stages.scan.looks import packed, unpacked
from mapmaker.stages.scan.rows import Seen, settle

PIXEL_LIMIT = 100_000_000
"""The most that any stage decodes: some 1.5 GB at the worst. The option can only lower it."""
SAVED_EVERY = 2_000
"""Files looked at between two writes of the memory, which a killed scan loses; a tenth of it where that is more."""


@dataclass(frozen=True)
class ScanStage(Inside):
    """Options of the scan. `pixel_limit`: images with more pixels than this are left out undecoded."""

    name: ClassVar[str] = "scan"
    version: ClassVar[int] = 5
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = (artifacts.IMAGES, artifacts.REJECTS, artifacts.LOOKS)
    worked: ClassVar[str] = "looked_at"

    pixel_limit: int = PIXEL_LIMIT

    def __post_init__(self) -> None:
        if not 1 <= self.pixel_limit <= PIXEL_LIMIT:
            raise ValueError(f"pixel_limit = {self.pixel_limit} is not between 1 and {PIXEL_LIMIT:,}")

    def check(self, job: Job) -> None:
        """The folder can be one of posters."""
        check_images(job.images)

    def outside(self, job: Job) -> Mapping[str, object]:
        """The folder's listing, by its digest: it may be long, and is compared more than once."""
        files = json.dumps([(file.path, file.size, file.changed) for file in list_files(job)])
        return {"files": hashlib.sha256(files.encode()).hexdigest()}

    def intact(self, job: Job) -> bool:  # noqa: ARG002 - the protocol's
        """The listing says all."""
        return True

    def run(self, job: Job) -> Figures:
        """Look at every file not seen before, then settle rows."""
        files = list_files(job)
        memory = self._memory(job)
        known = memory.read()
        looked_at = sum(file not in known for file in files)
        seen = self._look(job, files, memory, known)
        images, rejects = settle(_previous(job), seen)
        kept = int(images.present.sum())
        if kept == 0:
            examples = "; ".join(f"{reject.path}: {reject.reason}" for reject in rejects[:3])
            raise ImagesError(
                f"no image can be read in {job.images}: {count_of(len(rejects), 'file')} left out ({examples})"
            )
        artifacts.write_images(job.work, images)
        artifacts.write_rejects(job.work, rejects)
        told = zip(images.path, images.present.tolist(), strict=True)
        artifacts.write_looks(job.work, unpacked([seen[path].looks if here else "" for path, here in told]))
        return {"files": len(files), "posters": kept, "left_out": len(rejects), "looked_at": looked_at}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        files = count_of(figures["files"], "file")
        left_out = f", {figures['left_out']:,} of {files} left out" if figures["left_out"] else ""
        return f"{count_of(figures['posters'], 'poster')}{left_out}"

    def foresee(self, job: Job) -> Changes:
        """Return what a run would find, without opening a file of the folder."""
        return foreseen(list_files(job), self._memory(job).read(), _previous(job), _rejected(job))

    def _memory(self, job: Job) -> "Memory":
        return Memory(job.work.cache("scan") / f"{workspace.fingerprint({'scan': self})[:16]}.csv")

    def _look(self, job: Job, files: Sequence[Listed], memory: "Memory", known: dict[Listed, Seen]) -> dict[str, Seen]:
        """Return what each file is, in the order of `files`, remembering what was seen in earlier runs."""
        new = [file for file in files if file not in known]
        job.progress.expect(len(new), "files")
        look = Look(job.images, self.pixel_limit)
        found = job.engine.map(look, [file.path for file in new])
        unsaved = 0
        try:
            for file, one in zip(new, counted(found, job.progress), strict=True):
                known[file] = one
                unsaved += 1
                if unsaved >= max(SAVED_EVERY, len(known) // 10):
                    memory.write({file: known[file] for file in files if file in known})
                    unsaved = 0
        finally:  # an interrupted scan goes on where it was
            if unsaved:
                memory.write({file: known[file] for file in files if file in known})
        return {file.path: known[file] for file in files}


@dataclass(frozen=True)
class Look:
    """Looks at one file: a function for workers."""

    folder: Path
    pixel_limit: int

    def __call__(self, path: str) -> Seen:
        """Return what the file at `path`, relative to the folder, is."""
        from mapmaker_tiles import DecodeError, decode

        file = self.folder / path
        try:
            if not stat.S_ISREG(file.stat().st_mode):  # a named pipe would keep us waiting
                return Seen("", reason="cannot be read: not a regular file")
            sha256 = workspace.file_digest(file)
        except OSError as error:
            return Seen("", reason=f"cannot be read: {error.strerror or error}")
        try:
            image = decode(file, pixel_limit=self.pixel_limit)
        except DecodeError as error:
            return Seen(sha256, reason=str(error))
        pixels = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
        return Seen(sha256, pixels, *image.size, looks=packed(image, file.stat().st_size))


@dataclass(frozen=True)
class Memory:
    """What earlier runs saw, so that an unchanged file is opened once in its life."""

    file: Path

    def read(self) -> dict[Listed, Seen]:
        """Return what is remembered; nothing if the file is not there or damaged."""
        try:
            with self.file.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                return {
                    Listed(path, int(size), int(changed)): Seen(sha, pixels, int(width), int(height), reason, looks)
                    for path, size, changed, sha, pixels, width, height, reason, looks in csv.reader(file)
                }
        except (OSError, ValueError, csv.Error):
            return {}

    def write(self, seen: Mapping[Listed, Seen]) -> None:
        """Remember `seen`, and nothing else."""
        rows = ([*vars(listed).values(), *vars(one).values()] for listed, one in seen.items())
        with (
            workspace.replacing(self.file) as temporary,
            temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
        ):
            csv.writer(file).writerows(rows)


def _previous(job: Job) -> Images | None:
    return artifacts.read_images(job.work) if job.work.digest(artifacts.IMAGES) else None


def _rejected(job: Job) -> list[Reject]:
    return artifacts.read_rejects(job.work) if job.work.digest(artifacts.REJECTS) else []
