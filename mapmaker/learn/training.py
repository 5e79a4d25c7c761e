"""Labelled posters and a recipe -> a folder with the network, its card, and how it came about.

    model.keras         pictures in, an embedding of unit length or probabilities out; it holds the splits, too
    card.json, card.md  what it learned from, how, and how far that holds on val; digests of the network and the splits
    splits.csv          which poster is in which split, for whoever asks later what the network has not seen
    history.csv         figures an epoch

They appear when all is trained, and replace those of a run before; the card comes last. A run that was broken off goes
on from its last whole epoch when it is started again, and ends in the same figures.
"""

import csv
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapmaker.errors import BusyError, MetadataError, OutputError
from mapmaker.learn import card, checkpoint
from mapmaker.learn.backbones import Backbone, load_backbone
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.epochs import Classroom, make_board
from mapmaker.learn.lesson import ACTIVATIONS, chosen_precision
from mapmaker.learn.network import make_network
from mapmaker.learn.pixels import Pictures, decoded
from mapmaker.learn.reading import Labelling, read_dataset
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.saving import MODEL, SPLITS_FILE, save_network
from mapmaker.learn.splits import splits_table, write_splits
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors.machine import back_end
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence
from mapmaker.workspace import fingerprint, replacing

VERSION = 2
"""Goes up when the same recipe comes to something else."""
HISTORY = "history.csv"
CACHE = Path(".mapmaker/pixels")


@dataclass(frozen=True)
class Place:
    """Where a run writes, and what it runs with; none of it changes the outcome.

    `out`: the folder of the run. `cache`: of decoded pictures, which runs share. `workers`: processes that decode, 0
    for one a core. `fresh`: begin anew, whatever is there. `tensorboard`: write logs for it, too.
    """

    out: Path
    cache: Path = CACHE
    workers: int = 0
    fresh: bool = False
    tensorboard: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the file, its card, and what the user should know."""

    model: Path
    card: Mapping[str, Any]
    notes: Sequence[str]


def train(
    images: Path,
    metadata: Path,
    recipe: Recipe,
    place: Place,
    labelling: Labelling | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Train a network on the posters of `images` that `metadata` labels, or go on where a run was broken off.

    A run that is done is not done again. InputError for what cannot be used, a loss that is no number among it.
    """
    from filelock import FileLock, Timeout

    asked = labelling or Labelling(seed=recipe.seed)
    dataset, notes = read_dataset(images, metadata, asked)
    _check_labels(dataset, recipe)
    try:
        place.out.mkdir(parents=True, exist_ok=True)
        with FileLock(place.out / "lock", timeout=0.2), warnings.catch_warnings():
            # Keras asks TensorFlow's variables for arrays in a way that NumPy 2 wants otherwise.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            return _Run(recipe, asked, place, progress or Silence()).outcome(dataset, notes)
    except Timeout as error:
        raise BusyError(f"another training is at work in {place.out}; wait for it, or use --out") from error


def _check_labels(dataset: Dataset, recipe: Recipe) -> None:
    several = int((dataset.labels.sum(axis=1) > 1).sum())
    if several and "softmax" in (recipe.objective, recipe.warm_with):
        raise MetadataError(
            f"{count_of(several, 'poster has', 'posters have')} several labels, and softmax takes one: "
            "give --rule first, --rule rarest, or --objective sigmoid"
        )


@dataclass(frozen=True)
class _Run:
    recipe: Recipe
    labelling: Labelling
    place: Place
    progress: Progress

    def outcome(self, dataset: Dataset, notes: list[str]) -> Outcome:
        backbone = load_backbone(self.recipe)
        dataset, pictures, unread = self._decoded(dataset, backbone)
        precision = chosen_precision(self.recipe)
        run = self._digest(dataset, pictures, backbone, precision)
        known = None if self.place.fresh else card.read(self.place.out)
        if known is not None and known["run"] == run and (self.place.out / MODEL).is_file():
            done = "trained already, on the same posters with the same options; --fresh trains anew"
            return Outcome(self.place.out / MODEL, known, [*notes, *unread, done])
        self._check_free(run, known)
        told = self._trained(dataset, pictures, backbone, run, precision)
        return Outcome(self.place.out / MODEL, told, [*notes, *unread])

    def _decoded(self, dataset: Dataset, backbone: Backbone) -> tuple[Dataset, Pictures, list[str]]:
        self.progress.begin("decode")
        engine = Local(self.place.workers)
        found = decoded(dataset, backbone.size, self.place.cache, engine, self.progress)
        self.progress.end("decode", f"{count_of(len(found[0]), 'poster')} at {backbone.size[0]} x {backbone.size[1]}")
        return found

    def _digest(self, dataset: Dataset, pictures: Pictures, backbone: Backbone, precision: str) -> str:
        """Return a digest of all that the outcome hangs on."""
        file = Path(self.recipe.backbone) if self.recipe.backbone.endswith(".keras") else None
        columns = dataset.names, dataset.films, dataset.splits, dataset.labels.astype(int).tolist(), pictures.contents
        return fingerprint(
            {
                "version": VERSION,
                "recipe": self.recipe,
                "backbone": file,
                "size": backbone.size,
                "precision": precision,
                "back end": back_end(),
                "classes": list(dataset.classes),
                "posters": [list(one) for one in zip(*columns, strict=True)],
            }
        )

    def _check_free(self, run: str, known: Mapping[str, Any] | None) -> None:
        """Raise OutputError if the folder holds another run, done or broken off."""
        if self.place.fresh:
            (self.place.out / checkpoint.FILE).unlink(missing_ok=True)
            return
        broken = checkpoint.run_of(self.place.out)
        if known is not None or broken not in (None, run):
            raise OutputError(
                f"{self.place.out} holds a run with other options or posters; give another --out, or --fresh"
            )

    def _trained(
        self, dataset: Dataset, pictures: Pictures, backbone: Backbone, run: str, precision: str
    ) -> Mapping[str, Any]:
        out, count = self.place.out, len(dataset.classes)
        network = make_network(backbone, self.recipe, count, precision)
        network.expect(dataset.part("train").labels.mean(axis=0))
        board = make_board(out) if self.place.tensorboard else None
        try:
            room = Classroom(network, dataset, pictures, out, self.progress, board)
            standing = room.trained(checkpoint.read_checkpoint(out, run))
        finally:
            (out / ACTIVATIONS).unlink(missing_ok=True)
            if board is not None:
                board.on_train_end()
        exact = make_network(backbone, self.recipe, count, "float32")
        exact.set_weights(standing.best)
        save_network(exact.core, splits_table(dataset), out / MODEL)
        write_splits(out / SPLITS_FILE, dataset)
        _write_history(out / HISTORY, standing.history)
        training = card.Training(run, dataset, self.labelling, self.recipe, backbone.size, precision)
        told = card.make(training, standing, {"model": out / MODEL, "splits": out / SPLITS_FILE})
        card.write(out, told)
        (out / checkpoint.FILE).unlink(missing_ok=True)
        return told


def _write_history(file: Path, history: Sequence[Mapping[str, Any]]) -> None:
    with replacing(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(history[-1]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
