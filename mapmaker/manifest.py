"""The manifest of a map, what is ours in its folder: digests by path, written and read."""

import json
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "data/manifest.json"
GENERATOR = "mapmaker"


def manifest_bytes(files: Mapping[str, object]) -> bytes:
    """Return the manifest that lists `files`, SHA-256 by path: the same bytes for the same files."""
    manifest = {"generator": GENERATOR, "version": 1, "files": dict(sorted(files.items()))}
    return (json.dumps(manifest, indent=0) + "\n").encode()


def parse_manifest(content: bytes) -> dict[str, object]:
    """Return what a manifest says of each path, which may be anything. ValueError if it is none of ours."""
    try:
        manifest = json.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("nests too deeply") from error
    if not isinstance(manifest, dict) or manifest.get("generator") != GENERATOR:
        raise ValueError(f"does not name {GENERATOR} as its generator")
    if not isinstance(manifest.get("files"), dict):
        raise ValueError("lists no files")
    return dict(manifest["files"])


def read_manifest(out: Path) -> dict[str, str] | None:
    """Return digests by path of the map in `out`; None if there is none of ours."""
    try:
        return {name: str(digest) for name, digest in parse_manifest((out / MANIFEST).read_bytes()).items()}
    except (OSError, ValueError):
        return None
