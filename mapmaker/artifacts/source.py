"""Where images and the extractor's files are, as seen from the work folder."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mapmaker.artifacts.names import SOURCE
from mapmaker.workspace import Workspace, write_json


def write_source(work: Workspace, images: Path, files: Mapping[str, Path] | None = None) -> None:
    """Write where images and the extractor's `files` are, from the work folder on: all can be moved together."""
    told: dict[str, Any] = {"images": _place(work, images)}
    if files:
        told["files"] = {name: _place(work, file) for name, file in sorted(files.items())}
    if _read_places(work) != told:
        write_json(work.path(SOURCE), told)


def read_source(work: Workspace) -> Path | None:
    """Return the folder of images that the last build read; None if nobody knows."""
    return _placed(work, _read_places(work).get("images"))


def read_source_files(work: Workspace) -> dict[str, Path]:
    """Return the files of the last build's extractor by option, as far as they are known."""
    files = _read_places(work).get("files")
    places = {name: _placed(work, place) for name, place in files.items()} if isinstance(files, dict) else {}
    return {name: place for name, place in places.items() if place is not None}


def _place(work: Workspace, path: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), work.folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return path.resolve().as_posix()


def _placed(work: Workspace, place: object) -> Path | None:
    return Path(os.path.normpath(work.folder.resolve() / place)) if isinstance(place, str) else None


def _read_places(work: Workspace) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        told = json.loads(work.path(SOURCE).read_text(encoding="utf-8"))
        if isinstance(told, dict):
            return told
    return {}
