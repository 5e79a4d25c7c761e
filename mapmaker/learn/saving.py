"""A network and what it has seen -> one .keras file; and what it has seen, wherever that file has gone.

A .keras file is a zip archive of which Keras reads its own members alone: the splits are one more. Who asks a network
about posters can tell by the file itself which of them it has learned from.
"""

import zipfile
from pathlib import Path
from typing import Any

from mapmaker.workspace import replacing

MODEL, SPLITS_FILE = "model.keras", "splits.csv"


def save_network(core: Any, splits: str, file: Path) -> None:
    """Write the model, and within it `splits`, a table as `splits.splits_table` makes it: all or nothing."""
    with replacing(file) as temporary:
        named = temporary.with_name(f"{temporary.name}.keras")  # Keras insists on the ending
        try:
            core.save(named)
            with zipfile.ZipFile(named, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo(SPLITS_FILE), splits)
            named.replace(temporary)
        finally:
            named.unlink(missing_ok=True)


def splits_within(file: Path) -> str | None:
    """Return the table of splits that a network's file holds, None for a file that `train` did not make."""
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.read(SPLITS_FILE).decode()
    except (OSError, KeyError, UnicodeDecodeError, zipfile.BadZipFile):
        return None
