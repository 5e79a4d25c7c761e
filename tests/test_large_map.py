"""The map made up for measuring the viewer: a whole site, plausible, and the same each time."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import large_map
import numpy as np
import pytest
from PIL import Image

from tests.scripts import data_of, posters_of

COUNT = 700


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of 700 posters, its tiles up to zoom 1."""
    out = tmp_path_factory.mktemp("large") / "map"
    assert large_map.main([str(COUNT), str(out), "--tiles-to", "1"]) == 0
    return out


def test_no_two_titles_are_the_same(site: Path) -> None:
    titles = data_of(site, "search/0")
    assert len(set(titles)) == len(titles) == COUNT


def test_every_poster_has_twelve_others_like_it_which_are_on_the_map(site: Path) -> None:
    posters = posters_of(site)
    cells = {poster["cell"] for poster in posters}
    assert len(cells) == len({poster["id"] for poster in posters}) == COUNT
    for poster in posters:
        assert len(set(poster["similar"]) - {poster["cell"]}) == 12
        assert set(poster["similar"]) <= cells


def test_there_are_holes_and_clusters_years_and_tags_and_two_further_columns(site: Path) -> None:
    told, facets = data_of(site), data_of(site, "facets")
    assert len(told["holes"]) >= large_map.HOLES
    assert told["search"] == ["title", "director", "country"]
    assert told["list"] is (site / "list").exists() is False
    sizes = Counter(facets["clusters"])
    assert [cluster["size"] for cluster in told["clusters"]] == [sizes[i] for i in range(len(told["clusters"]))]
    assert len(set(facets["years"])) > 50
    assert None in facets["years"]
    assert len(facets["tags"]) == len(large_map.TAGS)


def test_tiles_show_cells_where_posters_are_and_nothing_where_none_is(site: Path) -> None:
    told = data_of(site)
    zooms = {int(path.name) for path in (site / "tiles").iterdir()}
    assert zooms == {0, 1}
    assert told["tiles"]["maxZoom"] > 1
    shrink = 2 ** told["tiles"]["maxZoom"]
    with Image.open(site / "tiles/0/0/0.webp") as tile:
        alpha = np.asarray(tile.convert("RGBA"))[..., 3]
    for cell in (*told["holes"], 0, 1, 2, told["columns"]):
        row, column = divmod(cell, told["columns"])
        x = int((column + 0.5) * told["cell"]["width"] / shrink)
        y = int((row + 0.5) * told["cell"]["height"] / shrink)
        assert (alpha[y, x] > 0) == (cell not in told["holes"])


def test_the_same_seed_makes_the_same_site_and_another_one_another(
    site: Path, tmp_path: Path, tree: Callable[[Path], dict[str, str]]
) -> None:
    for seed in (0, 1):
        large_map.main([str(COUNT), str(tmp_path / str(seed)), "--tiles-to", "1", "--seed", str(seed)])
    assert tree(tmp_path / "0") == tree(site)
    assert tree(tmp_path / "1") != tree(site)
