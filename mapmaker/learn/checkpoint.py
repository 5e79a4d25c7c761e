"""How far a training is -> one file, written whole or not at all, and back.

It is written at the end of each epoch. An epoch that was broken off is done again: everything random in it is a
function of the seed and its number, so it comes out the same.
"""

import dataclasses
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mapmaker.workspace import replacing

FILE = "checkpoint.npz"
ARRAYS = ("weights", "best", "optimizer")


@dataclass(frozen=True)
class Standing:
    """How far it is.

    `run`: a digest of what is trained on and how; a checkpoint of another is none. `phase`: the one to go on with, and
    `done`: how many of its epochs are done. `history`: figures an epoch. `best_figure`, `best_epoch`: the highest so
    far, and when; `best`: the weights then. `optimizer`: the state of its variables, empty at the start of a phase.
    """

    run: str
    phase: int = 0
    done: int = 0
    history: Sequence[Mapping[str, Any]] = ()
    best_figure: float = float("-inf")
    best_epoch: int = -1
    weights: Sequence[Any] = field(default=(), repr=False)
    best: Sequence[Any] = field(default=(), repr=False)
    optimizer: Sequence[Any] = field(default=(), repr=False)


def write_checkpoint(folder: Path, standing: Standing) -> None:
    """Write it in place of the last one."""
    told = {one.name: getattr(standing, one.name) for one in dataclasses.fields(standing) if one.name not in ARRAYS}
    arrays = {f"{name}.{i}": value for name in ARRAYS for i, value in enumerate(getattr(standing, name))}
    with replacing(folder / FILE) as temporary, temporary.open("wb") as stream:
        np.savez(stream, told=np.array(json.dumps(told)), **arrays)


def read_checkpoint(folder: Path, run: str) -> Standing:
    """Return how far `run` is; a standing at its beginning where there is no checkpoint of it."""
    try:
        with (folder / FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            told: dict[str, Any] = json.loads(str(stored["told"]))
            if told["run"] != run:
                return Standing(run)
            return Standing(**told, **{name: _listed(stored, name) for name in ARRAYS})
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return Standing(run)


def run_of(folder: Path) -> str | None:
    """Return which run the checkpoint in a folder is of, None if there is none that can be read."""
    try:
        with (folder / FILE).open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return str(json.loads(str(stored["told"]))["run"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def _listed(stored: Any, name: str) -> Any:
    count = sum(key.startswith(f"{name}.") for key in stored.files)
    return [stored[f"{name}.{i}"] for i in range(count)]
