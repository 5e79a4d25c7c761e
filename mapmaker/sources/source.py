"""What a source is: it tells which pictures it offers and what is known of each; fetching them is the same for all.

A new source is one module with one frozen dataclass, its fields being its options, and one line in the table of
sources.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Protocol

from mapmaker.sources.web import Credentials, Web


@dataclass(frozen=True)
class Offered:
    """A picture that a source offers."""

    url: str
    """Absolute, http or https."""
    name: str
    """What its file is to be called: a path below the folder, "/" between folders, without suffix. What no file system
    takes is mended by who writes it, and so are names that two pictures have."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Columns of the table, by name: what is known of it. `title`, `year`, `genres`, `url` (its page) where known."""


@dataclass(frozen=True)
class Unusable:
    """An entry of a source that offers no picture, to be told in the manifest."""

    entry: str
    """Which: a line of the file, an address, an id; never a secret."""
    reason: str
    """Why, in a few words: "no address of a picture"."""


class Source(Protocol):
    """Where pictures come from."""

    @property
    def notice(self) -> str:
        """What whoever fetches must be told of the source's terms; or ""."""
        ...

    @property
    def credentials(self) -> Sequence[Credentials]:
        """What requests to it carry; most need none."""
        ...

    def offers(self, web: Web) -> AsyncIterator[Offered | Unusable]:
        """Yield what there is, in an order that does not depend on chance, and each as soon as it is known.

        FetchError where the source as a whole cannot be read, InputError for files and options of the user's.
        """
        ...


def label_of(source: Source) -> str:
    """Return what tells a source from others in a manifest: its kind, and its file, or a digest of what it is asked.

    What it cannot do without counts, else all that repr may show.
    """
    name = type(source).__name__.lower()
    if not is_dataclass(source):
        return name
    shown = [one for one in fields(source) if one.repr]
    needed = [one for one in shown if one.default is MISSING and one.default_factory is MISSING]
    values = [getattr(source, one.name) for one in needed or shown]
    files = [value.name for value in values if isinstance(value, Path)]
    if files and len(files) == len(values):
        return " ".join([name, *files])
    return f"{name} {hashlib.sha256(repr(values).encode()).hexdigest()[:8]}"
