"""What the viewer is told: to the byte what docs/map-data.md says, whatever the titles hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapmaker.columns import attributions
from mapmaker.hosts import LONGEST_SEARCH, MOST_SIMILAR, id_prefix
from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata, Neighbors
from mapmaker.stages.compose.catalog import Catalog, similar_cells
from mapmaker.stages.compose.contract import script, scripts
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker.stages.compose.vectors import likenesses
from tests.scripts import handed_over

FIXTURE = Path(__file__).parents[2] / "site" / "test" / "fixture" / "data"
HOSTILE = (
    "</script><img src=x onerror=alert(1)> \"both\" 'quotes' & \u2028line\u2029end \u202eright to left\u202c ${x} {{x}}"
)


def six_cells() -> Catalog:
    """The map of site/test/fixture/README.md, its rows in another order than its cells, with a tombstone."""
    ids = ["gone", "e5", "a1", "b2", "c3", "d4"]
    n = len(ids)
    cells = np.array([[2, 1], [0, 0], [1, 0], [0, 1], [2, 0]], np.int32)
    labels = np.array([1, 0, -1, 0, 1], np.int32)
    clusters = [
        Cluster("foret", "Forêt", np.array([1, 3], np.int32)),
        Cluster("2", "", np.array([0, 4], np.int32)),
    ]
    arrangement = Arrangement(cells, 3, 2)
    near = np.array([[4, -1, -1], [3, 2, -1], [1, -1, -1], [1, 4, -1], [0, -1, -1]], np.int32)
    graph = Neighbors(near, np.zeros(near.shape, np.float32))
    vectors = np.array([[9, 9, 9], [0, 0, 0], [1, 0, 0], [0, -2, 1], [3, 4, 0], [0, 1, 1e-3]], np.float32)
    return Catalog(
        title="Six cells & <five> posters",
        images=Images(ids, ids, ids, np.ones(n, np.int32), np.ones(n, np.int32), np.arange(n) > 0),
        metadata=Metadata(
            title=["Gone", "e5", "Metropolis", HOSTILE, "Les Enfants du Paradis", "千と千尋の神隠し"],
            year=[1900, None, 1927, None, 1945, 2001],
            tags=[("x",), (), ("Drama", "Sci-Fi"), ("<b>tag</b>",), (), ("Animation",)],
            url=["", "", "https://example.org/a1", "", "http://example.org/c3?a=1&b=2", ""],
            more={
                "director": ["Nobody", "", "Fritz Lang", "", "Marcel Carné", ""],
                "page": ["", "", "https://example.org/lang", "javascript:alert(1)", "", ""],
            },
        ),
        rows=[1, 2, 3, 4, 5],
        arrangement=arrangement,
        clusters=Clusters(labels, clusters),
        tiles=TileIndex(Path(), (8, 12), 512, 0, 0, "webp", {}),
        shard_side=2,
        similar=similar_cells(graph, arrangement),
        alike=likenesses(vectors, np.arange(1, 6), graph),
        quantiles=(-1000, *[0] * 600, *[447] * 200, *[999] * 200),
        vectors=vectors,
        about={"licence": "CC BY 4.0", "description": "Five posters & a <hole>", "author": "Jane Doe", "contact": ""},
    )


def test_the_scripts_are_the_shared_fixture_to_the_byte() -> None:
    written = {f"{name}.js": content for name, content in scripts(six_cells())}
    expected = {path.relative_to(FIXTURE).as_posix(): path.read_bytes() for path in FIXTURE.rglob("*.js")}
    assert written == expected


def test_a_map_of_archives_is_the_shared_fixture_to_the_byte() -> None:
    tiles = replace(six_cells().tiles, size=16, max_zoom=1)
    written = dict(scripts(replace(six_cells(), tiles=tiles, archives=(0, 3))))
    assert written.pop("map") == (FIXTURE.parent / "archives" / "map.js").read_bytes()
    assert written == {name: content for name, content in scripts(six_cells()) if name != "map"}


def test_a_margin_is_told_where_there_is_one() -> None:
    tiles = replace(six_cells().tiles, margin=32)
    told = value(dict(scripts(replace(six_cells(), tiles=tiles)))["map"], "map")
    assert told["tiles"] == {"size": 512, "maxZoom": 0, "extension": "webp", "margin": 32}


def test_whom_to_name_is_told_once_the_most_frequent_first_and_is_not_searched() -> None:
    catalog = six_cells()
    named = {"Attribution": ["Gone", "B & <b>", "A", "B & <b> ", " ", "C, D"], "more": ["a word"] * 6}
    told = value(dict(scripts(replace(catalog, metadata=replace(catalog.metadata, more=named))))["map"], "map")
    assert told["attribution"] == {"lines": ["B & <b>", "A", "C, D"], "others": 0}
    assert told["search"] == ["title", "more"]
    assert "attribution" not in value(dict(scripts(catalog))["map"], "map")


def test_of_very_many_attributions_the_most_frequent_are_told() -> None:
    texts = [f"Museum {number:02}" for number in range(60)] + ["Museum 59"]
    lines, others = attributions({"attribution": texts}, range(61))
    assert lines == ["Museum 59", *(f"Museum {number:02}" for number in range(49))]
    assert others == 10


def value(content: bytes, name: str) -> Any:
    found, inside = handed_over(content.decode())
    assert found == name
    return inside


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_ends_a_script_or_breaks_its_line(text: str) -> None:
    content = script("map", {"title": text})
    body = content.decode()
    assert "<" not in body
    assert not set("\u2028\u2029\r") & set(body)
    assert body.count("\n") == 1
    title = value(content, "map")["title"]
    assert title == text.encode("utf-8", "replace").decode()


def many(n: int, columns: int, seed: int = 0) -> Catalog:
    rows = -(-n // columns)
    numbers = np.random.default_rng(seed).permutation(columns * rows)[:n]
    cells = np.stack([numbers % columns, numbers // columns], axis=1).astype(np.int32)
    ids = [f"{chr(97 + i % 7)}{i % 5}{i}" for i in range(n)]
    catalog = six_cells()
    size = np.ones(n, np.int32)
    more = {"odd": ["some words" if i % 2 else "" for i in range(n)], "empty": [""] * n}
    return replace(
        catalog,
        images=Images(ids, ids, ids, size, size, np.ones(n, bool)),
        metadata=Metadata([f"T{i}" for i in range(n)], [None] * n, [()] * n, [""] * n, more),
        rows=list(range(n)),
        arrangement=Arrangement(cells, columns, rows),
        clusters=Clusters(np.full(n, -1, np.int32), []),
        shard_side=4,
        similar=None,
        alike=None,
        vectors=None,
    )


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (50, 9), (2_500, 50)])
def test_every_poster_is_in_the_shard_of_its_cell_and_found_by_its_id(n: int, columns: int) -> None:
    catalog = many(n, columns)
    written = {name: value(content, name) for name, content in scripts(catalog)}
    told = written.pop("map")
    assert (told["count"], told["columns"]) == (n, columns)
    found: dict[str, int] = {}
    for name in [name for name in written if name.startswith("posters/")]:
        across, down = map(int, name.removeprefix("posters/").split("-"))
        shard = written.pop(name)
        numbers = [poster["cell"] for poster in shard["posters"]]
        assert numbers == sorted(numbers)
        for poster in shard["posters"]:
            row, column = divmod(poster["cell"], columns)
            assert (column // 4, row // 4) == (across, down)
            assert len(poster["more"]) == len(shard["columns"])
            found[poster["id"]] = poster["cell"]
        assert "empty" not in shard["columns"]
    arrangement = catalog.arrangement.cells
    assert found == {catalog.images.id[i]: int(c + r * columns) for i, (c, r) in enumerate(arrangement)}
    assert sorted([*found.values(), *told["holes"]]) == list(range(columns * told["rows"]))
    by_id = {name: cells for name, cells in written.items() if name.startswith("ids/")}
    assert set(written) - set(by_id) == {"facets", *(f"search/{i}" for i in range(len(told["search"])))}
    assert {id_: cell for cells in by_id.values() for id_, cell in cells.items()} == found
    for name, cells in by_id.items():
        assert list(cells) == sorted(cells)
        prefix = name.removeprefix("ids/")
        assert all((id_[: told["idPrefix"]] or "all") == prefix for id_ in cells)


def test_of_a_poster_that_is_gone_its_id_is_told_and_no_other_file_of_ids_changes() -> None:
    whole = many(2_500, 50)
    keeping = [row for row in whole.rows if row != 1_234]
    left = replace(
        whole,
        rows=keeping,
        arrangement=replace(whole.arrangement, cells=whole.arrangement.cells[keeping]),
        clusters=Clusters(whole.clusters.labels[keeping], []),
    )
    before, after = dict(scripts(whole)), dict(scripts(left))
    id_ = whole.images.id[1_234]
    assert {name for name in before if name.startswith("ids/") and before[name] != after[name]} == {f"ids/{id_[0]}"}
    told = {
        id_: cell for name, text in after.items() if name.startswith("ids/") for id_, cell in value(text, name).items()
    }
    assert [gone for gone, cell in told.items() if cell < 0] == [id_]
    assert told[id_] == -1
    assert id_ not in b"".join(text for name, text in after.items() if not name.startswith("ids/")).decode()


def test_ids_keep_their_files_however_many_posters_go() -> None:
    whole = many(2_500, 50)
    few = replace(
        whole,
        rows=[7, 9],
        arrangement=replace(whole.arrangement, cells=whole.arrangement.cells[[7, 9]]),
        clusters=Clusters(np.full(2, -1, np.int32), []),
    )
    written = {name: value(text, name) for name, text in scripts(few)}
    assert written["map"]["idPrefix"] == 1
    assert set(written) >= {f"ids/{letter}" for letter in "abcdefg"}


@pytest.mark.parametrize(("count", "prefix"), [(1, 0), (2_000, 0), (2_001, 1), (64_001, 2), (2_000_001, 3)])
def test_id_shards_are_of_a_size_to_load(count: int, prefix: int) -> None:
    assert id_prefix(count) == prefix
    assert count / 32**prefix <= 2_000 * 32 / 30


@pytest.mark.parametrize(("n", "columns"), [(1, 1), (50, 9), (700, 30)])
def test_lists_over_all_posters_stand_in_the_order_of_the_cells_without_the_holes(n: int, columns: int) -> None:
    catalog = told_of(many(n, columns))
    written = {name: value(content, name) for name, content in scripts(catalog)}
    posters = {  # the second witness: what the shards say of each poster
        poster["cell"]: {**poster, **dict(zip(shard["columns"], poster["more"], strict=True))}
        for name, shard in written.items()
        if name.startswith("posters/")
        for poster in shard["posters"]
    }
    cells = [cell for cell in range(columns * written["map"]["rows"]) if cell not in written["map"]["holes"]]
    assert cells == sorted(posters)
    for number, column in enumerate(written["map"]["search"]):
        texts = [posters[cell].get(column, "")[:LONGEST_SEARCH] for cell in cells]
        assert written[f"search/{number}"] == texts
    facets = written["facets"]
    assert facets["years"] == [posters[cell]["year"] for cell in cells]
    assert facets["clusters"] == [posters[cell]["cluster"] for cell in cells]
    named = [{facets["tags"][tag] for tag in tags} for tags in facets["tagged"]]
    assert named == [set(posters[cell]["tags"]) for cell in cells]
    assert all(tags == sorted(set(tags)) for tags in facets["tagged"])
    counts = [sum(tag in posters[cell]["tags"] for cell in cells) for tag in facets["tags"]]
    assert all(counts)
    assert sorted(zip([-count for count in counts], facets["tags"], strict=True)) == list(
        zip([-count for count in counts], facets["tags"], strict=True)
    )
    assert written["map"]["facets"] == {"years": any(facets["years"]), "tags": bool(facets["tags"])}


def told_of(catalog: Catalog) -> Catalog:
    """The same with years, tags, clusters and a long text."""
    n = len(catalog.rows)
    random = np.random.default_rng(n)
    years = [int(year) if year < 1999 else None for year in random.integers(1900, 2020, n)]
    kinds = ["Drama", "Crime", "Ärger", "<i>"]
    tags = [tuple(random.permutation(kinds)[: random.integers(0, 4)].tolist()) for _ in range(n)]
    more = {**catalog.metadata.more, "plot": ["wörd " * int(random.integers(0, 90)) for _ in range(n)]}
    labels = np.where(np.arange(n) % 3 == 0, 0, -1).astype(np.int32)
    return replace(
        catalog,
        metadata=replace(catalog.metadata, year=years, tags=tags, more=more),
        clusters=Clusters(labels, [Cluster("third", "Third", np.arange(0, n, 3, dtype=np.int32))]),
    )


def test_columns_that_are_asked_for_are_searched_in_that_order_and_no_others() -> None:
    six = replace(six_cells(), search=["page", "title", "director", "page"])
    written = dict(scripts(six))
    assert value(written["map"], "map")["search"] == ["title", "page", "director"]
    assert "https://example.org/lang" in value(written["search/1"], "search/1")
    assert value(dict(scripts(replace(six, search=["title"])))["map"], "map")["search"] == ["title"]


def test_texts_of_tombstones_make_no_column_searchable_and_no_tag() -> None:
    six = six_cells()
    metadata = replace(six.metadata, more={"director": ["Nobody", "", "", "", "", ""]}, tags=[("x",), *[()] * 5])
    written = dict(scripts(replace(six, metadata=metadata)))
    told = value(written["map"], "map")
    assert (told["search"], told["facets"]["tags"]) == (["title"], False)
    assert "search/1" not in written
    assert value(written["facets"], "facets")["tags"] == []


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_similar_posters_are_the_nearest_that_are_on_the_map(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    rows, kept = 30, np.sort(random.permutation(30)[:22])
    index = np.stack([random.permutation([other for other in range(rows) if other != row])[:k] for row in range(rows)])
    index[random.random(index.shape) < 0.1] = -1
    graph = Neighbors(index.astype(np.int32), np.zeros(index.shape, np.float32))
    numbers = random.permutation(24)[: len(kept)]
    arrangement = Arrangement(np.stack([numbers % 6, numbers // 6], axis=1).astype(np.int32), 6, 4)
    told = similar_cells(graph.among(kept), arrangement).tolist()
    cell = dict(zip(kept.tolist(), numbers.tolist(), strict=True))
    for selected, row in enumerate(kept):
        expected = [cell[near] for near in index[row].tolist() if near in cell][:MOST_SIMILAR]
        assert [number for number in told[selected] if number >= 0] == expected


def test_a_single_poster_is_like_no_other() -> None:
    alone = Neighbors(np.zeros((1, 0), np.int32), np.zeros((1, 0), np.float32))
    arrangement = Arrangement(np.zeros((1, 2), np.int32), 1, 1)
    catalog = replace(many(1, 1), similar=similar_cells(alone, arrangement))
    assert value(dict(scripts(catalog))["posters/0-0"], "posters/0-0")["posters"][0]["similar"] == []
