"""What of a source is to be fetched."""

from dataclasses import dataclass

from mapmaker.options import whole


@dataclass(frozen=True)
class Wish:
    """Which pictures to ask for. What came in an earlier run, and is still there, is not."""

    limit: int | None = None
    """Pictures of the source, the first ones; None for all."""
    least: int = 0
    """Pixels that the shorter side of a picture must have."""
    refresh: bool = False
    """Ask whether there is another version of what is there already."""
    retry_failed: bool = False
    """Ask again for what failed for good: a 404, no picture."""
    dry_run: bool = False
    """Only find out what would be fetched."""

    def __post_init__(self) -> None:
        if self.limit is not None:
            whole("limit", self.limit, 1)
        whole("least", self.least, 0)
