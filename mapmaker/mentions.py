"""What a user writes to name a poster, its path or id -> its row.

Names match in whatever normal form they are written, as those of the metadata table do.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapmaker.model import Images, Reject


@dataclass(frozen=True)
class Mentions:
    """Looks up posters by path below the folder of images, by id, and files that the scan left out by path."""

    rows: Mapping[str, int]
    reasons: Mapping[str, str]

    @staticmethod
    def of(images: Images, rejects: Sequence[Reject], gone: bool = False) -> "Mentions":
        """Return what finds these; `gone`: also whatever was once at a path where nothing is now."""
        present = [(path, row) for row, path in enumerate(images.path) if images.present[row]]
        rows = {normal(path): row for row, path in enumerate(images.path)} if gone else {}
        rows |= {id_: row for row, id_ in enumerate(images.id)}
        rows |= {normal(path): row for path, row in present}
        rows |= dict(present)
        return Mentions(rows, {normal(reject.path): reject.reason for reject in rejects})

    def row(self, text: str) -> int | None:
        """Return the row that `text` names, None if there is none."""
        return next((self.rows[name] for name in _spellings(text) if name in self.rows), None)

    def reason(self, text: str) -> str:
        """Return why the scan left out the file that `text` names, "" if it did not."""
        return next((self.reasons[name] for name in _spellings(text) if name in self.reasons), "")


def bare(text: str) -> str:
    """Return a path without the `./` that it may be written with."""
    return text.removeprefix("./")


def normal(path: str) -> str:
    """Return a path in the normal form in which paths are compared."""
    return unicodedata.normalize("NFC", path)


def _spellings(text: str) -> tuple[str, ...]:
    name = bare(text)
    return name, normal(name), normal(name.replace("\\", "/"))
