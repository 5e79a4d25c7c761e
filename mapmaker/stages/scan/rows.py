"""What was seen, and the rows of an earlier run -> rows and rejects.

Rows are append-only: an image keeps its row as long as its path holds something readable, or its bytes stand at
another, new path; a removed one becomes a tombstone, new ones are appended in the order of their paths. Of exact
copies, same bytes or same pixels, one is kept.
"""

import hashlib
import unicodedata
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mapmaker.model import Images, Reject

ID_LENGTH = 10
"""Characters of an id, five bits each: among a million images two collide once in 2,000 tries, then one grows."""


@dataclass(frozen=True)
class Seen:
    """What a file turned out to be: an image, or, with a `reason`, not one."""

    sha256: str
    pixels: str = ""
    width: int = 0
    height: int = 0
    reason: str = ""
    looks: str = ""
    """What its pixels say at a glance, as `looks.packed` writes it; "" of what is no image."""


def settle(previous: Images | None, seen: Mapping[str, Seen]) -> tuple[Images, list[Reject]]:
    """Return images and rejects for what was `seen`, by path, given the rows of an earlier run."""
    ledger = Ledger()
    if previous is not None:
        moved = renamed(previous, seen)
        for row in range(len(previous)):
            ledger.keep_row(previous, row, moved.get(row, previous.path[row]), seen)
    for path, one in seen.items():
        ledger.add(path, one)
    return ledger.images(), sorted(ledger.rejects, key=lambda reject: reject.path)


def renamed(previous: Images, seen: Mapping[str, Seen]) -> dict[int, str]:
    """Return the new paths of rows whose files stand elsewhere now: the first new path that has their bytes.

    None of a row whose path still holds something, and none that shows what another row does: that one keeps its place.
    """
    paths = set(previous.path)
    shown = {seen[path].pixels for path in paths if path in seen}
    new: dict[str, str] = {}
    for path, one in seen.items():
        if path not in paths and not one.reason and one.pixels not in shown:
            new.setdefault(one.sha256, path)
    lost = [row for row, path in enumerate(previous.path) if path not in seen]
    return {row: new.pop(previous.sha256[row]) for row in lost if previous.sha256[row] in new}


@dataclass(frozen=True)
class Row:
    """A row of `Images`, with its columns."""

    id: str
    path: str
    sha256: str
    width: int
    height: int
    present: bool = True


@dataclass
class Ledger:
    """Rows as they are settled: who owns which pixels, which paths are dealt with."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By pixels: path and bytes of the image that shows them."""
    done: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def keep_row(self, previous: Images, row: int, path: str, seen: Mapping[str, Seen]) -> None:
        """Carry an earlier row on: as what stands at `path` now, or as a tombstone."""
        id_ = previous.id[row]
        self.ids.add(id_)
        one = seen.get(path)
        if one is not None and self._claim(path, one):
            self.rows.append(Row(id_, path, one.sha256, one.width, one.height))
        else:
            size = int(previous.width[row]), int(previous.height[row])
            self.rows.append(Row(id_, previous.path[row], previous.sha256[row], *size, present=False))

    def add(self, path: str, one: Seen) -> None:
        """Append a row for a new image."""
        if path not in self.done and self._claim(path, one):
            id_ = new_id(path, self.ids)
            self.ids.add(id_)
            self.rows.append(Row(id_, path, one.sha256, one.width, one.height))

    def _claim(self, path: str, one: Seen) -> bool:
        """Return whether `path` is the first to show its pixels; if not, or if it is none, reject it."""
        self.done.add(path)
        reason = one.reason
        if not reason:
            owner, content = self.owners.setdefault(one.pixels, (path, one.sha256))
            if owner == path:
                return True
            reason = f"same {'file' if content == one.sha256 else 'pixels'} as {owner}"
        self.rejects.append(Reject(path, reason))
        return False

    def images(self) -> Images:
        """Return the rows as columns."""
        return Images(
            id=[row.id for row in self.rows],
            path=[row.path for row in self.rows],
            sha256=[row.sha256 for row in self.rows],
            width=np.array([row.width for row in self.rows], np.int32),
            height=np.array([row.height for row in self.rows], np.int32),
            present=np.array([row.present for row in self.rows], bool),
        )


def new_id(path: str, taken: set[str]) -> str:
    """Return an id for `path`: the same for the same path on every machine, in lower case letters and digits."""
    name = unicodedata.normalize("NFC", path)
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
    letters = b32encode(digest).decode().lower().rstrip("=")
    for length in range(ID_LENGTH, len(letters) + 1):
        if letters[:length] not in taken:
            return letters[:length]
    return new_id(path + "/", taken)  # the same path in two normal forms
