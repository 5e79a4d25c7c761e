"""A finished map -> a picture of any part of it for the wall, PNG or PDF, drawn from the originals in flat memory."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, get_args

import numpy as np
from PIL import Image

from mapmaker import options
from mapmaker.errors import OptionError
from mapmaker.export import pdf, png
from mapmaker.export.bands import Band, Sheet
from mapmaker.export.originals import Trouble
from mapmaker.export.output import check_apart, check_file, writing
from mapmaker.export.packing import Packed, pack
from mapmaker.export.page import POINT, Page, Region, read_page, read_region
from mapmaker.export.placing import inside, lay
from mapmaker.export.told import Exported, Troubles
from mapmaker.finished import FinishedMap, read_map
from mapmaker.lettering import Color, Line, check_font, color, ink_on, missing_letters, plain
from mapmaker.methods.engines import Engine
from mapmaker.methods.engines.local import Local
from mapmaker.options import whole
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence, counted
from mapmaker.workspace import replacing
from mapmaker_tiles import Fit

FORMATS = ("png", "pdf")
SOFT = 1.5
"""Enlarged by more, a poster looks soft."""
P = TypeVar("P")


@dataclass(frozen=True)
class Print:
    """Options of a wall poster.

    `region`: "" is the whole map; "C0,R0,C1,R1" are its first and last column and row, counted from 0, all included;
    "cluster:SLUG" the box around the largest part of a cluster. `size`: A0 to A5, turned as the region fits best, or
    like "60x90cm" (mm, cm, in, px); `dpi`: pixels an inch. `margin`: like "10mm", or "2%" of the shorter side.
    `background`: a colour by name or like "#0b0b0c". `title`: a line above the map, `font`: the file of the font that
    it is set in. `fit`: "cover" crops a poster to its cell, "contain" pads it, "stretch" distorts it. `format`: "png"
    or "pdf", "" for what the file's name ends in. `quality`: of the JPEG in a PDF, 1 to 100; 0 keeps every pixel as it
    is.
    """

    region: str = ""
    size: str = "A0"
    dpi: int = 150
    margin: str = "2%"
    background: str = "white"
    title: str = ""
    font: Path | None = None
    fit: str = "cover"
    format: str = ""
    quality: int = 92

    def __post_init__(self) -> None:
        for name, value, known in (("fit", self.fit, get_args(Fit)), ("format", self.format or "png", FORMATS)):
            if value not in known:
                raise OptionError(f"{name} = {value!r} is not one of {', '.join(known)}")
        if whole("quality", self.quality, 0) > 100:
            raise OptionError(f"quality = {self.quality} is above 100")
        check_font(self.font)
        color("background", self.background)

    @property
    def ground(self) -> Color:
        """Red, green, blue of the background. OptionError if it is none."""
        return color("background", self.background)

    def heading(self) -> Line | None:
        """Return the line above the map, None if there is to be none."""
        text = plain(self.title)
        return Line(text, self.font, ink_on(self.ground), self.ground) if text else None

    def lettering(self) -> list[str]:
        """Return a note if the font lacks letters of the title."""
        line = self.heading()
        lacking = line.lacking() if line is not None else ""
        return [missing_letters(lacking)] if lacking else []

    def written_as(self, out: Path) -> str:
        """Return the format that `out` is to have. OptionError if nobody can tell, or two say otherwise."""
        ending = out.suffix.lower().removeprefix(".")
        if ending in FORMATS and self.format in ("", ending):
            return ending
        if ending in FORMATS:
            raise OptionError(f"format = {self.format!r}, but {out} ends in .{ending}")
        if not self.format:
            raise OptionError(f"{out} ends neither in .png nor in .pdf; name it so, or say which with --format")
        return self.format


def export_poster(
    work: str | Path,
    out: str | Path = "poster.png",
    *,
    images: str | Path | None = None,
    force: bool = False,
    engine: Engine | None = None,
    workers: int = 0,
    progress: Progress | None = None,
    **chosen: Any,
) -> Exported:
    """Draw the finished map of the folder `work`, or a part of it, as one picture in the file `out`, PNG or PDF.

    `images`: the folder of images, if it is no more where the map was built from. Posters are drawn from there, at full
    size. Options are those of `Print`: `region`, `size`, `dpi`, `margin`, `background`, `title`, `font`, `fit`,
    `format`, `quality`. A file that is there is written over only if an export wrote it, or with `force`. `engine`:
    where posters are drawn, this machine unless told; `workers`: its processes, 0 for one a core. `progress` is told
    how far the work is. Memory does not grow with the picture. Raises InputError for what is the user's to mend.
    """
    asked: Print = options.build(Print, chosen, "poster")
    file = Path(out)
    kind = asked.written_as(file)
    found = read_map(Path(work), None if images is None else Path(images))
    region = read_region(asked.region, found)
    page = read_page(asked.size, asked.dpi, asked.margin, region.across / (region.down * found.aspect))
    sheet = lay(found, region, page, asked.heading(), asked.ground, asked.fit)  # type: ignore[arg-type]  # checked
    writer = _Writer(page, kind, asked.quality, plain(asked.title))
    writer.check()
    check_apart(file, found.folder, found.work)
    check_file(file, pdf.is_our_pdf if kind == "pdf" else png.is_our_png, force)
    # From here on there is work to do.
    told = progress or Silence()
    told.begin("poster")
    troubles = Troubles()
    spread = Local(workers) if engine is None else engine
    bands = list(sheet.bands())
    told.expect(len(bands), "strips")
    painted = counted(spread.map(writer.paint, bands, chunk=1), told)
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(file) as temporary:
            with temporary.open("wb") as target:
                writer.write(target, _noting(painted, troubles))
            troubles.check(sheet.posters, found.folder)
        size = file.stat().st_size
    told.end("poster", f"{page.width:,} x {page.height:,} pixels, {size / 1e6:,.1f} MB")
    notes = [*asked.lettering(), *_strangers(found, region), *_softness(sheet, found, region)]
    across, down = (round(side * POINT, 1) for side in page.points)
    figures = {"width": page.width, "height": page.height, "dpi": page.dpi, "width_mm": across, "height_mm": down}
    figures |= {"posters": sheet.posters, "poster_width": sheet.widest, "bytes": size}
    return troubles.export(file, figures, notes, "left blank", told)


@dataclass(frozen=True)
class _Painted:
    """A band as the file is to have it, and what is wrong with its originals."""

    part: Packed | pdf.Strip
    troubles: Sequence[Trouble]


@dataclass(frozen=True)
class _Writer:
    """Knows what bands become, in whatever process, and how a file is made of them."""

    page: Page
    kind: str
    quality: int
    title: str

    def check(self) -> None:
        """Raise OptionError for a page that the format cannot hold."""
        if self.kind == "png":
            return
        if not all(1 <= side <= pdf.MOST_POINTS for side in self.page.points):
            across, down = (round(side * POINT) for side in self.page.points)
            most = round(pdf.MOST_POINTS * POINT)
            raise OptionError(
                f"a page of {across:,} x {down:,} mm: a side of a PDF may have 1 to {most:,}; write a PNG"
            )
        if self.quality and self.page.width > pdf.MOST_ACROSS:
            wide = f"{self.page.width:,} pixels across: JPEG holds {pdf.MOST_ACROSS:,}"
            raise OptionError(f"{wide}; give fewer --dpi, or --quality 0, which does without JPEG")

    def paint(self, band: Band) -> _Painted:
        """Draw a band: a function for workers."""
        pixels, troubles = band.paint()
        if self.kind == "png" or not self.quality:
            return _Painted(pack(pixels), troubles)
        more = pdf.OVERLAP if band.bottom < self.page.height else 0
        taller = np.concatenate([pixels, np.repeat(pixels[-1:], more, axis=0)])
        file = io.BytesIO()
        Image.fromarray(taller).save(file, "JPEG", quality=self.quality, subsampling="4:4:4")
        return _Painted(pdf.Strip(file.getvalue(), band.top, len(taller)), troubles)

    def write(self, target: BinaryIO, parts: Iterable[Packed | pdf.Strip]) -> None:
        """Write the file, given its bands in order, each as it comes."""
        if self.kind == "png":
            png.write_png(target, self.page, _only(Packed, parts))
        elif self.quality:
            pdf.write_pdf(target, self.page, self.title, _only(pdf.Strip, parts))
        else:
            pdf.write_lossless_pdf(target, self.page, self.title, _only(Packed, parts))


def _only(kind: type[P], parts: Iterable[object]) -> Iterator[P]:
    for part in parts:
        assert isinstance(part, kind)
        yield part


def _noting(painted: Iterable[_Painted], troubles: Troubles) -> Iterator[Packed | pdf.Strip]:
    """Yield the bands, taking note of what was wrong with them."""
    for one in painted:
        troubles.take(one.troubles)
        yield one.part


def _strangers(found: FinishedMap, region: Region) -> list[str]:
    """Return a note if the box of a cluster lacks some of it, or shows others."""
    if not region.cluster:
        return []
    members = set(found.cluster(region.cluster).members.tolist())
    shown = {selected for selected, _ in inside(found, region)}
    lines = []
    if away := len(members - shown):
        lines.append(f"{away:,} of its {count_of(len(members), 'poster')} lie elsewhere on the map")
    if others := len(shown - members):
        lines.append(f"{others:,} of the {count_of(len(shown), 'poster')} here are others")
    return [f"cluster {region.cluster}: {'; '.join(lines)}"] if lines else []


def _softness(sheet: Sheet, found: FinishedMap, region: Region) -> list[str]:
    """Return a note if most posters are much enlarged."""
    widths = [found.images.width[found.rows[selected]] for selected, _ in inside(found, region)]
    half = int(np.median(widths))
    if sheet.widest <= SOFT * half:
        return []
    pixels = f"half of the posters are at most {half:,} pixels wide and drawn {sheet.widest:,} wide"
    return [f"{pixels}, which looks soft; fewer --dpi make a smaller file that looks the same"]
