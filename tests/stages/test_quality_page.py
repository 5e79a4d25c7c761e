"""The quality page: read as a visitor without JavaScript reads it, and as a screen reader does."""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.appraisal import Appraisal, Blocks, Cohesion, Count, History, Placing, Region, Score, Told, Trait
from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata
from mapmaker.stages.compose.appraised import quality_page
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker.workspace import Workspace
from mapmaker_site.pages import Book
from mapmaker_site.quality import Chapter, Mark, Plan, QualityPage, render_quality

HOSTILE = "</title></svg><script>alert(1)</script><img src=x onerror='x'> \" ' & \ud800" + "long" * 500
VOID = {"meta", "link", "img", "br"}
COLUMNS, ROWS = 12, 8
COUNT = COLUMNS * ROWS


@dataclass
class Seen(HTMLParser):
    """What a page holds, as far as a visitor is concerned; fails where elements do not nest."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    inside: dict[str, list[str]] = field(default_factory=dict)
    """Of tables and drawings, what they hold, by number."""
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        for within in self._within:
            self.inside[within].append(tag)
        if tag in ("table", "svg"):
            self._within.append(f"{tag} {len(self.inside)}" + (" hidden" if "aria-hidden" in found else ""))
            self.inside[self._within[-1]] = []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in ("table", "svg"):
            self._within.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(page: str) -> Seen:
    found = Seen()
    found.feed(page)
    found.close()
    return found


def catalog(titles: Sequence[str] = ()) -> Catalog:
    numbers = np.arange(COUNT)
    cells = np.stack([numbers % COLUMNS, numbers // COLUMNS], axis=1).astype(np.int32)
    ids, side = [f"{number:08x}" for number in numbers], np.ones(COUNT, np.int32)
    none: list[tuple[str, ...]] = [()] * COUNT
    members = np.arange(10, dtype=np.int32)
    labels = np.where(numbers < 10, 0, -1).astype(np.int32)
    return Catalog(
        title="A <map>",
        images=Images(ids, ids, ids, side, side, side > 0),
        metadata=Metadata(list(titles) or [HOSTILE] * COUNT, [None] * COUNT, none, [""] * COUNT, {}),
        rows=range(COUNT),
        arrangement=Arrangement(cells, COLUMNS, ROWS),
        clusters=Clusters(labels, [Cluster("one", HOSTILE, members)]),
        tiles=TileIndex(Path(), (48, 72), 512, 3, 8, "webp", {}),
        appraised=True,
    )


def region(share: float) -> Region:
    return Region(10, 4, 4, 8, 3, share)


def appraisal() -> Appraisal:
    blocks = Blocks(4, 3, (0.1, 0.2, 0.3, None, 0.5, 0.6))
    trait = Trait(HOSTILE, 40, 0.5, 0.25, region(0.8), blocks)
    return Appraisal(
        posters=COUNT,
        columns=COLUMNS,
        rows=ROWS,
        near=Score(0.36, 0.25, COUNT),
        distances=Score(0.87, 0.2, 50),
        placing=Placing(1.5, 0.0001, 5.2, "exact", 90, 1.0, 3.2),
        history=History(0.3, 0.4, 0.2, 0.05),
        local=blocks,
        weakest=(region(0.1),),
        strongest=(replace(region(0.6), column=0),),
        clusters=(Cohesion("one", 10, 0.7),),
        clustered=10,
        cohesion=0.02,
        left_out=(Count("near", 3), Count(HOSTILE, 1)),
        decades=(Count("1960s", 40), Count("1970s", 20)),
        dated=60,
        tags=(Count(HOSTILE, 40), Count("b", 3)),
        kinds=5,
        tagged=41,
        pairs=(HOSTILE, "b"),
        together=((40, 2), (2, 3)),
        tag_traits=(trait,),
        decade_traits=(replace(trait, name="1960s"),),
        options=(Told("grid.columns", "0"),),
        versions=(Told("mapmaker", "1"),),
    )


BOOK = Book("A <map>", "de")
NOTHING = replace(
    appraisal(),
    placing=Placing(0.0, None, 0.0),
    history=History(1.0, None, None, 0.0),
    local=Blocks(COLUMNS, 1, (1.0,)),
    weakest=(),
    strongest=(),
    clusters=(),
    left_out=(),
    decades=(),
    tags=(),
    pairs=(),
    together=(),
    tag_traits=(),
    decade_traits=(),
    options=(),
    versions=(),
)


@pytest.fixture(scope="module")
def page() -> Seen:
    return seen(quality_page(catalog(), BOOK, appraisal()))


def test_clusters_lead_to_the_map_and_where_they_are_there_to_their_galleries() -> None:
    for galleries, addresses in (
        (True, {"../index.html#?cluster=one", "../clusters/one_1.html"}),
        (False, {"../index.html#?cluster=one"}),
    ):
        page = quality_page(replace(catalog(), galleries=galleries), BOOK, appraisal())
        assert {link for link in re.findall(r'href="([^"]+)"', page) if "one" in link} == addresses


def test_what_the_user_wrote_is_only_ever_text(page: Seen) -> None:
    names = {tag for tag, _ in page.elements}
    assert not {"script", "img", "style", "iframe"} & names
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    assert "<script>alert(1)</script>" in page.text


def test_every_table_says_what_it_is_and_heads_its_rows_and_columns(page: Seen) -> None:
    tables = {name: tags for name, tags in page.inside.items() if name.startswith("table")}
    assert len(tables) == 10
    for tags in tables.values():
        assert tags.count("caption") == 1
    assert {found.get("scope") for tag, found in page.elements if tag == "th"} == {"row", "col"}


def test_every_drawing_has_a_name_and_a_description(page: Seen) -> None:
    drawings = [found for tag, found in page.elements if tag == "svg" and "aria-hidden" not in found]
    assert len(drawings) == 1 + 2 + 2
    for found in drawings:
        assert found["role"] == "img"
        assert found["aria-labelledby"] in page.ids
        assert found["aria-describedby"] in page.ids
    for name, tags in page.inside.items():
        if name.startswith("svg") and "hidden" not in name:
            assert tags[:2] == ["title", "desc"]
    assert len(set(page.ids)) == len(page.ids)


def test_headings_do_not_skip_a_level(page: Seen) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_figures_stand_beside_what_chance_gives(page: Seen) -> None:
    for said in ("3.6 of 10by chance 2.50", "0.87 of 1by chance 0.20; at most 1; asked of 50 posters", "3.20 nats"):
        assert said in page.text
    assert "within 0.01 % of the least possible" in page.text
    assert "5.0 % of the posters came later" in page.text
    assert "2.0 of those that came last" in page.text
    assert "Posters drawn by chance would have 0.02" in page.text


def test_regions_lead_to_their_middle_on_the_map(page: Seen) -> None:
    assert "columns 11 to 12, rows 5 to 8" in page.text  # the map ends there
    (place,) = {link for link in page.links if link.endswith("/11.0/6.0")}
    zoom = float(place.removeprefix("../index.html#").split("/")[0])
    assert zoom == pytest.approx(3 + np.log2(900 / (12 * 48)), abs=0.01) or zoom == 3  # not beyond the deepest
    assert "../index.html#00000003" in page.links
    assert "../index.html#?cluster=one" in page.links


def test_no_block_is_drawn_beyond_the_map() -> None:
    plan = Plan("k", "t", "d", 3, [0, 0, 1, 0, None, 1], 2.25, 1.5, 1.5, [Mark(1, 1, "A")])
    drawn = render_quality(BOOK, QualityPage("h", "s", [Chapter("c", [plan])]))
    assert 'viewBox="0 0 22.5 22.5"' in drawn
    paths = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z", drawn)
    boxes = sorted((float(x), float(y), float(x) + float(w), float(y) + float(h)) for x, y, w, h, _ in paths)
    assert boxes == [(0, 0, 20, 15), (0, 15, 10, 22.5), (20, 0, 22.5, 15), (20, 15, 22.5, 22.5)]


def test_a_map_of_which_little_is_known_has_a_page_too() -> None:
    found = seen(quality_page(catalog(), BOOK, NOTHING))
    assert "Nothing: every file that was given is on the map." in found.text
    assert "Decades" not in found.text
    assert "not proved to be the least" in found.text
    assert "KL" not in found.text


def test_the_page_is_on_the_site_and_all_of_it_holds_together(posters: Path, tmp_path: Path) -> None:
    def run(**compose: object) -> mm.Report:
        table = posters / "metadata.csv"
        work = tmp_path / "work"
        return mm.build(posters, tmp_path / "map", table, work, workers=1, extractor="classic", compose=compose)

    run()
    file = tmp_path / "map/quality/index.html"
    assert "quality/index.html" in json.loads((tmp_path / "map/data/manifest.json").read_bytes())["files"]
    assert mm.check(tmp_path / "map").whole
    assert seen(file.read_text(encoding="utf-8")).links
    assert 'href="../quality/index.html"' in (tmp_path / "map/list/index.html").read_text(encoding="utf-8")
    assert '"quality":true' in (tmp_path / "map/data/map.js").read_text(encoding="utf-8")
    shutil.copytree(tmp_path / "map", tmp_path / "broken")
    (tmp_path / "broken/quality/index.html").unlink()
    (tmp_path / "broken/quality/old.html").write_text("<!doctype html>")
    faults = {fault.file for fault in mm.check(tmp_path / "broken").faults}
    assert {"quality/index.html", "quality/old.html"} <= faults

    run(quality=False)
    assert not file.exists()
    assert "quality" not in (tmp_path / "map/data/map.js").read_text(encoding="utf-8")
    assert "../quality/" not in (tmp_path / "map/list/index.html").read_text(encoding="utf-8")


def test_a_corrected_title_measures_nothing_again(posters: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    shutil.copy(posters / "metadata.csv", table)

    def ran() -> Sequence[str]:
        work = tmp_path / "work"
        built = mm.build(posters, tmp_path / "map", table, work, workers=1, extractor="classic", poster_size=32)
        return built.ran

    ran()
    title = artifacts.read_metadata(Workspace(tmp_path / "work")).title[0]
    table.write_text(table.read_text(encoding="utf-8").replace(title, "Another title"), encoding="utf-8")
    assert ran() == ["metadata", "naming", "compose"]
