"""The manifest of a map, what is ours in its folder: digests by path, and what became of posters; written and read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "data/manifest.json"
GENERATOR = "mapmaker"
CHANGES = ("added", "moved", "removed", "replaced")
"""What can have become of a poster since the map that this one goes on from."""

Changes = Mapping[str, Sequence[str]]
"""Ids of posters, ascending, by `CHANGES`, all of them in that order."""


@dataclass(frozen=True)
class Manifest:
    """What a manifest says, which may be anything: of each path, and of changes; None if it says nothing of them."""

    files: dict[str, object]
    changes: object = None


def manifest_bytes(files: Mapping[str, object], changes: Changes | None = None) -> bytes:
    """Return the manifest that lists `files`, SHA-256 by path: the same bytes for the same files and changes."""
    told = {"changes": {kind: list(ids) for kind, ids in changes.items()}} if changes is not None else {}
    manifest = {"generator": GENERATOR, "version": 1, **told, "files": dict(sorted(files.items()))}
    return (json.dumps(manifest, indent=0) + "\n").encode()


def parse_manifest(content: bytes) -> Manifest:
    """Return what a manifest says. ValueError if it is none of ours."""
    try:
        manifest = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nests too deeply") from error
    if not isinstance(manifest, dict) or manifest.get("generator") != GENERATOR:
        raise ValueError(f"does not name {GENERATOR} as its generator")
    if not isinstance(manifest.get("files"), dict):
        raise ValueError("lists no files")
    return Manifest(dict(manifest["files"]), manifest.get("changes"))


def read_manifest(out: Path) -> dict[str, str] | None:
    """Return digests by path of the map in `out`; None if there is none of ours."""
    try:
        files = parse_manifest((out / MANIFEST).read_bytes()).files
    except (OSError, ValueError):
        return None
    return {name: str(digest) for name, digest in files.items()}
