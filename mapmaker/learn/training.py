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

from mapmaker.errors import BusyError, ImagesError, MetadataError, OutputError
from mapmaker.learn import card, checkpoint
from mapmaker.learn.backbones import Backbone, load_backbone
from mapmaker.learn.baselines import baselines
from mapmaker.learn.dataset import SPLITS, Dataset
from mapmaker.learn.epochs import Classroom, make_board
from mapmaker.learn.folder import HISTORY, check_ours, is_done, make_way
from mapmaker.learn.lesson import chosen_precision
from mapmaker.learn.network import make_network
from mapmaker.learn.pixels import Pictures, decoded
from mapmaker.learn.reading import Labelling, Posters, read_dataset
from mapmaker.learn.recipe import Recipe
from mapmaker.learn.saving import MODEL, SPLITS_FILE, save_network
from mapmaker.learn.splits import splits_table, write_splits
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors.architectures import first_line
from mapmaker.methods.extractors.machine import back_end
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence
from mapmaker.workspace import fingerprint, replacing

VERSION = 2
"""Goes up when the same recipe comes to something else."""
TRAINED_ALREADY = "trained already, on the same posters with the same options; --fresh trains anew"
CACHE = Path(".mapmaker/pixels")


@dataclass(frozen=True)
class Place:
    """Where a run writes, and what it runs with; none of it changes the outcome.

    `out`: the folder of the run. `cache`: of decoded pictures, which runs share. `workers`: processes that decode, 0
    for one a core. `fresh`: replace the run that is there; what was broken off of this one goes on. `tensorboard`:
    write logs for it, too.
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


def train(posters: Posters, recipe: Recipe, place: Place, progress: Progress | None = None) -> Outcome:
    """Train a network on labelled posters, or go on where a run was broken off.

    A run that is done is not done again. InputError for what cannot be used, a loss that is no number among it.
    """
    from filelock import FileLock, Timeout

    asked = posters.labelling or Labelling(seed=recipe.seed)
    dataset, notes = read_dataset(posters.images, posters.metadata, asked)
    _check_labels(dataset, recipe)
    try:
        place.out.mkdir(parents=True, exist_ok=True)
        with FileLock(place.out / "lock", timeout=0.2), warnings.catch_warnings():
            # Keras asks TensorFlow's variables for arrays in a way that NumPy 2 wants otherwise.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            check_ours(place.out, recipe)
            return _Run(recipe, asked, place, progress or Silence()).outcome(dataset, notes)
    except Timeout as error:
        raise BusyError(f"another training is at work in {place.out}; wait for it, or use --out") from error
    except OSError as error:
        raise OutputError(
            f"cannot write {place.out}: {error.strerror or first_line(error)}; make room, and the same command goes on "
            "from the last whole epoch, or give another folder with --out"
        ) from error


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
        run = self._digest(dataset, backbone, precision)
        out = self.place.out
        if is_done(out, run) and not self.place.fresh:
            return Outcome(out / MODEL, card.read(out) or {}, [*notes, *unread, TRAINED_ALREADY])
        make_way(out, run, self.place.fresh)
        training = card.Training(run, dataset, self.labelling, self.recipe, backbone.size, precision)
        return Outcome(out / MODEL, self._trained(training, pictures, backbone), [*notes, *unread])

    def _decoded(self, dataset: Dataset, backbone: Backbone) -> tuple[Dataset, Pictures, list[str]]:
        self.progress.begin("decode")
        engine = Local(self.place.workers)
        read, pictures, notes = decoded(dataset, backbone.size, self.place.cache, engine, self.progress)
        self.progress.end("decode", f"{count_of(len(read), 'poster')} at {backbone.size[0]} x {backbone.size[1]}")
        for split in SPLITS[:2]:
            if not len(read.rows(split)):
                raise ImagesError(f"no poster of {split} can be read, {dataset.part(split).files[0]} for one")
        return read, pictures, notes

    def _digest(self, dataset: Dataset, backbone: Backbone, precision: str) -> str:
        """Return a digest of all that the outcome hangs on."""
        file = Path(self.recipe.backbone) if self.recipe.backbone.endswith(".keras") else None
        columns = dataset.names, dataset.films, dataset.splits, dataset.labels.astype(int).tolist(), dataset.contents
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

    def _trained(self, training: card.Training, pictures: Pictures, backbone: Backbone) -> Mapping[str, Any]:
        """Train to the end, write what comes of it, and return the card."""
        out, dataset = self.place.out, training.dataset
        network = make_network(backbone, self.recipe, len(dataset.classes), training.precision)
        beside = baselines(network, dataset, pictures)
        network.expect(dataset.part("train").labels.mean(axis=0))
        board = make_board(out) if self.place.tensorboard else None
        try:
            room = Classroom(network, dataset, pictures, out, self.progress, board)
            standing = room.trained(checkpoint.read_checkpoint(out, training.run))
        finally:
            if board is not None:
                board.on_train_end()
        exact = make_network(backbone, self.recipe, len(dataset.classes), "float32")
        exact.set_weights(standing.best)
        save_network(exact.core, splits_table(dataset), out / MODEL)
        write_splits(out / SPLITS_FILE, dataset)
        _write_history(out / HISTORY, standing.history)
        told = card.make(training, standing, beside, {"model": out / MODEL, "splits": out / SPLITS_FILE})
        card.write(out, told)
        (out / checkpoint.FILE).unlink(missing_ok=True)
        return told


def _write_history(file: Path, history: Sequence[Mapping[str, Any]]) -> None:
    with replacing(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(history[-1]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
