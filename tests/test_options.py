"""Options: from tables, shortcuts, files and flags into frozen dataclasses; what does not fit is named."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from mapmaker import options, pipeline
from mapmaker.cli import commands
from mapmaker.cli.parser import make_parser
from mapmaker.errors import MissingExtra, OptionError
from mapmaker.methods.extractors.classic import Classic
from mapmaker.methods.projections.components import Pca
from mapmaker.methods.projections.tsne import Tsne
from mapmaker.stages.clusters import ClustersStage
from mapmaker.stages.features import FeaturesStage
from mapmaker.stages.grid import GridStage
from mapmaker.stages.layout import LayoutStage
from mapmaker.stages.neighbors import NeighborsStage
from mapmaker.stages.raster import RasterStage
from mapmaker.stages.scan import ScanStage


def planned(**chosen: Any) -> dict[str, Any]:
    return {stage.name: stage for stage in pipeline.plan(pipeline.tables(chosen))}


def parsed(*arguments: str) -> argparse.Namespace:
    return make_parser().parse_args(["build", "posters", *arguments])


def test_every_stage_works_without_options() -> None:
    stages = planned()
    assert list(stages) == [stage.name for stage in pipeline.STAGES]
    assert type(stages["features"].extractor).__name__ == "InceptionV3"
    assert stages["layout"] == LayoutStage(Tsne())
    assert stages["neighbors"].k >= Tsne().neighbors_read


def test_a_table_sets_options_of_the_stage_and_of_its_method() -> None:
    stages = planned(layout={"method": "tsne", "perplexity": 5, "seed": 3}, grid={"columns": 7})
    assert stages["layout"] == LayoutStage(Tsne(perplexity=5.0, seed=3))
    assert stages["grid"] == GridStage(columns=7)


def test_shortcuts_and_tables_say_the_same() -> None:
    short = planned(extractor="classic", layout="pca", columns=4, poster_size=64, title="T")
    long = planned(
        features={"extractor": "classic"},
        layout={"method": "pca"},
        grid={"columns": 4},
        raster={"poster_size": 64},
        compose={"title": "T"},
    )
    assert short == long
    assert short["layout"] == LayoutStage(Pca())


@pytest.mark.parametrize("name", pipeline.SHORTCUTS)
def test_every_shortcut_names_an_option_that_is_there(name: str) -> None:
    stage, option = pipeline.SHORTCUTS[name]
    cls = next(cls for cls in pipeline.STAGES if cls.name == stage)
    own = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]  # all are
    methods = [field.metadata["methods"] for field in own.values() if "methods" in field.metadata]
    known = {field.name for table in methods for make in table.values() for field in dataclasses.fields(make())}
    assert option in known | set(own)


def test_a_larger_perplexity_brings_the_neighbours_it_reads() -> None:
    assert planned(layout={"perplexity": 50})["neighbors"] == NeighborsStage(k=150)


def test_too_few_neighbours_asked_for_are_refused() -> None:
    with pytest.raises(OptionError, match=r"neighbors\.k = 10 is too few: the layout stage reads 90"):
        planned(neighbors={"k": 10})


def test_the_site_shows_twelve_similar_posters_whatever_the_layout_reads() -> None:
    few = {"layout": {"method": "pca"}, "arrange": {"method": "none"}}
    assert planned(**few, neighbors={"k": 12})["neighbors"] == NeighborsStage(k=12)
    with pytest.raises(OptionError, match=r"neighbors\.k = 11 is too few: the compose stage reads 12"):
        planned(**few, neighbors={"k": 11})


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"extracter": "classic"}, "did you mean 'extractor'?"),
        ({"gird": {"columns": 3}}, "did you mean 'grid'?"),
        ({"grid": {"colums": 3}}, "did you mean 'columns'?"),
        ({"layout": {"perplexty": 3}}, "did you mean 'perplexity'?"),
        ({"layout": "tnse"}, "did you mean 'tsne'?"),
        ({"solver": "dense"}, "known: lapjv, scipy, sparse"),
        ({"layout": {"method": "pca", "perplexity": 3}}, "no option layout.perplexity with 'pca'"),
        ({"raster": {"quallity": 3}}, "did you mean 'quality'?"),
        ({"compare": {"anything": 3}}, "no option compare"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError) as error:
        planned(**chosen)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "table",
    [
        {"compose": {"search": 3}},
        {"compose": {"search": ["title", 3]}},
        {"grid": {"columns": True}},
        {"grid": {"columns": 2.5}},
        {"grid": {"columns": "two"}},
        {"grid": {"columns": "none"}},
        {"grid": {"columns": None}},
        {"grid": {"columns": -1}},
        {"layout": {"perplexity": True}},
        {"layout": {"perplexity": "nan"}},
        {"layout": {"perplexity": "inf"}},
        {"layout": {"perplexity": 0.5}},
        {"layout": {"seed": -1}},
        {"layout": {"seed": 2**32}},
        {"layout": {"learning_rate": "inf"}},
        {"layout": {"method": 3}},
        {"clusters": {"smallest": 1}},
        {"clusters": {"eps": -0.1}},
        {"clusters": {"eps": "nan"}},
        {"neighbors": {"k": 0}},
        {"neighbors": {"components": -1}},
        {"raster": {"poster_size": 3}},
        {"raster": {"fit": "squeeze"}},
        {"raster": {"quality": 101}},
        {"compose": {"title": 5}},
        {"scan": {"pixel_limit": 0}},
        {"features": {"extractor": "classic", "colour": 11}},
        {"features": {"extractor": "classic", "batch": 0}},
        {"features": {"batch": -1}},
        {"features": {"precision": "float"}},
        {"features": {"extractor": "vgg16", "features": "flatt"}},
        {"features": {"extractor": "model", "model": "m.keras", "batch": -1}},
        {"features": {"extractor": "model", "model": "none"}},
        {"features": {"weights": 5}},
        {"grid": {"solver": "sparse", "radius": 0}},
    ],
    ids=str,
)
def test_a_value_that_will_not_do_is_refused_in_one_line(table: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as error:
        planned(**table)
    assert "\n" not in str(error.value)
    ((stage, values),) = table.items()
    assert stage in str(error.value)
    assert any(name in str(error.value) for name in values)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("7", int, 7),
        (7, float, 7.0),
        ("0.5", float, 0.5),
        ("none", int | None, None),
        (None, Path | None, None),
        ("none", str, "none"),
        ("x.h5", Path | None, Path("x.h5")),
        ("true", bool, True),
        (False, bool, False),
        ("4", int | str, 4),
        ("four", int | str, "four"),
        (["title", "director"], tuple[str, ...], ("title", "director")),
        ("title, director,", tuple[str, ...], ("title", "director")),
        ("", tuple[str, ...], ()),
    ],
)
def test_a_value_becomes_what_the_option_is(value: object, kind: Any, expected: object) -> None:
    converted = options.convert(value, kind, "here")
    assert converted == expected
    assert type(converted) is type(expected)


def test_a_method_of_anyones_own_is_named_by_package_and_class() -> None:
    stage = planned(features={"extractor": "mean_colour:MeanColour", "batch": 4})["features"]
    assert type(stage.extractor).__name__ == "MeanColour"
    assert stage.extractor.batch == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mean_colour:NoDataclass", "is not a dataclass"),
        ("mean_colour:Missing", "cannot be imported"),
        ("no_such_package:Thing", "cannot be imported"),
        (":Thing", "cannot be imported"),
        ("mean_colour:", "cannot be imported"),
    ],
)
def test_what_cannot_be_a_method_is_refused(name: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        planned(extractor=name)


def test_a_method_object_can_be_given_as_it_is() -> None:
    assert planned(extractor=Classic(colour=0.5))["features"] == FeaturesStage(Classic(colour=0.5))


def test_flags_win_over_set_and_set_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "mapmaker.toml"
    config.write_text('title = "file"\nworkers = 2\n[grid]\ncolumns = 1\nrows = 1\n[layout]\nseed = 1\n')
    chosen = commands._chosen(
        parsed("--config", str(config), "--set", "grid.rows=2", "--set", "layout.seed=2", "--seed=3")
    )
    assert chosen == {
        "workers": 2,
        "compose": {"title": "file"},
        "grid": {"columns": 1, "rows": "2"},
        "layout": {"seed": 3},
    }
    del chosen["workers"]
    assert planned(**chosen)["grid"] == GridStage(columns=1, rows=2)


def test_files_named_in_a_config_are_relative_to_it(tmp_path: Path) -> None:
    config = tmp_path / "mapmaker.toml"
    config.write_text('[features]\nweights = "w.h5"\n')
    assert options.read_toml(config)["features"]["weights"] == str(tmp_path / "w.h5")
    config.write_text('weights = "w.h5"\n')
    assert pipeline.tables(options.read_toml(config))["features"]["weights"] == str(tmp_path / "w.h5")
    config.write_text('features = "f.npy"\n')
    assert pipeline.tables(options.read_toml(config))["features"]["file"] == str(tmp_path / "f.npy")


@pytest.mark.parametrize("text", ["[features]\nweights = 5\n", "features = 5\n", "[features]\nweights = [1]\n"])
def test_a_config_that_names_no_file_where_one_belongs_is_an_option_error(tmp_path: Path, text: str) -> None:
    config = tmp_path / "mapmaker.toml"
    config.write_text(text)
    with pytest.raises(OptionError):
        planned(**options.read_toml(config))


@pytest.mark.parametrize("content", [b"[grid\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_config_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    config = tmp_path / "mapmaker.toml"
    config.write_bytes(content)
    with pytest.raises(OptionError, match=r"mapmaker\.toml is no TOML"):
        options.read_toml(config)
    with pytest.raises(OptionError, match=r"cannot read .*missing\.toml"):
        options.read_toml(tmp_path / "missing.toml")


@pytest.mark.parametrize("text", ["columns=3", "grid.columns", "grid.=3", "=3", "grd.columns=3", "compare.a=1"])
def test_a_set_that_is_no_assignment_to_an_option_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="--set"):
        commands._chosen(parsed("--set", text))


def test_set_takes_hyphens_spaces_and_further_equals_signs() -> None:
    chosen = commands._chosen(parsed("--set", " scan.pixel-limit = 9", "--set", "compose.title=a=b"))
    assert chosen == {"scan": {"pixel_limit": "9"}, "compose": {"title": "a=b"}}
    assert planned(**chosen)["scan"] == ScanStage(pixel_limit=9)


def test_a_missing_extra_names_the_pip_command() -> None:
    assert "pip install 'mapmaker[tensorflow]'" in str(MissingExtra("a network", "tensorflow"))


def test_stages_are_frozen_and_compare_by_their_options() -> None:
    for cls in (ScanStage, ClustersStage, RasterStage):
        assert cls() == cls()
        assert dataclasses.fields(cls)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(cls(), dataclasses.fields(cls)[0].name, 1)
