"""triage: images -> the selection that goes on the map, and a page that shows what was left out, and why."""

from mapmaker.stages.triage.stage import TriageStage

__all__ = ["TriageStage"]
