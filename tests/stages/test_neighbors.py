"""The graph that a build makes: by which metric, how found, and what is told of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.methods import reconnecting
from mapmaker.methods.neighbors import Exact
from mapmaker.methods.reconnecting import reconnected
from mapmaker.model import Neighbors
from mapmaker.stages import neighbors
from mapmaker.stages.neighbors import NeighborsStage
from mapmaker.workspace import Workspace
from tests.conftest import Picture, Pictures


def test_a_graph_by_hnsw_says_how_much_it_found_and_warns_of_too_little(tmp_path: Path, picture: Picture) -> None:
    posters, count = tmp_path / "posters", 60
    for number in range(count):
        picture(posters / f"{number:02}.png", number)
    np.save(tmp_path / "features.npy", np.random.default_rng(0).normal(size=(count, 32)).astype(np.float32))
    wiring = {"links": 2, "ef_construction": 1, "ef_search": 1, "k": 20, "metric": "manhattan", "method": "hnsw"}
    report = mm.build(
        posters,
        tmp_path / "map",
        work=tmp_path / "work",
        features=tmp_path / "features.npy",
        workers=1,
        neighbors=wiring,
        layout={"method": "pca"},
    )
    figures = report.figures["neighbors"]
    assert figures["method"] == "hnsw"
    assert figures["ef_search"] == count, "it searched as wide as it could"
    assert float(figures["recall"]) < 0.95
    (warning,) = (line for line in report.warnings if "nearest neighbours were found" in line)
    assert warning.startswith(f"only {NeighborsStage().summary(figures).split(', ')[-1].removesuffix(' found')} of")
    with Workspace(tmp_path / "work") as work:
        graph = artifacts.read_neighbors(work)
    assert graph.metric == "manhattan"
    assert (graph.index == -1).any(), "such a bad index finds nobody for some, and that is no row's number"


def test_an_exact_graph_is_told_of_in_the_old_words() -> None:
    assert NeighborsStage().summary({"k": 90, "components": 64}) == "90 nearest of each, in 64 dimensions"


@pytest.mark.parametrize("option", [{"metric": "hamming"}, {"method": "annoy"}, {"links": 1}, {"ef_search": 0}])
def test_what_will_not_do_is_refused(option: dict[str, object], tmp_path: Path, picture: Picture) -> None:
    picture(tmp_path / "posters" / "one.png")
    with pytest.raises(OptionError, match=f"neighbors: {next(iter(option))} = .*{next(iter(option.values()))}"):
        mm.build(tmp_path / "posters", tmp_path / "map", neighbors=option)


@pytest.fixture
def made(tmp_path: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """A map of 60 posters is there. Build it again; return whether a part of its graph was taken from the last one."""
    served: list[bool] = []

    def noted(*arguments: Any) -> Neighbors | None:
        graph = reconnected(*arguments)
        served.append(graph is not None)
        return graph

    def build() -> bool:
        served.clear()
        few = {"extractor": "classic", "layout": "pca", "neighbors": {"k": 12}, "workers": 1, "poster_size": 40}
        mm.build(tmp_path / "posters", tmp_path / "map", work=tmp_path / "work", **few)  # type: ignore[arg-type]
        return any(served)

    monkeypatch.setattr(neighbors, "reconnected", noted)
    monkeypatch.setattr(reconnecting, "MOST_SOUGHT", 1.0)  # of so few, those who go are neighbours of many
    pictures(tmp_path / "posters", 60)
    assert not build()
    return build


def check_graph(folder: Path) -> None:
    """The graph is that of an exact search among all who are there."""
    with Workspace(folder / "work") as work:
        graph, images = artifacts.read_neighbors(work), artifacts.read_images(work)
        present = np.flatnonzero(images.present)
        vectors = artifacts.read_features(work, artifacts.VECTORS).values[present]
    anew = Exact(12)(vectors)
    assert np.array_equal(graph.index[present], present[anew.index])
    assert np.array_equal(graph.similarity[present], anew.similarity)
    assert (np.delete(graph.index, present, axis=0) == -1).all()


def test_an_update_goes_on_from_the_last_graph_and_ends_with_the_same(
    tmp_path: Path, made: Callable[[], bool], picture: Picture
) -> None:
    for number in (3, 8):
        (tmp_path / "posters" / sorted(path.name for path in (tmp_path / "posters").iterdir())[number]).unlink()
    picture(tmp_path / "posters" / "zz.png", 1_000)
    assert made()
    check_graph(tmp_path)
    picture(tmp_path / "posters" / "aa.png", 1_001)
    assert made()
    check_graph(tmp_path)


@pytest.mark.parametrize("name", [artifacts.NEIGHBORS, artifacts.VECTORS])
def test_a_graph_that_is_not_whole_or_not_ours_is_not_gone_on_from(
    name: str, tmp_path: Path, made: Callable[[], bool], picture: Picture
) -> None:
    file = tmp_path / "work" / name
    if name == artifacts.NEIGHBORS:
        with np.load(file) as arrays:
            np.savez(file, **{**arrays, "index": np.roll(arrays["index"], 1, axis=0)})
    else:
        np.save(file, np.load(file)[::-1])
    picture(tmp_path / "posters" / "zz.png", 1_000)
    assert not made()
    check_graph(tmp_path)
