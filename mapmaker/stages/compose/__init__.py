"""compose: everything -> the site, a folder that any static host can serve and any browser can open."""

from mapmaker.stages.compose.stage import ComposeStage
from mapmaker.stages.compose.tree import Place

__all__ = ["ComposeStage", "Place"]
