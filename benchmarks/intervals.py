"""Intervals of `mapmaker evaluate`: how often 95% ones hold, where test sets are drawn anew.

    python benchmarks/intervals.py [--times N]

Test sets of 500 films are drawn `--times` times from a world that is known: 14 genres, from one film in two to one in
twenty, several a film, and two networks that see something of them, of which one sees more. What a figure is on the
mean of all these sets is what each set's interval should hold. Prints, of each figure and of the difference of both
networks, how much it varies between sets, what one set says of that (both as standard errors), and how often the
interval held. Answers come from the test set, and from it and 1,500 other films that stay. Beside it: intervals as they
are where questions alone are drawn again, and answers stay.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapmaker.learn.dataset import Labels
from mapmaker.learn.evaluation import bootstrap
from mapmaker.learn.evaluation.classification import average_precisions
from mapmaker.learn.evaluation.estimates import Estimate, over
from mapmaker.learn.evaluation.retrieval import METRICS, Retrieval, retrieve
from mapmaker.learn.evaluation.sampling import Scope, estimates
from mapmaker.model import Floats

SHARES = np.array([0.5, 0.35, 0.25, 0.2, 0.15, 0.12, 0.1, 0.1, 0.08, 0.08, 0.06, 0.06, 0.05, 0.05])
FILMS, STAY, NUMBERS = 500, 1_500, 40
LOOKED_AT = ("recall@1", "recall@5", "majority@5", "R-precision", "MAP@R")
LEAST, DRAWS = 0.9, 300
"""An interval of 95% that holds in fewer sets than `LEAST` is wrong."""


@dataclass(frozen=True, eq=False)
class World:
    """Films, their labels (n, classes), and what two networks see in them, (n, NUMBERS) each."""

    labels: Labels
    seen: Sequence[Floats]


def draw(random: np.random.Generator, count: int) -> World:
    """Draw films of the world."""
    labels = random.random((count, len(SHARES))) < SHARES
    labels[~labels.any(axis=1), 0] = True
    means = np.random.default_rng(0).standard_normal((2, len(SHARES), NUMBERS))
    own = random.standard_normal((count, NUMBERS))
    other = 0.8 * own + 0.6 * random.standard_normal((count, NUMBERS))
    seen = [own + 0.35 * labels @ means[0], other + 0.45 * labels @ means[1]]
    return World(labels, [one.astype(np.float32) for one in seen])


def told(seed: int, stay: World, films: int = FILMS) -> Iterator[tuple[str, Estimate, Estimate]]:
    """Yield of one test set each figure by name: its estimate, and that of who draws questions alone again."""
    random = np.random.default_rng([seed, 1])
    test = draw(random, films)
    labels = np.concatenate([test.labels, stay.labels])
    names, asked = [str(row) for row in range(len(labels))], np.arange(films)
    drawn = bootstrap.draws(names[:films], DRAWS, seed)
    every = np.ones(len(SHARES), bool)
    scopes = [Scope("micro", every, pooled=True), Scope("macro", every, pooled=False)]
    for by, answers in (("test", asked), ("all", np.arange(len(labels)))):
        found = [
            retrieve(np.concatenate([one, other]), labels, names, asked, answers)
            for one, other in zip(test.seen, stay.seen, strict=True)
        ]
        alone = [_questions_alone(one, drawn, scopes) for one in found]
        for kind, ours, theirs in (
            ("", estimates(scopes, found[1]), alone[1]),
            (", difference", estimates(scopes, found[1], found[0]), alone[1] - alone[0]),
        ):
            for place, scope in enumerate(scopes):
                for name in LOOKED_AT:
                    column = METRICS.index(name)
                    once = bootstrap.estimate(theirs[:, place, column])
                    yield f"{scope.name} {name}, {by}{kind}", ours[place][column], once
    scores = [
        over(average_precisions(one @ np.linalg.lstsq(other, stay.labels, rcond=None)[0], test.labels, drawn))
        for one, other in zip(test.seen, stay.seen, strict=True)
    ]
    for kind, statistics in (("", scores[1]), (", difference", scores[1] - scores[0])):
        yield f"macro average precision{kind}", bootstrap.estimate(statistics), bootstrap.estimate(statistics)


def _questions_alone(found: Retrieval, drawn: bootstrap.Draws, scopes: Sequence[Scope]) -> NDArray[np.float64]:
    """Return (draws, scopes, METRICS) figures as if answers stayed."""
    weights = drawn[:, found.film]
    sums = np.zeros((len(drawn), len(METRICS), found.classes))
    counts = np.zeros((len(drawn), found.classes))
    for genre in range(found.classes):
        asked = found.genre == genre
        sums[:, :, genre] = weights[:, asked] @ found.values[asked]
        counts[:, genre] = weights[:, asked].sum(axis=1)
    return np.stack([scope.mean(sums, counts) for scope in scopes], axis=1)


def main() -> int:
    """Measure; 0 if all intervals hold often enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    times: int = parser.parse_args().times
    stay = draw(np.random.default_rng(0), STAY)
    by_name: dict[str, list[tuple[Estimate, Estimate]]] = {}
    for seed in range(times):
        for name, *both in told(seed, stay):
            by_name.setdefault(name, []).append((both[0], both[1]))
    print("| figure | mean | varies by | told | held | questions alone: told | held |\n|---|---|---|---|---|---|---|")
    least = 1.0
    for name, found in by_name.items():
        values = np.array([one.value for one, _ in found])
        cells = []
        for side in range(2):
            low, high = np.array([[both[side].low, both[side].high] for both in found]).T
            held = float(((low <= values.mean()) & (values.mean() <= high)).mean())
            cells += [f"{np.sqrt(((high - low) ** 2).mean()) / 3.92:.4f}", f"{held:.2f}"]
            least = min(least, held) if not side else least
        print(f"| {name} | {values.mean():.4f} | {values.std():.4f} | {' | '.join(cells)} |", flush=True)
    return 0 if least >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
