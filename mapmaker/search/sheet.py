"""An answer -> a sheet for looking at, as PNG: what was asked with, then what was found, a row for each view."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, PngImagePlugin

from mapmaker import artifacts
from mapmaker.errors import ImagesError, OutputError
from mapmaker.lettering import Line, ink_on, plain
from mapmaker.plural import count_of
from mapmaker.search.answers import Answer
from mapmaker.search.collection import open_collection
from mapmaker.workspace import check_makable, replacing
from mapmaker_tiles import DecodeError, decode, frame

CELL = (120, 180)
"""Pixels of a poster."""
LINE = 16
"""Pixels of a line of text."""
GAP = 8
MOST = 24
"""Posters in a row; others are left out."""
GROUND = (255, 255, 255)
OURS = "mapmaker sheet"
"""What a sheet says of itself, so that it may be written over."""


@dataclass(frozen=True)
class Place:
    """A poster on a sheet: its file, and two lines below."""

    file: Path
    title: str
    told: str


def draw_sheet(work: str | Path, answer: Answer, out: str | Path, images: str | Path | None = None) -> list[str]:
    """Draw a sheet into the file `out`; return notes of what could not be drawn.

    `images`: the folder of images, if it is no more where the map was built from. A file that is there is written over
    only if it is a sheet. ImagesError without that folder, OutputError where nothing can be written.
    """
    file = Path(out)
    check_sheet(file)
    folder = _folder(Path(work), None if images is None else Path(images))
    lacking = draw_rows(_lines(Path(work), answer, folder), file)
    return [f"{count_of(lacking, 'poster')} could not be read from {folder}, and left blank"] if lacking else []


def draw_rows(lines: Sequence[tuple[str, Sequence[Place]]], file: Path, label: int = CELL[0]) -> int:
    """Draw rows of posters below their labels, `label` pixels wide, into a file that `check_sheet` has looked at.

    Returns how many posters could not be read, and are blank. OutputError if the file cannot be written.
    """
    across = max(len(places) for _, places in lines)
    width = GAP + across * (CELL[0] + GAP)
    tall = LINE + CELL[1] + 2 * LINE + 2 * GAP
    sheet = Image.new("RGB", (width, GAP + len(lines) * tall), GROUND)
    lacking = 0
    for number, (told, places) in enumerate(lines):
        top = GAP + number * tall
        wide = min(label, width - 2 * GAP)
        sheet.paste(_text(told, wide), (GAP, top))
        for column, place in enumerate(places):
            left = GAP + column * (CELL[0] + GAP)
            try:
                picture = frame(decode(place.file, at_least=(2 * CELL[0], 2 * CELL[1])), CELL, "contain")
                sheet.paste(picture, (left, top + LINE))
            except (DecodeError, OSError):
                lacking += 1
            sheet.paste(_text(place.title, CELL[0]), (left, top + LINE + CELL[1]))
            sheet.paste(_text(place.told, CELL[0]), (left, top + 2 * LINE + CELL[1]))
    _write(sheet, file)
    return lacking


def check_sheet(file: Path) -> None:
    """Raise OutputError unless a sheet can be written there."""
    try:
        check_makable(file.absolute().parent)
        if file.is_dir():
            raise OutputError(f"{file} is a folder; give the name of a file with --sheet")
        if file.exists() and not _is_sheet(file):
            raise OutputError(f"{file} is there, and no sheet of ours; give another name with --sheet")
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror or error}; give another place with --sheet") from error


def _is_sheet(file: Path) -> bool:
    try:
        with Image.open(file) as picture:
            return picture.format == "PNG" and picture.info.get("Software") == OURS
    except (OSError, ValueError, SyntaxError):  # what Pillow raises on what is no PNG
        return False


def _folder(work: Path, images: Path | None) -> Path:
    folder = images or artifacts.read_source(open_collection(work).held)
    if folder is None or not folder.is_dir():
        raise ImagesError(f"no folder {folder or 'of images is known'}; give that of the map's images with --images")
    return folder


def _lines(work: Path, answer: Answer, folder: Path) -> Sequence[tuple[str, list[Place]]]:
    """Return a label and places for each row: what was asked with in front, or above where it is several."""
    collection = open_collection(work)
    asked = [
        Place(
            Path(one.text) if one.id is None else folder / collection.images.path[collection.rows[one.id]],
            one.title,
            f"weight {one.weight:.2f}" if len(answer.inputs) > 1 else "",
        )
        for one in answer.inputs
    ]
    rows = []
    for seen in answer.seen:
        found = [Place(folder / one.path, one.title or one.path, f"{one.similarity:.3f}") for one in seen.found[:MOST]]
        rows.append((seen.view, found if len(asked) > 1 else [*asked, *found]))
    return [("mixed", asked[:MOST]), *rows] if len(asked) > 1 else rows


def _text(text: str, width: int) -> Image.Image:
    """Return as much of a text as fits a line."""
    return Line(plain(text), None, ink_on(GROUND), GROUND).shortened(width, LINE).draw(width, LINE)


def _write(sheet: Image.Image, file: Path) -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Software", OURS)
    try:
        file.absolute().parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            sheet.save(temporary, "PNG", pnginfo=told)
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror or error}; give another place with --sheet") from error
