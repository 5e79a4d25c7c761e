"""What a map was made with: stages -> options by name; packages by version."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Any

from mapmaker.appraisal import Told
from mapmaker.options import method_name, method_tables, spelled
from mapmaker.stages import Stage
from mapmaker.workspace import plain

PACKAGES = ("mapmaker", "numpy", "scipy", "scikit-learn", "openTSNE", "faiss-cpu", "pillow")
"""Whose version may change a figure."""


def versions() -> tuple[Told, ...]:
    """Return the packages that are here, by version."""
    found = []
    for name in PACKAGES:
        try:
            found.append(Told(name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


def told_options(stages: Iterable[Stage]) -> tuple[Told, ...]:
    """Return the options of stages as users write them, a method's beside those of its stage."""
    return tuple(Told(f"{stage.name}.{name}", value) for stage in stages for name, value in _options(stage))


def _options(stage: Stage) -> Iterator[tuple[str, str]]:
    tables = method_tables(stage)
    for name, value in _own(plain(stage)):
        if name in tables:
            yield name, method_name(tables[name], *value[""][:2])
            yield from ((own, spelled(one)) for own, one in _own(value))
        else:
            yield name, spelled(value)


def _own(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in values.items() if name)
