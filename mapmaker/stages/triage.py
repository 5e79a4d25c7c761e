"""triage: images -> the selection that goes on the map. Every image that is there goes."""

from dataclasses import dataclass
from typing import ClassVar

from mapmaker import artifacts
from mapmaker.model import Selection
from mapmaker.plural import count_of
from mapmaker.stages import Figures, Inside, Job


@dataclass(frozen=True)
class TriageStage(Inside):
    """Keeps every image that is present; it has no options."""

    name: ClassVar[str] = "triage"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("images.csv[present]",)
    writes: ClassVar[tuple[str, ...]] = (artifacts.SELECTION,)

    def run(self, job: Job) -> Figures:
        """Write a verdict for each row."""
        present = artifacts.read_images(job.work).present
        selection = Selection([Selection.KEPT if here else Selection.GONE for here in present])
        artifacts.write_selection(job.work, selection)
        return {"kept": len(selection.rows)}

    def summary(self, figures: Figures) -> str:
        """See `Stage`."""
        return f"{count_of(figures['kept'], 'poster')} kept"
