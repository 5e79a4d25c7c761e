"""Galleries of clusters: every poster on its own page, in a box that shows that poster and no other."""

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.checks import check
from mapmaker.hosts import gallery_pages
from mapmaker.model import Arrangement, Cluster, Clusters
from mapmaker.shelves import GALLERY_WIDTH, PACKED_WIDTH, gallery_zoom
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.galleries import ORDERS, Galleries
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker.workspace import Workspace
from mapmaker_site.galleries import gallery_file, index_file
from mapmaker_site.pages import Book
from mapmaker_tiles import cell_size

from .drawn import COLUMNS, COUNT, HOSTILE, ROWS, TILE, Seen, catalog, colour, paint

RULE = re.compile(r"\.([a-z]+)(-?\d+)?(?: img)?\{([^}]*)\}")
Placed = dict[str, dict[str, float]]
"""Percent by property, of each class of the style sheet."""


def written(galleries: Galleries) -> dict[str, str]:
    return {PurePosixPath(path).name: page.render().decode("utf-8", "replace") for path, page in galleries.pages()}


def seen(page: str) -> Seen:
    found = Seen()
    found.feed(page)
    found.close()
    return found


def made(cell: tuple[int, int] = (128, 192)) -> Catalog:
    return replace(catalog(cell=cell), galleries=True)


def pages_of(of: Catalog) -> dict[str, str]:
    return written(Galleries(of, Book(of.title, "en")))


def posters_on(pages: dict[str, str], slug: str) -> list[str]:
    names = [name for name in pages if name.rpartition("_")[0] == slug]
    return [id_ for name in sorted(names) for id_ in re.findall(r'<li><a href="\.\./index\.html#(\w+)"', pages[name])]


def test_every_member_is_on_its_cluster_s_pages_once_two_hundred_a_page() -> None:
    of = made()
    pages = pages_of(of)
    for cluster in of.clusters.clusters:
        assert sorted(posters_on(pages, cluster.slug)) == [of.images.id[member] for member in cluster.members]
        first, second = (seen(pages[gallery_file(cluster.slug, number)]) for number in (1, 2))
        assert (first.tags["li"], second.tags["li"]) > (200, 10)
        assert "210 posters, page 1 of 2" in first.text
    assert set(pages) == {
        "cells.css", "index.html", "by-size.html", "by-name.html",
        "c-0_1.html", "c-0_2.html", "c-1_1.html", "c-1_2.html",
    }  # fmt: skip


def test_every_link_leads_to_a_page_or_to_the_map_and_every_page_can_be_reached() -> None:
    pages = pages_of(made())
    reached = {"index.html"}
    for name, page in pages.items():
        for link in seen(page).links if name.endswith(".html") else ():
            target = link["href"].partition("#")[0]
            assert target in pages or target in ("", "../index.html"), link
            reached.add(target)
    assert {name for name in pages if name.endswith(".html")} <= reached


def test_who_are_beside_each_other_on_the_map_are_so_in_the_gallery() -> None:
    of = made()
    cells = of.arrangement.cells
    everybody = Cluster("all", "", np.arange(COUNT, dtype=np.int32))
    whole = replace(of, clusters=Clusters(np.zeros(COUNT, np.int32), [everybody]))
    rows = {id_: row for row, id_ in enumerate(of.images.id)}
    order = [rows[id_] for id_ in posters_on(pages_of(whole), "all")]
    steps = np.abs(np.diff(cells[order], axis=0)).sum(axis=1)
    assert np.median(steps) == 1
    by_row = np.lexsort([cells[:, 0], cells[:, 1]]).tolist()
    tiles = [
        sum(len({(x // 4, y // 3) for x, y in cells[some[at : at + 28]].tolist()}) for at in range(0, COUNT, 28))
        for some in (order, by_row)
    ]
    assert tiles[0] < tiles[1] * 0.75  # fewer tiles on a screen


def test_a_poster_that_comes_changes_the_pages_of_its_own_cluster_alone() -> None:
    of = made()
    one, other = of.clusters.clusters
    labels = of.clusters.labels.copy()
    newcomer = int(np.flatnonzero(labels < 0)[0])
    labels[newcomer] = 0
    grown = replace(one, members=np.sort(np.append(one.members, newcomer)).astype(np.int32))
    before, after = pages_of(of), pages_of(replace(of, clusters=Clusters(labels, [grown, other])))
    changed = {name for name in before if before[name] != after[name]}
    assert {"c-0_1.html", "index.html"} <= changed
    assert not any(name.startswith("c-1") for name in changed)
    old, new = posters_on(before, "c-0"), posters_on(after, "c-0")
    assert [id_ for id_ in new if id_ != of.images.id[newcomer]] == old


def test_the_index_is_sorted_by_interest_size_and_name() -> None:
    of = made()
    labels = np.repeat(np.arange(4, dtype=np.int32), COUNT // 4)
    sizes = {"b": "Über", "a": "", "d": "apple", "c": "Zebra"}
    groups = []
    for number, (slug, name) in enumerate(sizes.items()):
        members = np.flatnonzero(labels == number).astype(np.int32)
        labels[members[: number * 10]] = -1
        groups.append(Cluster(slug, name, members[number * 10 :]))
    labels[labels >= 0] = 3 - labels[labels >= 0]
    pages = pages_of(replace(of, clusters=Clusters(labels, groups[::-1])))
    order = {stem: re.findall(r'href="(\w)_1\.html"><span class="mosaic"', pages[index_file(stem)]) for stem in ORDERS}
    assert order == {"index": list("cdab"), "by-size": list("badc"), "by-name": list("dbca")}
    for stem, name in ORDERS.items():
        (here,) = [link for link in seen(pages[index_file(stem)]).links if link.get("aria-current") == "page"]
        assert here["href"] == index_file(stem)
        assert f"Clusters {name} - A" in pages[index_file(stem)]


def test_an_index_of_many_clusters_has_pages_that_follow_one_another() -> None:
    of = made()
    groups = [Cluster(f"s{n}", f"{n}", np.arange(4 * n, 4 * n + 4, dtype=np.int32)) for n in range(COUNT // 4)]
    pages = pages_of(replace(of, clusters=Clusters(np.repeat(np.arange(COUNT // 4), 4).astype(np.int32), groups)))
    for stem in ORDERS:
        names = [index_file(stem, number) for number in (1, 2, 3)]
        shown = [re.findall(r'href="(s\d+)_1\.html"', pages[name]) for name in names]
        assert [len(some) for some in shown] == [60, 60, 10]
        assert {slug for some in shown for slug in some} == {group.slug for group in groups}
        assert f'href="{names[2]}" rel="next"' in pages[names[1]]


def test_an_entry_shows_the_medoid_first_and_then_what_takes_few_further_tiles() -> None:
    of = made()
    one, other = of.clusters.clusters
    medoid = int(one.members[17])
    clusters = Clusters(of.clusters.labels, [replace(one, medoid=medoid), other])
    pages = pages_of(replace(of, clusters=clusters))
    mosaic = re.findall(r'<span class="mosaic">(.*?)</a>', pages["index.html"])[0]
    boxes = re.findall(r'<span class="picture">(.*?)</span>', mosaic)
    shown = [poster_in(box, of, pages["cells.css"]) for box in boxes]
    assert shown[0] == medoid
    assert len(set(shown)) == 5
    assert set(shown) <= set(one.members.tolist())
    by_place = {name: set(re.findall(r'src="([^"]+)"', box)) for name, box in gallery_boxes(pages, of)}
    tiles = set().union(*(by_place[poster] for poster in shown))
    nearest = sorted(one.members.tolist(), key=lambda member: away(of, member, medoid))[:5]
    assert len(tiles) <= len(set().union(*(by_place[poster] for poster in nearest)))
    free = [member for member in one.members.tolist() if by_place[member] <= by_place[medoid]]
    assert set(shown) >= set(sorted(free, key=lambda member: away(of, member, medoid))[:5])


def away(of: Catalog, one: int, other: int) -> float:
    cells = of.arrangement.cells
    return float((((cells[one] - cells[other]) * of.tiles.cell) ** 2).sum())


def gallery_boxes(pages: dict[str, str], of: Catalog) -> list[tuple[int, str]]:
    rows = {id_: row for row, id_ in enumerate(of.images.id)}
    text = "".join(page for name, page in pages.items() if "_" in name)
    items = re.findall(r'<li><a href="\.\./index\.html#(\w+)"><span class="picture">(.*?)</span>', text)
    return [(rows[id_], box) for id_, box in items]


def poster_in(box: str, of: Catalog, styles: str) -> int:
    """Return the poster whose middle is in the middle of a box, from where its first tile lies."""
    zoom = gallery_zoom(*of.tiles.cell, of.tiles.margin, of.tiles.max_zoom, packed=False)
    numbers = re.findall(r'class="x(-?\d+) y(-?\d+)" src="\.\./tiles/(\d+)/(\d+)/(\d+)', box)
    left, top, z, x, y = map(int, numbers[0])
    assert z == zoom
    assert f".x{left}{{" in styles
    (width, height), margin = of.tiles.cell_at(zoom), of.tiles.margin >> of.tiles.max_zoom - zoom
    cell = [(x * TILE - left - margin) // width, (y * TILE - top - margin) // height]
    (found,) = np.flatnonzero((of.arrangement.cells == cell).all(axis=1))
    return int(found)


def test_a_page_says_what_is_known_of_its_cluster() -> None:
    of = made()
    one, other = of.clusters.clusters
    groups = [replace(one, note="<i>Mine</i> & yours"), replace(other, name="", shade="Red")]
    pages = pages_of(replace(of, clusters=Clusters(of.clusters.labels, groups)))
    first, second = seen(pages["c-0_1.html"]), seen(pages["c-1_1.html"])
    for words in ("Group <0>", "1920 to 2019", "Tags: Drama, drama", "<i>Mine</i> & yours"):
        assert words in first.text
    assert "Mine" not in second.text
    assert second.text.count("Red") == 3  # title, trail, heading
    place = [link["href"] for link in first.links if "cluster=" in link["href"]]
    assert len(place) == 1
    assert re.fullmatch(r"\.\./index\.html#[\d.]+/[\d.]+/[\d.]+\?cluster=c-0", place[0])
    rel = {link["href"]: link["within"] for link in first.links if link["href"] == "c-1_1.html"}
    assert len(rel) == 1
    bare = replace(of, metadata=replace(of.metadata, year=[None] * COUNT, tags=[()] * COUNT))
    text = seen(pages_of(bare)["c-0_1.html"]).text
    assert "Tags:" not in text
    assert " to 20" not in text


def test_nothing_on_a_page_can_run_whatever_a_title_tag_or_note_says() -> None:
    of = made()
    one, other = of.clusters.clusters
    hostile = [replace(one, name=HOSTILE, note=HOSTILE), replace(other, name=" x ", note=HOSTILE)]
    metadata = replace(of.metadata, tags=[(HOSTILE,)] * COUNT)
    pages = pages_of(replace(of, clusters=Clusters(of.clusters.labels, hostile), metadata=metadata))
    for name, page in pages.items():
        if name.endswith(".html"):
            found = seen(page)
            assert not {"script", "style", "iframe"} & set(found.tags)
            assert not any(attribute == "style" or attribute.startswith("on") for attribute in found.attributes)
            assert all(picture["src"].startswith("../tiles/") for picture in found.pictures)
            assert found.headings == [1]
            assert len(found.ids) == len(set(found.ids))


def test_pictures_come_when_they_are_near_and_are_named_by_their_titles() -> None:
    found = seen(pages_of(made())["c-0_1.html"])
    assert all((picture["loading"], picture["alt"]) == ("lazy", "") for picture in found.pictures)
    assert len([link for link in found.links if re.fullmatch(r"\.\./index\.html#\w+", link["href"])]) == 200


@pytest.mark.parametrize("slug", ["index", "by-size", "by-name-2", "con", "a-2", "a"])
def test_no_slug_can_take_a_file_from_another_page_or_a_device(slug: str) -> None:
    of = made()
    one, other = of.clusters.clusters
    clusters = Clusters(of.clusters.labels, [replace(one, slug=slug), replace(other, slug="a-1")])
    paths = [path for path, _ in Galleries(replace(of, clusters=clusters), Book("T")).pages()]
    assert len(paths) == len(set(paths)) == 8
    assert not {PurePosixPath(path).stem for path in paths} & {"con", "aux", "nul", "prn"}


# The boxes.


def styles_of(page: str) -> Placed:
    """Return the style sheet's percentages by class, "img" for those of all tiles, and the box's own shape."""
    found: Placed = {}
    for kind, number, body in RULE.findall(page):
        values = dict(part.split(":") for part in body.split(";"))
        if "aspect-ratio" in values:
            across, down = values["aspect-ratio"].split("/")
            found["box"] = {"width": float(across), "height": float(down)}
        else:
            name = f"{kind}{number}" if number else "img"
            found[name] = {key: float(value.removesuffix("%")) for key, value in values.items()}
    return found


@given(
    width=st.integers(4, 256),
    aspect=st.floats(0.4, 2.5),
    margin=st.integers(0, 3),
    column=st.integers(0, COLUMNS - 1),
    row=st.integers(0, ROWS - 1),
    packed=st.booleans(),
)
def test_a_box_shows_its_cell_and_nothing_beside_it(
    width: int, aspect: float, margin: int, column: int, row: int, packed: bool
) -> None:
    cell = cell_size(width, aspect)
    deep = 7
    tiles = TileIndex(Path(), cell, TILE, deep, margin * 128, "webp", {})
    arrangement = Arrangement(np.array([[column, row]], np.int32), COLUMNS, ROWS)
    clusters = Clusters(np.zeros(1, np.int32), [Cluster("one", "", np.zeros(1, np.int32))])
    of = replace(catalog(), tiles=tiles, arrangement=arrangement, clusters=clusters, rows=[0], archives=[0] * packed)
    pages = pages_of(of)
    styles = styles_of(pages["cells.css"])
    zoom = gallery_zoom(*cell, tiles.margin, deep, packed=packed)
    across, down = tiles.cell_at(zoom)
    left, top = (margin * 128 >> deep - zoom) + column * across, (margin * 128 >> deep - zoom) + row * down
    box, image = styles["box"], styles["img"]
    rim = (across - box["width"]) / 2
    assert rim == (down - box["height"]) / 2
    assert 0 <= rim <= min(across, down) / 16
    covered = np.zeros((int(box["height"]), int(box["width"])), int)
    for picture in seen(pages["one_1.html"]).pictures:
        x, y = (styles[name] for name in picture["class"].split())
        scale = image["width"] / 100 * box["width"] / TILE
        assert scale == pytest.approx(image["height"] / 100 * box["height"] / TILE, rel=1e-4)
        assert 1 <= scale < 1.001
        begin = x["left"] / 100 * box["width"], y["top"] / 100 * box["height"]
        z, tile_x, tile_y = map(int, re.findall(r"\d+", picture["src"]))
        assert z == zoom
        # Where the tile's corner is on the map, told by the page and by the tile's own name.
        assert left + rim + begin[0] == pytest.approx(tile_x * TILE, abs=0.01)
        assert top + rim + begin[1] == pytest.approx(tile_y * TILE, abs=0.01)
        x0, y0 = (max(0, round(value)) for value in begin)
        x1, y1 = (max(0, round(value + TILE)) for value in begin)
        covered[y0:y1, x0:x1] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize(("cell", "width"), [((192, 288), 192), ((256, 384), 128), ((96, 144), 96), ((512, 512), 128)])
def test_posters_are_cut_from_the_shallowest_tiles_that_are_sharp_enough(cell: tuple[int, int], width: int) -> None:
    assert cell[0] >> 6 - gallery_zoom(*cell, 0, 6, packed=False) == width
    assert cell[0] >> 6 - gallery_zoom(*cell, 0, 6, packed=True) == (PACKED_WIDTH if cell[0] % 96 else 96)
    assert width >= min(cell[0], GALLERY_WIDTH)


def test_what_a_box_shows_is_its_poster(tmp_path: Path) -> None:
    of = made(cell=(128, 192))
    zoom = gallery_zoom(*of.tiles.cell, of.tiles.margin, of.tiles.max_zoom, packed=False)
    of = paint(tmp_path, of, zoom)
    pages = pages_of(of)
    rows = {id_: row for row, id_ in enumerate(of.images.id)}
    items = re.findall(r'<li><a href="\.\./index\.html#(\w+)"><span class="picture">(.*?)</span>', pages["c-0_1.html"])
    assert len(items) == 200
    for id_, images in items[::9]:
        for left, top, tile in re.findall(r'class="x(-?\d+) y(-?\d+)" src="\.\./tiles/([^"]+)"', images):
            x0, y0 = max(0, -int(left)) + 1, max(0, -int(top)) + 1
            x1, y1 = min(TILE, 128 - int(left)) - 1, min(TILE, 192 - int(top)) - 1
            with Image.open(tmp_path / tile) as picture:
                part = np.asarray(picture.convert("RGB").crop((x0, y0, x1, y1))).astype(int)
            assert np.abs(part - colour(rows[id_])).max() <= 2


def test_what_galleries_take_is_foretold() -> None:
    of = made(cell=(192, 288))  # as maps of thousands have; of smaller ones fewer reach into two tiles
    plain = replace(of.metadata, title=[f"A title {number}" for number in range(COUNT)])
    small = [Cluster(f"c-{n}", f"{n}", np.arange(25 * n, 25 * n + 25, dtype=np.int32)) for n in range(COUNT // 25)]
    labels = np.where(np.arange(COUNT) < 25 * len(small), np.arange(COUNT) // 25, -1).astype(np.int32)
    pages = pages_of(replace(of, metadata=plain, clusters=Clusters(labels, small)))
    foretold = gallery_pages(plain, range(COUNT), [len(cluster.members) for cluster in small])
    assert len(pages) <= foretold.count <= 1.1 * len(pages)
    assert foretold.size == pytest.approx(sum(map(len, pages.values())), rel=0.1)


# Of a real build.


def build(posters: Path, folder: Path, **compose: object) -> mm.Report:
    return mm.build(
        posters, folder / "map", posters / "metadata.csv", folder / "work", extractor="classic", layout="pca",
        workers=1, poster_size=128, clusters={"smallest": 3}, compose=compose,
    )  # fmt: skip


def test_a_build_has_galleries_unless_it_is_told_not_to_and_with_archives_too(posters: Path, tmp_path: Path) -> None:
    build(posters, tmp_path)
    site = tmp_path / "map"
    with Workspace(tmp_path / "work") as held:
        slugs = [cluster.slug for cluster in artifacts.read_clusters(held, 30).clusters]
    assert slugs
    assert {f"{slug}_1.html" for slug in slugs} <= {path.name for path in (site / "clusters").iterdir()}
    for page in ("index.html", "list/index.html"):
        assert 'clusters/index.html"' in (site / page).read_text(encoding="utf-8")
    assert '"galleries":true' in (site / "data/map.js").read_text(encoding="utf-8")
    assert build(posters, tmp_path, tiles="pmtiles").ran == ["compose"]
    assert check(site).faults == []
    loose = {path.relative_to(site).as_posix() for path in site.glob("tiles/*/*/*")}
    pages = "".join(page.read_text(encoding="utf-8") for page in site.glob("clusters/*.html"))
    shown = {f"tiles/{name}" for name in re.findall(r'src="\.\./tiles/([^"]+)"', pages)}
    assert shown
    assert loose == shown | {"tiles/0/0/0.webp"}
    build(posters, tmp_path, galleries=False, list=False)
    assert not (site / "clusters").exists()
    assert "clusters/" not in (site / "index.html").read_text(encoding="utf-8")
    assert "galleries" not in (site / "data/map.js").read_text(encoding="utf-8")
    build(posters, tmp_path, list=False)
    assert "list/" not in (site / f"clusters/{slugs[0]}_1.html").read_text(encoding="utf-8")
