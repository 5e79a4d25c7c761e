"""scan: a folder -> images, a row each, and rejects with their reasons."""

from mapmaker.stages.scan.changes import Changes, foreseen
from mapmaker.stages.scan.listing import Listed, check_images, list_files
from mapmaker.stages.scan.rows import Seen, new_id, settle
from mapmaker.stages.scan.stage import Look, Memory, ScanStage

__all__ = [
    "Changes",
    "Listed",
    "Look",
    "Memory",
    "ScanStage",
    "Seen",
    "check_images",
    "foreseen",
    "list_files",
    "new_id",
    "settle",
]
