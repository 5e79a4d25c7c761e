"""The graph that a build makes: by which metric, how found, and what is told of it."""

from pathlib import Path

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.stages.neighbors import NeighborsStage
from mapmaker.workspace import Workspace
from tests.conftest import Picture


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
