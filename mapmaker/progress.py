"""How far the work is: stages tell, whoever runs them shows. Nothing here prints."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """What a stage may say while it works."""

    def begin(self, stage: str) -> None:
        """Say that `stage` starts."""

    def expect(self, total: int, unit: str) -> None:
        """Say that the stage has `total` steps, each one `unit` (a plural noun: "posters"); again, if more come up."""

    def advance(self, steps: int = 1) -> None:
        """Say that `steps` more are done."""

    def reach(self, so_far: str) -> None:
        """Say in a few words how good what the stage has so far is: it stands beside how far it is."""

    def end(self, stage: str, summary: str) -> None:
        """Say that `stage` is done, and in a few words with what."""

    def warn(self, message: str) -> None:
        """Say what the user should know of the result, also in later runs that find nothing to do."""

    def note(self, message: str) -> None:
        """Say what happened just now, once."""

    def show(self, lines: Sequence[str]) -> None:
        """Show a small table, while the stage works."""


class Silence:
    """A `Progress` that keeps quiet: the default everywhere but on the command line."""

    def begin(self, stage: str) -> None:
        """Keep quiet."""

    def expect(self, total: int, unit: str) -> None:
        """Keep quiet."""

    def advance(self, steps: int = 1) -> None:
        """Keep quiet."""

    def reach(self, so_far: str) -> None:
        """Keep quiet."""

    def end(self, stage: str, summary: str) -> None:
        """Keep quiet."""

    def warn(self, message: str) -> None:
        """Keep quiet."""

    def note(self, message: str) -> None:
        """Keep quiet."""

    def show(self, lines: Sequence[str]) -> None:
        """Keep quiet."""


def counted(items: Iterable[T], progress: Progress) -> Iterator[T]:
    """Yield `items`, advancing `progress` by one after each."""
    for item in items:
        yield item
        progress.advance()
