"""What an evaluation finds: figures, each with its interval, and what else is drawn or kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Dataset, Rows
from mapmaker.learn.evaluation.bootstrap import TIMES, Draws, estimate
from mapmaker.learn.evaluation.calibration import Platt
from mapmaker.learn.evaluation.classification import Reliability
from mapmaker.learn.evaluation.estimates import Estimate, Statistics
from mapmaker.learn.evaluation.probe import Linear

ALL_GENRES, FIRST_GENRE, ONE_OF = "all genres", "first genre", "exactly one of"
"""Tasks: a poster is of all its genres; of the first that its table names; of the one that it has among a few."""
TEST, ALL, PUBLISHED = "test", "all", "as published"
"""Answers: posters of the test split; all posters; all as both questions and answers, themselves included."""
PROBE, HEAD = "linear probe", "own head"
"""What tells genres: a probe of the features, or the network itself."""
MACRO, MACRO_EVERY, MICRO = "macro", "macro of every genre", "micro"
"""Scopes beside the genres: means over genres with enough test posters, over all that are asked, over questions."""
PRECISION, F1, ECE, ACCURACY = "average precision", "F1", "calibration error", "accuracy"


@dataclass(frozen=True)
class Protocol:
    """How it is measured.

    `enough`: test posters that a genre must have to count in macro means. `exclusive`: genres of the task of exactly
    one of them; empty leaves it out. `times`, `seed`: of the bootstrap. `published`: whether that protocol is gone
    through.
    """

    enough: int = 20
    exclusive: tuple[str, ...] = ("Action", "Documentary", "Horror", "Romance")
    times: int = TIMES
    seed: int = 0
    published: bool = True


@dataclass(frozen=True)
class Asked:
    """What was asked for. `by`: which answers were looked at, or what told genres. `scope`: a genre, or a mean.

    `count`: questions or posters.
    """

    task: str
    by: str
    metric: str
    scope: str
    count: int


@dataclass(frozen=True)
class Figure:
    """One figure of a subject, or, where it is `against` another, how much more it is; the rest as of `Asked`."""

    subject: str
    against: str
    task: str
    by: str
    metric: str
    scope: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, eq=False)
class Classifier:
    """What tells genres by a subject's features: `linear` on them, or None for a network's own scores, as they are.

    `platt` makes probabilities of scores; a genre is told from its threshold on, which val chose.
    """

    subject: str
    linear: Linear | None
    platt: Platt
    thresholds: NDArray[np.float64]
    strength: float = 0.0

    def probabilities(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return (n, classes) of (n, d) features, or of a network's own (n, classes) scores."""
        return self.platt(values if self.linear is None else self.linear(np.asarray(values, np.float32)))


@dataclass(frozen=True, eq=False)
class Confusion:
    """(classes, classes): of test posters of a first genre, in which share each genre was answered; rows sum to 1."""

    subject: str
    by: str
    shares: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was found. Classifiers and reliabilities are by subject and what tells genres."""

    classes: Sequence[str]
    figures: list[Figure] = field(default_factory=list)
    classifiers: dict[tuple[str, str], Classifier] = field(default_factory=dict)
    reliabilities: dict[tuple[str, str], Reliability] = field(default_factory=dict)
    confusions: list[Confusion] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def find(self, task: str, by: str, metric: str, scope: str) -> dict[tuple[str, str], Figure]:
        """Return what is known of a figure, by subject and what it is against ("" for the figure itself)."""
        asked = (task, by, metric, scope)
        return {
            (one.subject, one.against): one
            for one in self.figures
            if (one.task, one.by, one.metric, one.scope) == asked
        }


@dataclass(frozen=True, eq=False)
class Trial:
    """One evaluation on its way: who is asked, the draws of the test posters, and what was found so far.

    `drawn` is (draws, test posters), in the order of `test`. `pairs`: (subject, than which it should be better), whose
    differences are figures, too.
    """

    dataset: Dataset
    protocol: Protocol
    pairs: Sequence[tuple[str, str]]
    train: Rows
    val: Rows
    test: Rows
    drawn: Draws
    found: Evaluation

    def add(self, asked: Asked, told: Mapping[str, Statistics]) -> None:
        """Add a figure of each subject, from (draws,) of it, and the differences of pairs."""
        for name, statistics in told.items():
            self.figure(asked, name, "", estimate(statistics))
        for better, than in self.pairs:
            if better in told and than in told and len(told[better]) > 1:
                self.figure(asked, better, than, estimate(told[better] - told[than]))

    def figure(self, asked: Asked, subject: str, against: str, found: Estimate) -> None:
        """Add one figure."""
        self.found.figures.append(Figure(subject, against, **vars(asked), **vars(found)))

    def confuse(self, subject: str, by: str, true: Rows, told: Rows) -> None:
        """Add which genres were told of posters of which."""
        counts = np.zeros((len(self.dataset.classes),) * 2)
        np.add.at(counts, (true, told), 1)
        total = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
        self.found.confusions.append(Confusion(subject, by, shares))
