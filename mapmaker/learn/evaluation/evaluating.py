"""A folder of images, its table and networks -> an evaluation in a folder, and what `classify` and `plot` go on from.

What was learned is measured beside the frozen features that it began with, which its card names, the same centred, a
blend of both if one is asked for, and chance.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import MetadataError, ModelError, OptionError
from mapmaker.learn import card
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.evaluation.embedding import digests, embed, readable
from mapmaker.learn.evaluation.findings import HEAD, PROBE, Evaluation, Protocol
from mapmaker.learn.evaluation.kept import Kept, write_kept
from mapmaker.learn.evaluation.measuring import measure
from mapmaker.learn.evaluation.probe import logits
from mapmaker.learn.evaluation.report import write_report
from mapmaker.learn.evaluation.retrieval import unit
from mapmaker.learn.evaluation.subjects import Subject, blended, centred, chance
from mapmaker.learn.reading import Labelling, read_dataset
from mapmaker.learn.recipe import SCRATCH
from mapmaker.learn.saving import SPLITS_FILE
from mapmaker.learn.splits import read_splits
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors import EXTRACTORS, Extractor
from mapmaker.methods.extractors.settling import settled
from mapmaker.model import Floats
from mapmaker.options import make_method
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence

CACHE = Path(".mapmaker/features")
LEARNED, FROZEN, CENTRED = "learned", "frozen", "frozen, centred"


@dataclass(frozen=True)
class Networks:
    """What is measured. `model`: what was learned, a .keras file, None to measure frozen features alone.

    `frozen`: an extractor's name or a .keras file, "" for what the model's card names. `weights`: of a published
    network. `blend`: share of what was learned in a mix of both that is measured too, 0 for none.
    """

    model: Path | None = None
    frozen: str = ""
    weights: Path | None = None
    blend: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.blend < 1:
            raise OptionError(f"blend = {self.blend} is not between 0 and 1")
        if self.model is None and (self.blend or not self.frozen):
            raise OptionError("nothing to measure: give a network with --model FILE.keras, or --frozen NAME or both")


@dataclass(frozen=True)
class Folders:
    """`out`: where the report goes. `cache`: of features, which runs share. `workers`: processes, 0 for one a core."""

    out: Path
    cache: Path = CACHE
    workers: int = 0


@dataclass(frozen=True)
class Evaluated:
    """What was found, the posters that it is of, and the files that tell of it."""

    dataset: Dataset
    found: Evaluation
    files: Sequence[Path]


def evaluate(
    images: Path,
    metadata: Path,
    networks: Networks,
    folders: Folders,
    labelling: Labelling | None = None,
    protocol: Protocol | None = None,
    progress: Progress | None = None,
) -> Evaluated:
    """Measure networks on the posters of `images` that `metadata` labels, and write what was found.

    Splits are those that the model was trained with, unless told. MetadataError for a model that has learned from a
    film that is to test it, and InputError for whatever else cannot be used.
    """
    told = progress or Silence()
    learned_from = _splits_of(networks.model)
    dataset, notes = read_dataset(images, metadata, _labelling(labelling or Labelling(), learned_from))
    if learned_from is not None:
        _check_unseen(dataset, learned_from)
    engine = Local(folders.workers)
    contents = digests(dataset.files, engine)
    extractors = _extractors(networks)
    values = {}
    for name, extractor in extractors.items():
        told.begin(name)
        values[name] = embed(dataset.files, contents, extractor, folders.cache, engine, told)
        told.end(name, f"{values[name].shape[1]:,} numbers of {count_of(len(dataset), 'poster')}")
    rows, unread = readable(dataset, list(values.values()))
    dataset, contents = dataset.take(rows), [contents[row] for row in rows]
    own = _own_classes(networks.model, dataset.classes)
    subjects = _subjects(dataset, {name: one[rows] for name, one in values.items()}, networks.blend, own)
    told.begin("measure")
    found = measure(dataset, subjects, _pairs(subjects), protocol or Protocol())
    found.notes[:0] = [*notes, *unread]
    told.end("measure", f"{len(found.figures):,} figures")
    main = subjects[0]
    kept = Kept(
        images=images.absolute(),
        extractor=settled(extractors[main.name], folders.cache),
        classifier=found.classifiers[main.name, PROBE if own is None else HEAD],
        own=own,
        contents=contents,
        vectors=unit(main.values),
        dataset=dataset,
    )
    files = [*write_report(folders.out, dataset, found), write_kept(folders.out, kept)]
    return Evaluated(dataset, found, files)


def _splits_of(model: Path | None) -> Path | None:
    """Return the splits that a model was trained with, where its folder has them."""
    file = None if model is None else model.parent / SPLITS_FILE
    return file if file is not None and file.is_file() else None


def _labelling(asked: Labelling, learned_from: Path | None) -> Labelling:
    if learned_from is None or asked.splits is not None or asked.split != "auto":
        return asked
    return dataclasses.replace(asked, splits=learned_from)


def _check_unseen(dataset: Dataset, learned_from: Path) -> None:
    """Raise MetadataError where a poster or film of the test split was learned from, or chose an epoch."""
    known = read_splits(learned_from)
    seen_films = {
        film for name, film in zip(dataset.names, dataset.films, strict=True) if known.get(name, "test") != "test"
    }
    seen = [dataset.names[row] for row in dataset.rows("test") if dataset.films[row] in seen_films]
    if seen:
        raise MetadataError(
            f"the network has learned from {count_of(len(seen), 'poster')} that are to test it, {seen[0]!r} for one; "
            f"leave out --split and --splits to use its own, {learned_from}"
        )


def _extractors(networks: Networks) -> dict[str, Extractor]:
    """Return what looks at the posters, what was learned first."""
    found: dict[str, Extractor] = {}
    frozen, weights = networks.frozen, networks.weights
    if networks.model is not None:
        found[LEARNED] = make_method(EXTRACTORS, "model", {"model": networks.model}, "model")
        told = card.read(networks.model.parent)
        if not frozen and told is not None and told["options"]["backbone"] != SCRATCH:
            frozen, weights = told["options"]["backbone"], weights or _path(told["options"].get("weights"))
    if frozen:
        found[FROZEN] = _frozen(frozen, weights)
    elif networks.blend:
        raise OptionError("a blend takes frozen features, too: give --frozen NAME, or a .keras file")
    return found


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _frozen(name: str, weights: Path | None) -> Extractor:
    options: dict[str, Any] = {"weights": weights} if weights is not None else {}
    if name.endswith(".keras"):
        name, options = "model", {"model": Path(name)}
    made: Extractor = make_method(EXTRACTORS, name, options, "frozen")
    return made


def _subjects(
    dataset: Dataset, values: dict[str, Floats], blend: float, own: NDArray[np.int64] | None
) -> list[Subject]:
    """Return what is measured, the one that matters first."""
    found = []
    if LEARNED in values:
        scores = None if own is None else logits(values[LEARNED][:, own])
        found.append(Subject(LEARNED, values[LEARNED], scores))
    if blend:
        found.append(Subject(f"blend {blend:g}", blended(values[LEARNED], values[FROZEN], blend)))
    if FROZEN in values:
        found.append(Subject(FROZEN, values[FROZEN]))
        found.append(Subject(CENTRED, centred(values[FROZEN], dataset.rows("train")), probed=False))
    return [*found, chance(len(dataset))]


def _own_classes(model: Path | None, classes: Sequence[str]) -> NDArray[np.int64] | None:
    """Return which numbers of a network are these genres, if its card calls it a classifier; None of others.

    ModelError for one that does not tell all of them.
    """
    told = None if model is None else card.read(model.parent)
    if told is None or told["kind"] != "classifier":
        return None
    if absent := sorted({*classes} - {*told["classes"]}):
        raise ModelError(f"{model} does not tell {', '.join(absent)}; say which genres with --classes")
    return np.array([told["classes"].index(name) for name in classes], np.int64)


def _pairs(subjects: Sequence[Subject]) -> list[tuple[str, str]]:
    """Return who should be better than whom: all that learned than what is frozen, and than chance."""
    names = [one.name for one in subjects]
    beside = [name for name in (FROZEN, CENTRED) if name in names]
    learned = [name for name in names[:-1] if name not in beside]
    return [(one, other) for one in learned for other in beside] + [(one, names[-1]) for one in beside[:1]]
