"""What came of an export, and what of the originals was not as it should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mapmaker.errors import ImagesError
from mapmaker.export.originals import CHANGED, Trouble
from mapmaker.plural import count_of
from mapmaker.progress import Progress

Figures = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Exported:
    """What an export made: where, with which figures, and what was not as it should be.

    `missing`: originals that cannot be read, and why; their places are blank. `changed`: originals that are not what
    they were when the map was made; they are shown as they are now. Both by path below the folder of images.
    """

    out: Path
    figures: Figures
    missing: Mapping[str, str]
    changed: Sequence[str]
    notes: Sequence[str]


@dataclass(frozen=True)
class Troubles:
    """Gathers what is wrong with originals, each once, however often it is met."""

    missing: dict[str, str] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)

    def take(self, found: Iterable[Trouble]) -> None:
        """Take note of what a worker met."""
        for trouble in found:
            if trouble.reason == CHANGED:
                self.changed[trouble.path] = None
            else:
                self.missing[trouble.path] = trouble.reason

    def check(self, wanted: int, folder: Path) -> None:
        """Raise ImagesError if not one of the originals that were `wanted` could be read."""
        if wanted and len(self.missing) == wanted:
            path, reason = next(iter(self.missing.items()))
            which = "the image" if wanted == 1 else f"not one of the {wanted:,} images"
            verb = "cannot be read" if wanted == 1 else "can be read"
            raise ImagesError(f"{which} in {folder} {verb} ({path}: {reason}); is it there? --images says where")

    def export(self, out: Path, figures: Figures, notes: Sequence[str], blank: str, progress: Progress) -> Exported:
        """Return what came of an export; `progress` is told its notes and those on troubles, see `notes`."""
        lines = [*notes, *self.notes(blank)]
        for line in lines:
            progress.warn(line)
        return Exported(out, figures, self.missing, list(self.changed), lines)

    def notes(self, blank: str) -> list[str]:
        """Return a line for each kind of trouble; `blank` says what became of what is missing."""
        lines = []
        if self.missing:
            path, reason = next(iter(self.missing.items()))
            lines.append(f"{path} cannot be read ({reason}){_more(self.missing, 'nor can')}; {blank}")
        if self.changed:
            path = next(iter(self.changed))
            what = "is not what it was when the map was made"
            lines.append(f"{path} {what}{_more(self.changed, 'nor are')}; shown as it is now")
        return lines


def _more(paths: Mapping[str, object], also: str) -> str:
    return f", {also} {count_of(len(paths) - 1, 'more', 'more')}" if len(paths) > 1 else ""
