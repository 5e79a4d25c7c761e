"""A file -> its text, in whatever encoding it is, and what was odd about that."""

import codecs
from pathlib import Path

from mapmaker.errors import MetadataError


def read_text(file: Path) -> tuple[str, list[str]]:
    """Return the text of a file in UTF-8 with or without a byte order mark, in UTF-16 with one, else in Latin 1.

    MetadataError if it cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise MetadataError(f"cannot read {file}: {error.strerror}") from error
    return _decoded(content)


def _decoded(content: bytes) -> tuple[str, list[str]]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
        return text, ["not all of it is UTF-16; what is not is \ufffd"] if "\ufffd" in text else []
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("latin-1"), ["not UTF-8; read as ISO-8859-1"]
