"""appraise: a finished arrangement -> how good it is, in figures, for the quality page."""

from mapmaker.stages.appraise.stage import AppraiseStage

__all__ = ["AppraiseStage"]
