"""A folder of images, its table and networks -> an evaluation in a folder, and what `classify` and `plot` go on from.

What was learned is measured beside the frozen features that it began with, which its card names, the same centred, what
its head was given of them, a blend of both if one is asked for, and chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mapmaker.errors import ModelError, OptionError
from mapmaker.learn.dataset import Dataset
from mapmaker.learn.evaluation import beside
from mapmaker.learn.evaluation.beside import CENTRED, FROZEN, LEARNED, TAPPED
from mapmaker.learn.evaluation.embedding import embed, readable
from mapmaker.learn.evaluation.findings import HEAD, PROBE, Evaluation, Protocol
from mapmaker.learn.evaluation.measuring import measure
from mapmaker.learn.evaluation.origin import Origin, origin_of
from mapmaker.learn.evaluation.probe import logits
from mapmaker.learn.evaluation.reference import Reference, write_reference
from mapmaker.learn.evaluation.report import write_report
from mapmaker.learn.evaluation.retrieval import unit
from mapmaker.learn.evaluation.subjects import Subject, blended, centred, chance
from mapmaker.learn.reading import Posters, read_dataset
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors import Extractor
from mapmaker.methods.extractors.settling import settled
from mapmaker.model import Floats
from mapmaker.plural import count_of
from mapmaker.progress import Progress, Silence

CACHE = Path(".mapmaker/features")


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
class Place:
    """`out`: where the report goes. `cache`: of features, which runs share. `workers`: processes, 0 for one a core.

    `progress`: who is told how far it is.
    """

    out: Path
    cache: Path = CACHE
    workers: int = 0
    progress: Progress = field(default_factory=Silence)


@dataclass(frozen=True)
class Evaluated:
    """What was found, the posters that it is of, and the files that tell of it."""

    dataset: Dataset
    found: Evaluation
    files: Sequence[Path]


def evaluate(posters: Posters, networks: Networks, place: Place, protocol: Protocol | None = None) -> Evaluated:
    """Measure networks on labelled posters, and write what was found.

    Without a labelling, labels and splits are those that the model was trained with. MetadataError for a model that has
    learned from a film that is to test it, and InputError for whatever else cannot be used.
    """
    origin = origin_of(networks.model)
    dataset, notes = read_dataset(posters.images, posters.metadata, posters.labelling or origin.labelling({}))
    origin.check_unseen(dataset)
    extractors = beside.extractors(origin, networks.frozen, networks.weights, place.cache)
    if FROZEN not in extractors:
        if networks.blend:
            raise OptionError("a blend takes frozen features, too: give --frozen NAME, or a .keras file")
        notes.append(beside.NO_FEATURES)
    values = {name: _embedded(name, dataset, one, place) for name, one in extractors.items()}
    rows, unread = readable(dataset, list(values.values()))
    dataset, values = dataset.take(rows), {name: one[rows] for name, one in values.items()}
    own = _own_classes(origin, dataset.classes)
    subjects = _subjects(dataset, values, networks.blend, own)
    place.progress.begin("measure")
    found = measure(dataset, subjects, _pairs(subjects), protocol or Protocol())
    found.notes[:0] = [*origin.notes, *notes, *unread]
    place.progress.end("measure", f"{len(found.figures):,} figures")
    main = subjects[0]
    reference = Reference(
        images=posters.images.absolute(),
        extractor=settled(extractors[main.name], place.cache),
        classifier=found.classifiers[main.name, PROBE if own is None else HEAD],
        own=own,
        vectors=unit(main.values),
        dataset=dataset,
    )
    files = [*write_report(place.out, dataset, found), write_reference(place.out, reference)]
    return Evaluated(dataset, found, files)


def _embedded(name: str, dataset: Dataset, extractor: Extractor, place: Place) -> Floats:
    """Return what an extractor sees in all posters, (n, d)."""
    place.progress.begin(name)
    engine = Local(place.workers)
    values = embed(dataset.files, dataset.contents, extractor, place.cache, engine, place.progress)
    place.progress.end(name, f"{values.shape[1]:,} numbers of {count_of(len(dataset), 'poster')}")
    return values


def _subjects(
    dataset: Dataset, values: Mapping[str, Floats], blend: float, own: NDArray[np.int64] | None
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
    if TAPPED in values:
        found.append(Subject(TAPPED, values[TAPPED]))
    return [*found, chance(len(dataset))]


def _own_classes(origin: Origin, classes: Sequence[str]) -> NDArray[np.int64] | None:
    """Return which numbers of a network are these genres, if its card calls it a classifier; None of others.

    ModelError for one that does not tell all of them.
    """
    if origin.card is None or origin.card["kind"] != "classifier":
        return None
    told = origin.card["classes"]
    if absent := sorted({*classes} - {*told}):
        raise ModelError(f"{origin.model} does not tell {', '.join(absent)}; say which genres with --classes")
    return np.array([told.index(name) for name in classes], np.int64)


def _pairs(subjects: Sequence[Subject]) -> list[tuple[str, str]]:
    """Return who should be better than whom: all that learned than what is frozen, and than chance."""
    names = [one.name for one in subjects]
    beside = [name for name in (FROZEN, CENTRED, TAPPED) if name in names]
    learned = [name for name in names[:-1] if name not in beside]
    return [(one, other) for one in learned for other in beside] + [(one, names[-1]) for one in beside[:1]]
