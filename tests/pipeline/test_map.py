"""A folder of posters becomes a map: all of it, as the table tells it, the same every time."""

import csv
import gc
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

import mapmaker as mm
from mapmaker.pipeline import STAGES
from mapmaker.sources.demo import write_posters
from tests.conftest import Picture, Tree
from tests.pipeline.built import Built

HOSTILE = "</script><script>alert(1)</script>\"'&{{7*7}}\u2028${x}"


def test_every_poster_stands_in_exactly_one_cell(first: tuple[Built, mm.Report]) -> None:
    built, report = first
    assert report.ran == [stage.name for stage in STAGES]
    assert report.figures["triage"]["kept"] == 30
    assert list(report.rejects) == []
    images, arrangement = built.artefacts()
    cells = [tuple(cell) for cell in arrangement.cells.tolist()]
    assert len(set(cells)) == len(cells) == 30
    shown = built.shown()
    assert set(shown) == set(images.id)
    numbers = {id_: row * arrangement.columns + column for id_, (column, row) in zip(images.id, cells, strict=True)}
    assert {id_: poster["cell"] for id_, poster in shown.items()} == numbers


def test_what_the_table_says_of_a_poster_is_on_the_map(first: tuple[Built, mm.Report]) -> None:
    built, _ = first
    images, _ = built.artefacts()
    told, shown = built.rows(), built.shown()
    for id_, path in zip(images.id, images.path, strict=True):
        assert shown[id_]["title"] == told[path]["title"]
        assert shown[id_]["year"] == int(told[path]["year"])
        assert "|".join(shown[id_]["tags"]) == told[path]["tags"]


def test_each_poster_is_painted_on_its_own_cell(first: tuple[Built, mm.Report]) -> None:
    built, _ = first
    images, arrangement = built.artefacts()
    told = built.told()
    width, height, zoom = told["cell"]["width"], told["cell"]["height"], told["tiles"]["maxZoom"]
    whole = Image.new("RGB", (arrangement.columns * width, arrangement.rows * height))
    for tile in (built.out / "tiles" / str(zoom)).rglob("*.webp"):
        x, y = int(tile.parent.name), int(tile.stem)
        with Image.open(tile) as picture:
            whole.paste(picture.convert("RGB"), (x * 512, y * 512))
    for path, (column, row) in zip(images.path, arrangement.cells.tolist(), strict=True):
        painted = whole.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))
        with Image.open(built.posters / path) as poster:
            difference = np.asarray(painted.resize((24, 36)), float) - np.asarray(poster.resize((24, 36)), float)
        assert np.abs(difference).mean() < 12, path


def test_the_manifest_lists_every_file_of_the_site(first: tuple[Built, mm.Report], tree: Tree) -> None:
    built, report = first
    listed = json.loads((built.out / "data" / "manifest.json").read_text())["files"]
    there = {name: digest for name, digest in tree(built.out).items() if digest != "folder"}
    del there["data/manifest.json"]
    assert listed == there
    assert report.figures["compose"]["files"] == len(listed) + 1
    assert {"index.html", ".nojekyll", "assets/viewer.js", "assets/viewer.css", "data/map.js"} <= set(listed)


def test_built_twice_from_scratch_is_the_same_to_the_byte(
    first: tuple[Built, mm.Report], posters: Path, tmp_path: Path, tree: Tree
) -> None:
    again = Built(tmp_path / "another")
    again.posters.mkdir(parents=True)
    for path in sorted(posters.iterdir(), reverse=True):
        shutil.copy(path, again.posters)  # in another order, with other times
    again.build(workers=2)
    assert tree(again.out) == tree(first[0].out)


def adjacent_share(built: Built) -> float:
    """Return the share of posters that have one of their family above, below, left or right of them."""
    images, arrangement = built.artefacts()
    rows = built.rows()
    at = {tuple(cell): rows[images.path[row]]["family"] for row, cell in enumerate(arrangement.cells.tolist())}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    return float(np.mean([any(at.get((x + i, y + j)) == kind for i, j in steps) for (x, y), kind in at.items()]))


def test_families_come_together_by_shape_and_not_by_mean_colour(tmp_path: Path) -> None:
    built = Built(tmp_path, workers=0)
    write_posters(built.posters, 420)
    every = {"near": "off"}  # some are of one palette and differ in their titles
    built.build(poster_size=8, triage=every)
    by_shape = adjacent_share(built)
    built.build(poster_size=8, triage=every, extractor="mean_colour:MeanColour")
    by_colour = adjacent_share(built)
    assert by_shape >= 0.97 > 0.50 >= by_colour


def test_the_map_is_called_as_the_folder_unless_told(tmp_path: Path, picture: Picture) -> None:
    picture(tmp_path / "posters_of NASA" / "a.png")
    mm.build(tmp_path / "posters_of NASA", tmp_path / "map", extractor="classic", workers=1)
    assert '<title lang="">Posters of NASA</title>' in (tmp_path / "map" / "index.html").read_text(encoding="utf-8")


def test_hostile_titles_are_text_and_nothing_else(tmp_path: Path, picture: Picture) -> None:
    built = Built(tmp_path)
    picture(built.posters / "a.png")
    picture(built.posters / "b<img src=x>&amp;.png", 1)
    with built.table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("filename", "title", "url", HOSTILE), ("a.png", HOSTILE, "javascript:x", HOSTILE)])
    built.build(title=HOSTILE, compose={"description": HOSTILE, "language": '"><script>'})
    page = (built.out / "index.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert '"><script>' not in page
    for script in (built.out / "data").rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert "<" not in text
        assert "\u2028" not in text
    titles = {poster["title"]: poster for poster in built.shown().values()}
    assert set(titles) == {HOSTILE, "b<img src=x>&amp;"}
    assert titles[HOSTILE]["url"] == ""
    assert titles[HOSTILE]["more"] == [HOSTILE]
    assert built.told()["title"] == HOSTILE


def test_a_report_is_plain_values(first: tuple[Built, mm.Report]) -> None:
    _, report = first
    json.dumps(report.figures)
    assert report.seconds > 0
    assert report.figures["grid"]["columns"]


def test_a_build_sets_nothing_aside_for_good_from_the_search_for_garbage(posters: Path, tmp_path: Path) -> None:
    shutil.copytree(posters, tmp_path / "posters")
    gc.freeze()
    Built(tmp_path).build()
    assert gc.get_freeze_count() == 0
