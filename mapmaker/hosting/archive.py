"""A map -> one ZIP, for hosts that take one and to pass on: index.html at its top, the same bytes for the same map."""

import shutil
import zipfile
import zlib
from pathlib import Path

from mapmaker.errors import OutputError
from mapmaker.hosting.contents import Contents
from mapmaker.hosting.published import Consent, Published
from mapmaker.manifest import MANIFEST, parse_manifest
from mapmaker.progress import Progress
from mapmaker.workspace import file_digest, replacing

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can tell: that of the files would differ from copy to copy."""
_UNIX, _MODE = 3, 0o100644
_PACKED = (".webp", ".avif", ".jpg", ".png", ".pmtiles")
"""Files that deflating does not make smaller."""


def publish_zip(contents: Contents, out: Path, consent: Consent, progress: Progress) -> Published:
    """Write the ZIP `out`, whole or not at all. OutputError if it cannot be written, or is none of ours to replace."""
    if out.is_dir():
        raise OutputError(f"{out} is a folder; give the name of a file with --into")
    if out.exists() and not out.is_file():
        raise OutputError(f"{out} is a device or a pipe; give the name of a file with --into")
    if out.resolve().is_relative_to(contents.root):
        raise OutputError(f"{out} lies in the map itself; give another place with --into")
    before = None
    if out.exists():
        if not _is_ours(out):
            consent.need(f"{out} is there, and is no ZIP of a map")
        before = file_digest(out)
    progress.begin("zip")
    progress.expect(len(contents.digests), "files")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(out) as temporary:
            _write(contents, temporary, progress)
            changed = file_digest(temporary) != before
            if not changed:
                shutil.copystat(out, temporary)  # so that nobody takes it for a new one
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; give another place with --into") from error
    progress.end("zip", f"{out.stat().st_size / 1e6:,.1f} MB")
    new = len(contents.digests) if changed else 0
    return Published("zip", str(out), len(contents.digests), contents.size, new=new, gone=0, changed=changed)


def _write(contents: Contents, place: Path, progress: Progress) -> None:
    with zipfile.ZipFile(place, "w", strict_timestamps=True) as archive:
        for name in contents.digests:
            told = zipfile.ZipInfo(name, _WHEN)
            told.create_system, told.external_attr = _UNIX, _MODE << 16
            told.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
            told.file_size = contents.sizes[name]
            with archive.open(told, "w") as file:
                for chunk in contents.chunks(name):
                    file.write(chunk)
            progress.advance()


def _is_ours(out: Path) -> bool:
    """Return whether a file is a ZIP with a map at its top."""
    try:
        with zipfile.ZipFile(out) as archive:
            parse_manifest(archive.read(MANIFEST))
    except (OSError, EOFError, ValueError, LookupError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False
    return True
