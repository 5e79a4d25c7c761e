"""What publishing came to, and whether it may go over what others put there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapmaker.errors import OutputError


@dataclass(frozen=True)
class Published:
    """Where a map went. `to`: how; `place`: a folder, a file, or a repository and its branch, never with a password.

    `files` and `bytes` are all that was published, `new` how many files of it are new there or changed, `gone` how many
    went. `changed`: whether anything had to be done. `url`: where the map will be seen, "" if that cannot be known.
    `notes`: what to know, or to do.
    """

    to: str
    place: str
    files: int
    bytes: int
    new: int
    gone: int
    changed: bool
    url: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Consent:
    """Whether what is not ours may go: `given` beforehand, or by whoever answers `ask`."""

    given: bool = False
    ask: Callable[[str], bool] | None = None

    def need(self, what: str) -> None:
        """Return if it may; `what` is a sentence about it. OutputError if not."""
        if self.given or (self.ask is not None and self.ask(what)):
            return
        raise OutputError(f"{what}; nothing was published: if it may be overwritten, add --yes")
