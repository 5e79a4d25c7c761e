"""The public surface is honest: what is promised is there, described, and found where it is looked for."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mapmaker
import mapmaker_site
import mapmaker_tiles
from mapmaker import errors
from mapmaker.stages import Inside

PACKAGES = (mapmaker, mapmaker_tiles, mapmaker_site)


def modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


MODULES = {module.__name__: module for module in modules()}


def test_every_promised_name_is_there() -> None:
    for package in PACKAGES:
        for name in package.__all__:
            assert getattr(package, name) is not None
        assert len(set(package.__all__)) == len(package.__all__)


def test_mapmaker_lists_what_it_promises_and_nothing_else() -> None:
    assert dir(mapmaker) == sorted(mapmaker.__all__)
    assert set(mapmaker._HOMES) == set(mapmaker.__all__) - {"__version__"}
    source = ast.parse(Path(str(mapmaker.__file__)).read_text(encoding="utf-8"))
    typed = {
        alias.name
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mapmaker")
        for alias in node.names
    }
    assert typed == set(mapmaker._HOMES)  # what type checkers see is what there is
    with pytest.raises(AttributeError, match="module 'mapmaker' has no attribute 'biuld'"):
        mapmaker.biuld  # noqa: B018 - that is the point


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_in_one_line_what_it_is(name: str) -> None:
    described = MODULES[name].__doc__
    assert described
    assert described.splitlines()[0].strip()


@pytest.mark.parametrize("name", MODULES)
def test_whatever_is_public_is_described(name: str) -> None:
    module = MODULES[name]
    for member, value in vars(module).items():
        if member.startswith("_") or getattr(value, "__module__", None) != name:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            assert inspect.getdoc(value), f"{name}.{member}"
        if inspect.isclass(value):
            for method, function in vars(value).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    assert function.__doc__, f"{name}.{member}.{method}"


@pytest.mark.parametrize("name", [name for name in mapmaker.__all__ if name != "__version__"])
def test_what_mapmaker_promises_is_documented_with_its_errors_and_typed(name: str) -> None:
    value = getattr(mapmaker, name)
    if not inspect.isfunction(value):
        return
    signature = inspect.signature(value)
    assert signature.return_annotation is not inspect.Signature.empty
    documented = value.__doc__ or ""
    assert "Error" in documented or name in ("cluster", "layout", "assign")
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and parameter.name not in ("paths", "points", "values"):
            assert f"`{parameter.name}`" in documented, f"{name}({parameter.name})"


def test_every_deliberate_error_is_in_the_tree_that_its_module_draws() -> None:
    drawn = errors.__doc__ or ""
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, Exception):
            assert name in drawn
            assert issubclass(value, errors.MapmakerError)


def test_every_method_of_every_table_can_be_made_and_has_a_version() -> None:
    from mapmaker.methods import arrangers, clusterings, extractors, projections, solvers

    tables = (
        extractors.EXTRACTORS,
        projections.PROJECTIONS,
        solvers.SOLVERS,
        arrangers.ARRANGERS,
        clusterings.CLUSTERINGS,
    )
    for table in tables:
        for make in table.values():
            method: Any = make()
            assert vars(method)["__dataclass_params__"].frozen
            assert isinstance(method.version, int)
            assert callable(method)


def test_every_stage_keeps_the_protocol() -> None:
    from mapmaker.pipeline import STAGES
    from mapmaker.stages import Stage

    names = [stage.name for stage in STAGES]
    assert len(set(names)) == len(names)
    written: set[str] = set()
    for stage in STAGES:
        assert stage.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it
        assert all(part.partition("[")[0] in written for part in stage.reads), stage.name
        assert not written & set(stage.writes)
        written |= set(stage.writes)
        for member in ("outside", "intact", "run", "summary"):
            parameters = inspect.signature(getattr(stage, member)).parameters
            assert list(parameters) == list(inspect.signature(getattr(Stage, member)).parameters)
    assert Inside().outside.__doc__
