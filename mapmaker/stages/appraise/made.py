"""What a map was made with: plain values of stages -> options by name; packages by version."""

import re
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Any

from mapmaker.appraisal import Told

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


def told_options(options: Mapping[str, Mapping[str, Any]]) -> tuple[Told, ...]:
    """Return the options of stages, as plain values, a method's beside those of its stage."""
    return tuple(Told(f"{stage}.{name}", value) for stage, some in options.items() for name, value in _plain(some))


def _plain(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield name, str(value[""][1])
            yield from _plain(value)
        elif name:
            yield name, _spelled(value)


def _spelled(value: object) -> str:
    """Return a value in words; a file is known by its digest, and its name is nobody's business."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return "a file"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value) or "empty"
