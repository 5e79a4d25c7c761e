"""A poster's file -> a small picture of it, JPEG, kept in memory for as long as there is room."""

import hashlib
import io
import threading
from collections import OrderedDict
from pathlib import Path

from mapmaker.errors import QueryError
from mapmaker_tiles import DecodeError, decode

SIZES = (96, 192, 384, 768)
"""Pixels of the longer side."""
KEPT_BYTES = 64 * 2**20
_QUALITY = 85


class Thumbnails:
    """Small pictures by what is in a file and how large they are. Safe in threads."""

    def __init__(self, room: int = KEPT_BYTES) -> None:
        self._room = room
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def kept(self, sha256: str, size: int) -> bytes | None:
        """Return the picture if it has been made before."""
        with self._lock:
            if (sha256, size) not in self._kept:
                return None
            self._kept.move_to_end((sha256, size))
            return self._kept[sha256, size]

    def make(self, file: Path, sha256: str, size: int) -> bytes:
        """Return the picture of a file, at most `size` pixels wide and high.

        QueryError if the file is not there any more, or is not what the map was made from.
        """
        try:
            content = file.read_bytes()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise QueryError(f"{file.name} has changed since the map was made; run: mapmaker build")
            picture = decode(io.BytesIO(content), at_least=(size, size))
        except OSError as error:
            raise QueryError(f"{file.name} cannot be read: {error.strerror}; if images were moved, --images") from error
        except DecodeError as error:
            raise QueryError(f"{file.name}: {error}") from error
        picture.thumbnail((size, size))
        small = io.BytesIO()
        picture.save(small, "JPEG", quality=_QUALITY)
        self._keep((sha256, size), small.getvalue())
        return small.getvalue()

    def _keep(self, key: tuple[str, int], content: bytes) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = content
            self._bytes += len(content)
            while self._bytes > self._room:
                _, old = self._kept.popitem(last=False)
                self._bytes -= len(old)
