"""keep.txt and drop.txt -> rows that are kept or dropped, whatever is found; a poster -> the line that names it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapmaker.errors import ImagesError
from mapmaker.mentions import Mentions, bare
from mapmaker.model import Images, Reject
from mapmaker.stages import DROP_LIST, KEEP_LIST, Job


@dataclass(frozen=True)
class Line:
    """A line of a list: what it says, and where it stands."""

    text: str
    file: Path
    number: int


@dataclass(frozen=True)
class Listed:
    """Rows that the user wants kept, rows to be dropped, and what is to be said of lines that fit nothing."""

    keep: frozenset[int]
    drop: frozenset[int]
    warnings: Sequence[str]


def list_files(job: Job, keep: Path | None, drop: Path | None) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the lists of what to keep and of what to drop: those in the folder of images, and those given."""
    here = [path for path in (job.images / KEEP_LIST, job.images / DROP_LIST) if path.is_file()]
    kept = [path for path in here if path.name == KEEP_LIST] + ([keep] if keep else [])
    return kept, [path for path in here if path.name == DROP_LIST] + ([drop] if drop else [])


def read_lines(files: Sequence[Path]) -> list[Line]:
    """Return the lines of `files` that say something. ImagesError for a file that cannot be read."""
    return [line for file in files for line in _lines(file)]


def _lines(file: Path) -> Iterator[Line]:
    try:
        text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise ImagesError(f"cannot read {file}: {error.strerror}") from error
    yield from (Line(said, file, number) for number, said in _said(text))


def _said(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and content of the lines that say something."""
    for number, line in enumerate(text.splitlines(), 1):
        if (said := line.strip()) and not said.startswith("#"):
            yield number, said


def line_of(path: str, id_: str) -> str:
    """Return the line that names a poster: its path, after `./` where it would not be read as one; else its id."""
    try:
        path.encode()
    except UnicodeEncodeError:  # the page, which offers the line, cannot show it
        return id_
    lines = (path, f"./{path}")
    return next((line for line in lines if [bare(said) for _, said in _said(line)] == [path]), id_)


def settled(keep: Sequence[Line], drop: Sequence[Line], images: Images, rejects: Sequence[Reject]) -> Listed:
    """Return the rows that the lines name, by path or id. A poster on both lists is kept."""
    mentions = Mentions.of(images, rejects)
    warnings: list[str] = []
    kept = {row for line in keep if (row := _row(line, mentions, warnings)) is not None}
    dropped = {row for line in drop if (row := _row(line, mentions, warnings)) is not None}
    warnings += [
        f"{images.path[row]} is both to be kept and to be dropped: it is kept" for row in sorted(kept & dropped)
    ]
    return Listed(frozenset(kept), frozenset(dropped - kept), warnings)


def _row(line: Line, mentions: Mentions, warnings: list[str]) -> int | None:
    """Return the row that a line names; None, and a warning, if there is none."""
    row = mentions.row(line.text)
    if row is None:
        reason = mentions.reason(line.text)
        why = f"was left out by the scan: {reason}" if reason else "is no path or id of a poster"
        warnings.append(f"{line.file}, line {line.number}: {line.text} {why}")
    return row
