"""The manifest against the folder: each listed file is there with the bytes that were built, and there is no other."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

from mapmaker.checks.changes import read_changes
from mapmaker.checks.fault import Fault, Found, Kind
from mapmaker.checks.site import OWN, Site
from mapmaker.manifest import MANIFEST, manifest_bytes, parse_manifest
from mapmaker.workspace import file_digest

_THREADS = 8
_BATCH = 1000
_TOGETHER = 25
"""Files that a thread reads in a row: handing out each by itself would take longer than to read a small one."""
_DIGITS = frozenset("0123456789abcdef")


def read_listing(site: Site) -> Found[Site]:
    """Return the site with what its manifest lists, nothing where that cannot be read."""
    content = yield from site.content(MANIFEST)
    if content is None:
        return site
    try:
        manifest = parse_manifest(content)
    except ValueError as error:
        yield Fault(Kind.MANIFEST, MANIFEST, f"is no manifest of ours: {error}")
        return site
    changes = yield from read_changes(manifest.changes)
    if (changes is None) == (manifest.changes is None) and content != manifest_bytes(manifest.files, changes):
        yield Fault(Kind.MANIFEST, MANIFEST, "has other bytes than were built")
    listed = {}
    for name, digest in manifest.files.items():
        if not _is_below(name):
            yield Fault(Kind.MANIFEST, MANIFEST, f"lists {name[:200]!r}, which is no path below the map")
        elif not isinstance(digest, str) or len(digest) != 64 or not set(digest) <= _DIGITS:
            yield Fault(Kind.MANIFEST, MANIFEST, f"has no SHA-256 of {name}")
        else:
            listed[name] = digest
    return replace(site, listed=listed, changes=changes)


def _is_below(name: str) -> bool:
    """Return whether `name` is a plain path below the folder, the same on all systems."""
    plain = name.isprintable() and not any(character in name for character in "\\:")
    return plain and all(part not in ("", ".", "..") for part in name.split("/"))


def absent(site: Site) -> Found[None]:
    """Find listed files that are not there."""
    for name in site.listed:
        if name in site.strange:
            yield Fault(Kind.LINKED, name, f"{site.strange[name]}, not a file of its own")
        elif name not in site.sizes:
            yield Fault(Kind.MISSING, name, "is missing")


def changed(site: Site, names: Collection[str]) -> Found[None]:
    """Find those of `names` whose bytes are not the listed ones; all of them are read, in a few threads."""
    here = [name for name in names if name in site.listed and name in site.sizes]
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(here), _BATCH):
            batch = here[start : start + _BATCH]
            parts = [batch[first : first + _TOGETHER] for first in range(0, len(batch), _TOGETHER)]
            found = chain.from_iterable(pool.map(lambda part: _digests(site, part), parts))
            for name, told in zip(batch, found, strict=True):
                if told != site.listed[name]:
                    yield Fault(Kind.CHANGED, name, told if " " in told else "has other bytes than were built")


def _digests(site: Site, names: Sequence[str]) -> list[str]:
    """Return the digest of each file, or why it cannot be read."""
    return [_digest(site, name) for name in names]


def _digest(site: Site, name: str) -> str:
    try:
        return file_digest(site.root / name)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def unlisted(site: Site) -> Found[None]:
    """Find what stands in our folders and is not listed; where nothing is, the manifest's own fault says enough."""
    if not site.listed:
        return
    for name in _standing(site):
        if name.startswith(OWN) and name not in site.listed and name != MANIFEST:
            yield Fault(Kind.UNLISTED, name, "is not of this map: left behind, or put there")


def _standing(site: Site) -> Iterator[str]:
    yield from site.sizes
    yield from site.strange
