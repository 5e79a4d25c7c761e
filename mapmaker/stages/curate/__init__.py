"""curate: clusters as they were found, and clusters.toml -> clusters as the user wants them.

`wishes` finds the posters that the file names, `recognition` the clusters that it means, `shaping` makes them.
"""

from mapmaker.stages.curate.stage import CurateStage

__all__ = ["CurateStage"]
