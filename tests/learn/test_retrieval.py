"""Figures of retrieval are those that a slow and plain count finds, and keep the rules that they state."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.learn.evaluation.retrieval import METRICS, nearest, retrieve, retrieve_as_published
from mapmaker.learn.evaluation.sampling import Scope
from tests.learn.drawn import Sample, sample

Plain = dict[tuple[int, int], list[float]]


def plainly(made: Sample, queries: list[int], answers: list[int]) -> Plain:
    """Count as the module's docstring says, one question at a time, with loops."""
    found: Plain = {}
    for query in queries:
        others = [row for row in answers if made.films[row] != made.films[query]]
        cosines = {
            row: float(made.values[row] @ made.values[query] / np.linalg.norm(made.values[row]) / 1.0) for row in others
        }
        order = sorted(others, key=lambda row: (-cosines[row], row))
        for genre in np.flatnonzero(made.labels[query]).tolist():
            right = [bool(made.labels[row, genre]) for row in order]
            total = sum(right)
            if total:
                precisions = [sum(right[: i + 1]) / (i + 1) for i in range(total) if right[i]]
                found[query, genre] = [
                    *(float(any(right[:k])) for k in (1, 2, 3, 5, 8)),
                    *(float(genre in winners(made.labels[order[:k]])) for k in (1, 2, 3, 5, 8)),
                    float(right[0]),
                    sum(right[:total]) / total,
                    sum(precisions) / total,
                ]
    return found


def winners(voters: NDArray[np.bool_]) -> list[int]:
    votes = {genre: int(voters[:, genre].sum()) for genre in range(voters.shape[1])}
    most = [genre for genre, count in votes.items() if count == max(votes.values()) > 0]
    first = {genre: int(voters[:, genre].argmax()) for genre in most}
    return [genre for genre in most if first[genre] == min(first.values())]


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("within", [range(20), range(60)], ids=["test", "all"])
def test_every_question_has_the_figures_of_a_plain_count(single: bool, within: range) -> None:
    made = sample(single=single)
    queries = list(range(20))
    expected = plainly(made, queries, list(within))
    found = retrieve(made.values, made.labels, made.films, np.array(queries), np.array(within))
    assert [*zip(found.poster.tolist(), found.genre.tolist(), strict=True)] == sorted(expected)
    assert np.allclose(found.values, [expected[key] for key in sorted(expected)])
    assert found.unanswerable == made.labels[:20].sum() - len(expected)


def test_a_perfect_embedding_reaches_one_and_neither_poster_nor_film_answers_itself() -> None:
    labels = np.repeat(np.eye(3, dtype=bool), 12, axis=0)
    films = [f"tt{row // 2}" for row in range(36)]  # two scans each
    everyone = np.arange(36)
    found = retrieve(labels.astype(np.float32), labels, films, everyone, everyone)
    assert (found.values == 1).all()
    near = nearest(labels.astype(np.float32), films, everyone, everyone, 40)
    assert (near >= 0).sum(axis=1).tolist() == [34] * 36
    assert all(films[row] not in {films[one] for one in some if one >= 0} for row, some in enumerate(near.tolist()))


def test_a_class_of_one_film_is_left_out_for_nobody_could_answer() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], bool)
    found = retrieve(np.eye(4, dtype=np.float32), labels, ["a", "b", "c", "c"], np.arange(4), np.arange(4))
    assert found.questions().tolist() == [2, 0]
    assert found.unanswerable == 2
    every = Scope("every", np.ones(2, bool), pooled=False)
    assert not np.isnan(every.mean(found.sums(), found.questions())).any()
    none = Scope("none", np.array([False, True]), pooled=True)
    assert np.isnan(none.mean(found.sums(), found.questions())).all()


def test_as_published_everyone_finds_itself_first() -> None:
    made = sample(single=True)
    noise = np.random.default_rng(1).normal(size=(60, 8)).astype(np.float32)
    published = retrieve_as_published(noise, made.labels)
    assert (published.values[:, METRICS.index("recall@1")] == 1).all()
    apart = retrieve(noise, made.labels, [str(row) for row in range(60)], np.arange(60), np.arange(60))
    assert np.allclose(published.values[:, 1], apart.values[:, 0] * 0 + 1)
    assert np.isnan(published.values[:, METRICS.index("MAP@R")]).all()
    honest = retrieve(noise, made.labels, made.films, np.arange(60), np.arange(60))
    assert honest.values[:, METRICS.index("recall@1")].mean() < 0.6


def test_micro_counts_questions_alike_and_macro_genres() -> None:
    made = sample()
    found = retrieve(made.values, made.labels, made.films, np.arange(60), np.arange(60))
    every = np.ones(4, bool)
    told = [Scope("", every, pooled).mean(found.sums(), found.questions()) for pooled in (True, False)]
    assert np.allclose(told[0], found.values.mean(axis=0))
    means = [found.values[found.genre == genre].mean(axis=0) for genre in range(4)]
    assert np.allclose(told[1], np.mean(means, axis=0))
    one = Scope("", np.arange(4) == 2, pooled=False).mean(found.sums(), found.questions())
    assert np.allclose(one, means[2])
