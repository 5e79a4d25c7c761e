"""Wall posters, read back by Pillow and by PDFium, and held against a page painted plainly."""

import json
import math
import os
import re
import shutil
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.cli import main
from mapmaker.errors import ArtifactError, ImagesError, InputError, OptionError, OutputError
from mapmaker.export import bands, pdf
from mapmaker.export.bands import LEAST, MOST
from mapmaker.export.packing import pack
from mapmaker.export.page import largest_part
from mapmaker.export.prints import Print
from mapmaker.finished import read_map
from mapmaker.lettering import Line

from .conftest import COUNT, MEMBERS, Mapped, pixels

SIZE: dict[str, Any] = {"size": "200x360px", "margin": "10px"}
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "posters" / "greatest"


def painted(mapped: Mapped, pitch: float, left: int, top: int, size: tuple[int, int]) -> Any:
    """Return the page painted plainly: pictures have the cells' proportions, so that none is cropped."""
    page = Image.new("RGB", size, "white")
    images, arrangement = mapped.images(), mapped.arrangement()
    for path, (column, row) in zip(images.path, arrangement.cells.tolist(), strict=True):
        corners = (column * pitch, row * pitch * 1.5, (column + 1) * pitch, (row + 1) * pitch * 1.5)
        box = [round(edge) for edge in corners]
        with Image.open(mapped.posters / path) as image:
            cell = image.convert("RGB").resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS)
        page.paste(cell, (left + box[0], top + box[1]))
    return np.asarray(page).astype(np.int16)


def test_every_poster_is_where_the_map_has_it(mapped: Mapped, tmp_path: Path) -> None:
    """Cells of 36 x 54 pixels, 5 x 6 of them: 180 x 324 in the middle of 200 x 360."""
    made = mapped.poster(tmp_path / "poster.png", **SIZE)
    drawn = pixels(made.out)
    expected = painted(mapped, 36, 10, 18, (200, 360))
    assert drawn.shape == expected.shape
    assert np.abs(drawn - expected).max() <= 2  # two ways to scale, both by Pillow
    assert made.figures["posters"] == COUNT
    assert made.figures["poster_width"] == 36
    assert made.notes == []


def test_where_the_page_does_not_divide_evenly_posters_still_touch(mapped: Mapped, tmp_path: Path) -> None:
    drawn = pixels(mapped.poster(tmp_path / "poster.png", size="187x283px", margin="0").out)
    pitch = min(187 / 5, 283 / 6 / 1.5)
    left, top = (187 - round(5 * pitch)) // 2, (283 - round(9 * pitch)) // 2
    expected = painted(mapped, pitch, left, top, (187, 283))
    assert np.abs(drawn - expected).mean() < 1


def test_a_region_is_cut_out_of_the_map(mapped: Mapped, tmp_path: Path) -> None:
    whole = pixels(mapped.poster(tmp_path / "whole.png", size="200x360px", margin="0").out)
    part = pixels(mapped.poster(tmp_path / "part.png", size="80x180px", margin="0", region="1,2,2,4").out)
    assert np.array_equal(part, whole[2 * 60 : 5 * 60, 40:120])


def test_it_is_told_who_of_a_cluster_is_elsewhere_and_who_else_is_there(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.poster(tmp_path / "poster.png", size="100x150px", region="cluster:alike")
    cells = mapped.arrangement().cells
    part = largest_part(cells[MEMBERS["alike"]])
    there = ((cells >= part.min(axis=0)) & (cells <= part.max(axis=0))).all(axis=1)
    shown, members = set(np.flatnonzero(there).tolist()), set(MEMBERS["alike"])
    away, others = len(members - shown), len(shown - members)
    assert others, "or this tests nothing"
    elsewhere = f"{away} of its 7 posters lie elsewhere on the map; " if away else ""
    assert made.notes[0] == f"cluster alike: {elsewhere}{others} of the {len(shown)} posters here are others"
    lone = mapped.poster(tmp_path / "poster.png", size="50x75px", region="cluster:alone")
    assert lone.notes == []


def test_the_region_of_a_cluster_shows_all_of_it(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.poster(tmp_path / "poster.png", size="100x150px", region="cluster:alone", margin="0")
    assert made.figures["posters"] == 1
    with Image.open(mapped.posters / mapped.images().path[5]) as image:
        expected = np.asarray(image.convert("RGB").resize((100, 150), Image.Resampling.LANCZOS)).astype(np.int16)
    assert np.abs(pixels(made.out) - expected).max() <= 2


@pytest.mark.parametrize("most", [5_000, 30_000, 100_000])
def test_how_a_page_is_cut_into_bands_does_not_show(
    mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    whole = pixels(mapped.poster(tmp_path / "whole.png", title="A map", **SIZE).out)
    monkeypatch.setattr(bands, "LEAST", most // 4)
    monkeypatch.setattr(bands, "MOST", most)
    cut = pixels(mapped.poster(tmp_path / "cut.png", title="A map", **SIZE).out)
    assert np.abs(cut - whole).max() <= (12 if most < 200 * 3 * 54 else 0)  # scaled part by part, or not


@pytest.mark.parametrize(
    ("width", "height", "rows"), [(9933, 14043, 48), (14043, 9933, 1), (300, 400, 400), (60_000, 50, 3)]
)
def test_bands_follow_one_another_and_are_never_too_big(width: int, height: int, rows: int) -> None:
    edges = [round(row * height / rows) for row in range(rows + 1)]
    cuts = bands._cuts(sorted({0, height, *edges}), width * 3)
    sizes = np.diff(cuts) * width * 3
    assert cuts[0] == 0
    assert cuts[-1] == height
    assert (sizes > 0).all()
    assert sizes.max() <= MOST + width * 3
    assert len(sizes) <= width * height * 3 / LEAST + rows * height * width * 3 / rows / MOST + 2
    row_bytes = width * 3 * height / rows
    if row_bytes <= MOST:
        assert set(cuts) <= {0, height, *edges}  # no poster is decoded twice


def test_memory_does_not_grow_with_the_picture(mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "LEAST", 100_000)
    monkeypatch.setattr(bands, "MOST", 400_000)
    peaks = []
    for name, size in (("small", "300x400px"), ("large", "3000x4000px")):
        tracemalloc.start()
        mapped.poster(tmp_path / f"{name}.png", size=size)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3000 * 4000 * 3 / 4  # all of it were 36 MB
    assert peaks[1] < 5 * peaks[0]  # for 100 times the pixels


def test_the_same_map_makes_the_same_bytes_however_many_work_on_it(
    mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "LEAST", 50_000)
    for name in ("poster.png", "poster.pdf"):
        alone = mapped.poster(tmp_path / f"alone-{name}", **SIZE)
        together = mm.export_poster(mapped.work, tmp_path / f"together-{name}", workers=2, **SIZE)
        assert alone.out.read_bytes() == together.out.read_bytes()


def test_a_title_stands_above_the_map_and_the_background_is_as_asked(mapped: Mapped, tmp_path: Path) -> None:
    plain = pixels(mapped.poster(tmp_path / "a.png", background="#102030", **SIZE).out)
    titled = pixels(mapped.poster(tmp_path / "b.png", background="#102030", title="Böse Filme", **SIZE).out)
    assert (plain[:10] == (16, 32, 48)).all()
    head = titled[10 : 10 + math.ceil(200 * 0.035) + 40]
    assert (head.max(axis=(0, 2)) > 150).any()
    assert (titled[:5] == (16, 32, 48)).all()


def test_a_title_too_long_for_the_page_is_set_smaller() -> None:
    line = Line("All the films that were ever made, and some that never will be", None, (0, 0, 0), (255, 255, 255))
    drawn = np.asarray(line.draw(400, 40))
    columns = np.flatnonzero((drawn < 128).any(axis=(0, 2)))
    assert 0 <= columns[0] < 25
    assert 375 < columns[-1] < 400


def test_letters_that_no_font_has_are_told(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.poster(tmp_path / "a.png", title="Films \U00013000", **SIZE)
    assert len(made.notes) == 1
    assert "no font at hand" in made.notes[0]


def test_a_pdf_without_loss_holds_the_very_pixels(mapped: Mapped, tmp_path: Path) -> None:
    expected = pixels(mapped.poster(tmp_path / "poster.png", title="Märchen", **SIZE).out)
    file = mapped.poster(tmp_path / "poster.pdf", title="Märchen", quality=0, dpi=144, **SIZE).out
    with pypdfium2.PdfDocument(file) as document:
        assert len(document) == 1
        page = document[0]
        assert page.get_size() == (100, 180)
        assert document.get_metadata_dict()["Title"] == "Märchen"
        (image,) = page.get_objects()
        shown = image.get_bitmap().to_pil().convert("RGB")
        assert np.array_equal(np.asarray(shown), expected)
        page.close()


@pytest.mark.parametrize("scale", [1.0, 0.77, 2.3])
def test_a_pdf_of_strips_shows_the_picture_without_lines_between_them(
    mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    dark = mapped.copy(tmp_path / "dark")
    for path in dark.posters.rglob("*.*"):
        Image.new("RGB", (80, 120), (20, 20, 20)).save(path)
    monkeypatch.setattr(bands, "LEAST", 3_000)
    monkeypatch.setattr(bands, "MOST", 7_000)
    options = {"region": "0,0,1,1", "size": "A5", "dpi": 40, "margin": "0", "background": "#141414"}
    file = dark.poster(tmp_path / "poster.pdf", **options).out
    with pypdfium2.PdfDocument(file) as document:
        page = document[0]
        assert page.get_size() == pytest.approx((148 / 25.4 * 72, 210 / 25.4 * 72), abs=0.01)
        bounds = [shown.get_bounds() for shown in page.get_objects()]  # left, bottom, right, top
        assert len(bounds) > 5
        for (_, bottom, _, _), (_, _, _, top) in pairwise(bounds):
            assert top - bottom == pytest.approx(2 * 72 / 40, abs=0.01)  # the next lies over two rows of this one
        assert bounds[-1][1] == pytest.approx(0, abs=0.01)
        shown = np.asarray(page.render(scale=scale).to_pil().convert("RGB"))
        page.close()
    assert shown[2:-2, 2:-2].max() <= 24  # the paper below, which is white, shines through nowhere


def test_a_pdf_of_strips_looks_like_the_png(mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "LEAST", 20_000)
    expected = pixels(mapped.poster(tmp_path / "poster.png", dpi=72, **SIZE).out)
    file = mapped.poster(tmp_path / "poster.pdf", dpi=72, quality=95, **SIZE).out
    with pypdfium2.PdfDocument(file) as document:
        page = document[0]
        shown = np.asarray(page.render(scale=1).to_pil().convert("RGB")).astype(np.int16)
        page.close()
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).mean() < 2


def test_an_original_that_is_gone_is_blank_one_that_changed_is_drawn_as_it_is_and_both_are_told(
    own: Mapped, tmp_path: Path
) -> None:
    images, cells = own.images(), own.arrangement().cells.tolist()
    gone, other, broken = (images.path[row] for row in (3, 8, 13))
    (own.posters / gone).unlink()
    Image.new("RGB", (80, 120), "red").save(own.posters / other)
    (own.posters / broken).write_bytes(b"no picture any more")
    made = own.poster(tmp_path / "poster.png", size="200x360px", margin="0", background="#00ff00")
    drawn = pixels(made.out)
    middle = {row: drawn[cells[row][1] * 60 + 30, cells[row][0] * 40 + 20].tolist() for row in (3, 8, 13)}
    assert middle[3] == middle[13] == [0, 255, 0]
    assert np.abs(np.array(middle[8]) - (255, 0, 0)).max() <= 3
    assert set(made.missing) == {gone, broken}
    assert made.missing[gone] == "no such file or directory"
    assert made.changed == [other]
    assert len(made.notes) == 2
    assert any(path in made.notes[0] for path in (gone, broken))
    assert "nor can 1 more" in made.notes[0]
    assert other in made.notes[1]


def test_a_named_pipe_in_place_of_an_original_keeps_nobody_waiting(own: Mapped, tmp_path: Path) -> None:
    path = own.images().path[0]
    (own.posters / path).unlink()
    os.mkfifo(own.posters / path)
    assert own.poster(tmp_path / "poster.png", **SIZE).missing == {path: "not a regular file"}


def test_where_no_original_is_left_nothing_is_written(own: Mapped, tmp_path: Path) -> None:
    for path in own.posters.rglob("*.*"):
        path.unlink()
    with pytest.raises(ImagesError, match=f"not one of the {COUNT} images"):
        own.poster(tmp_path / "out" / "poster.png", **SIZE)
    assert not list((tmp_path / "out").iterdir())


def test_a_project_that_was_moved_finds_its_images_and_one_without_them_says_so(own: Mapped, tmp_path: Path) -> None:
    moved = Mapped(own.folder.rename(tmp_path / "elsewhere"))
    assert moved.poster(tmp_path / "a.png", **SIZE).missing == {}
    moved.posters.rename(tmp_path / "films")
    with pytest.raises(ImagesError, match=r"no folder .*posters; give .* --images"):
        moved.poster(tmp_path / "b.png", **SIZE)
    made = moved.poster(tmp_path / "b.png", images=tmp_path / "films", **SIZE)
    assert made.out.read_bytes() == (tmp_path / "a.png").read_bytes()
    (moved.work / artifacts.SOURCE).write_text("{")
    with pytest.raises(ImagesError, match="does not say where its images are"):
        moved.poster(tmp_path / "c.png", **SIZE)


def test_only_a_finished_map_is_drawn(own: Mapped, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no work folder"):
        mm.export_poster(tmp_path / "nothing", tmp_path / "poster.png")
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(OutputError, match="no work folder of ours"):
        mm.export_poster(own.posters, tmp_path / "poster.png")
    arrangement = (own.work / artifacts.ARRANGEMENT).read_bytes()
    np.savez(own.work / artifacts.ARRANGEMENT, cells=own.arrangement().cells[::-1], shape=[5, 6])
    with pytest.raises(ArtifactError, match=r"arrangement\.npz is not what the map was made from"):
        own.poster(tmp_path / "poster.png", **SIZE)
    (own.work / artifacts.ARRANGEMENT).write_bytes(arrangement)
    own.poster(tmp_path / "poster.png", **SIZE)
    (own.work / "compose.record.json").unlink()
    with pytest.raises(ArtifactError, match="no finished map"):
        own.poster(tmp_path / "poster.png", **SIZE)


def test_the_work_folder_is_only_read(own: Mapped, tmp_path: Path, tree: Callable[[Path], dict[str, str]]) -> None:
    before = tree(own.work)
    own.poster(tmp_path / "poster.png", **SIZE)
    assert tree(own.work) == before


@pytest.mark.parametrize("name", ["poster.png", "poster.pdf"])
def test_a_file_of_the_users_is_written_over_only_by_force(mapped: Mapped, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"%PDF-1.4 somebody's work")
    with pytest.raises(OutputError, match="none of ours"):
        mapped.poster(file, **SIZE)
    assert file.read_bytes() == b"%PDF-1.4 somebody's work"
    mapped.poster(file, force=True, **SIZE)
    first = file.read_bytes()
    mapped.poster(file, title="Again", **SIZE)  # what is there now is ours
    assert file.read_bytes() != first
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_another_programs_picture_is_none_of_ours(mapped: Mapped, tmp_path: Path) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "poster.png")
    with pytest.raises(OutputError, match="none of ours"):
        mapped.poster(tmp_path / "poster.png", **SIZE)


def test_nothing_is_written_where_the_next_build_would_take_it_for_a_poster(own: Mapped, tmp_path: Path) -> None:
    for place in (own.posters / "poster.png", own.work / "poster.png"):
        with pytest.raises(OutputError, match="lies in the folder"):
            own.poster(place, **SIZE)
        assert not place.exists()
    own.poster(own.folder / "poster.png", **SIZE)


def test_what_stands_in_the_way_is_told_before_any_work(mapped: Mapped, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a folder"):
        mapped.poster(tmp_path, format="png", **SIZE)
    with pytest.raises(OutputError, match=r"cannot write .*File exists"):
        mapped.poster(tmp_path / "file" / "poster.png", **SIZE)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fit": "crop"}, "fit = 'crop' is not one of cover, contain, stretch"),
        ({"format": "gif"}, "format = 'gif' is not one of png, pdf"),
        ({"format": "pdf"}, r"format = 'pdf', but .* ends in \.png"),
        ({"quality": 101}, "quality = 101 is above 100"),
        ({"quality": -1}, "quality = -1 is below 0"),
        ({"background": "bluish"}, "background = 'bluish' is no colour"),
        ({"background": "#00000000"}, "background = '#00000000' is no colour"),
        ({"dpi": "many"}, "dpi = 'many' is no whole number"),
        ({"size": "8x8px"}, "5 x 6 cells do not fit 8 x 8 pixels"),
        ({"font": Path(__file__)}, "is no font"),
        ({"titel": "Films"}, "did you mean 'title'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    mapped: Mapped, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        mapped.poster(tmp_path / "poster.png", **options)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_page_that_a_pdf_cannot_hold_is_refused(mapped: Mapped, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="a side of a PDF may have 1 to 5,080"):
        mapped.poster(tmp_path / "poster.pdf", size="520x100cm", dpi=30)
    with pytest.raises(OptionError, match="JPEG holds 65,500"):
        mapped.poster(tmp_path / "poster.pdf", size="66000x100px", dpi=2400)


def test_a_region_of_free_cells_is_refused(mapped: Mapped, tmp_path: Path) -> None:
    column, row = next((c, r) for r in range(6) for c in range(5) if mapped.at(c, r) is None)
    with pytest.raises(OptionError, match="holds no poster"):
        mapped.poster(tmp_path / "poster.png", region=f"{column},{row},{column},{row}")


def test_posters_that_are_much_enlarged_are_told(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.poster(tmp_path / "poster.png", size="1000x1800px", margin="0")
    assert re.search("at most 80 pixels wide and drawn 200 wide", made.notes[0])


def test_the_command_draws_says_where_and_ends_with_2_for_what_is_the_users(
    own: Mapped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.folder)  # whose work folder is where it is looked for
    assert main(["export", "poster", "--size", "200x360px", "--workers", "1", "--quiet"]) == 0
    said = capsys.readouterr()
    assert f"{COUNT} posters" in said.out
    assert "poster.png" in said.out
    assert said.err == ""
    assert pixels(own.folder / "poster.png").shape == (360, 200, 3)
    assert main(["export", "poster", "--size", "200x360px", "--format", "pdf", "--workers", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["out"] == "poster.pdf"
    assert told["figures"]["bytes"] == (own.folder / "poster.pdf").stat().st_size
    for wrong in (["--region", "cluster:fwe"], ["--dpi", "x"], ["--size", "A9"], ["--out", "a.gif"], ["--work", "b"]):
        assert main(["export", "poster", *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="no ../shared/data/posters")
def test_real_posters_are_drawn_in_their_colours(tmp_path: Path) -> None:
    real = Mapped(tmp_path / "real")
    real.posters.mkdir(parents=True)
    for file in sorted(REAL.glob("*.jpg"))[:24]:
        shutil.copy(file, real.posters)
    real.build(triage=dict.fromkeys(("near", "placeholder", "blank", "template"), "off"))
    found = read_map(real.work, None)
    file = real.poster(tmp_path / "poster.png", size="1000x1000px", margin="0", fit="stretch").out
    drawn = pixels(file)
    pitch = min(1000 / found.arrangement.columns, 1000 / found.arrangement.rows / found.aspect)
    left = (1000 - round(found.arrangement.columns * pitch)) // 2
    top = (1000 - round(found.arrangement.rows * pitch * found.aspect)) // 2
    for selected, (column, row) in enumerate(found.arrangement.cells.tolist()):
        with Image.open(real.posters / found.original(selected).path) as image:
            mean = np.asarray(image.convert("RGB")).mean(axis=(0, 1))
        cell = drawn[
            top + round(row * pitch * found.aspect) : top + round((row + 1) * pitch * found.aspect),
            left + round(column * pitch) : left + round((column + 1) * pitch),
        ]
        assert np.abs(cell.mean(axis=(0, 1)) - mean).max() < 3


def test_options_are_what_the_page_in_docs_lists() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    for name in Print.__dataclass_fields__:
        assert f"`--{name}" in page


def test_the_mark_of_a_file_of_ours_is_found(tmp_path: Path) -> None:
    """The writer's own head, so that whoever changes one changes both."""
    file = tmp_path / "a.pdf"
    file.write_bytes(b"")
    assert not pdf.is_our_pdf(file)
    assert pack(np.zeros((1, 1, 3), np.uint8)).length == 4
    with pytest.raises(InputError):
        mm.export_poster(tmp_path, file)
