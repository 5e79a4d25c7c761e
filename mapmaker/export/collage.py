"""Some posters side by side -> a JPEG: rows of equal cells, with titles below them if they are wanted."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mapmaker.export.originals import Frame, Trouble, look_at
from mapmaker.finished import Original
from mapmaker.lettering import Color, Line, ink_on, plain
from mapmaker_tiles import Fit

CAPTION = 0.1
"""Height of a caption, as a share of the cell's height; never below `LEGIBLE` pixels."""
LEGIBLE = 14


@dataclass(frozen=True)
class Look:
    """What collages look like: `cell` is (width, height) of a poster, `captions` whether titles stand below."""

    columns: int
    cell: tuple[int, int]
    fit: Fit
    ground: Color
    captions: bool
    font: Path | None
    quality: int

    @property
    def pitch(self) -> int:
        """From the top of one row to that of the next."""
        return self.cell[1] + (max(LEGIBLE, round(self.cell[1] * CAPTION)) if self.captions else 0)

    def size(self, posters: int) -> tuple[int, int]:
        """Return (width, height) of a collage of so many posters."""
        return min(posters, self.columns) * self.cell[0], -(-posters // self.columns) * self.pitch

    def caption(self, title: str) -> Line:
        """Return what stands below a poster."""
        return Line(plain(title), self.font, ink_on(self.ground), self.ground)


@dataclass(frozen=True)
class Collage:
    """What a worker needs to make one: small, and it pickles."""

    look: Look
    posters: Sequence[Original]
    titles: Sequence[str]

    def lacking(self) -> str:
        """Return the letters of captions that cannot be drawn."""
        return "".join(self.look.caption(title).lacking() for title in self.titles) if self.look.captions else ""

    def paint(self) -> tuple[bytes, list[Trouble]]:
        """Return the JPEG, and what is wrong with the originals; what cannot be read is left blank."""
        look = self.look
        width, height = look.cell
        sheet = Image.new("RGB", look.size(len(self.posters)), look.ground)
        troubles = []
        for index, (original, title) in enumerate(zip(self.posters, self.titles, strict=True)):
            left, top = index % look.columns * width, index // look.columns * look.pitch
            picture, trouble = look_at(original, Frame(look.cell, look.fit, (0, height)))
            if trouble is not None:
                troubles.append(trouble)
            if picture is not None:
                sheet.paste(picture, (left, top))
            if look.captions:
                tall = look.pitch - height
                sheet.paste(look.caption(title).shortened(width, tall).draw(width, tall), (left, top + height))
        file = io.BytesIO()
        sheet.save(file, "JPEG", quality=look.quality, optimize=True)
        return file.getvalue(), troubles


def paint(collage: Collage) -> tuple[bytes, list[Trouble]]:
    """Paint a collage: a function for workers."""
    return collage.paint()
