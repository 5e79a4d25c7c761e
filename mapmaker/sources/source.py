"""What a source is: it tells which pictures it offers and what is known of each; fetching them is the same for all.

A new source is one module with one frozen dataclass, its fields being its options, and one line in the table of
sources.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
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
