"""Folds ask each film once, and never one that was learned from; neighbours on a map are counted as said."""

from pathlib import Path

import intervals
import learning
import numpy as np

from mapmaker.learn import Dataset
from mapmaker.learn.splits import stratified
from tests.learn.drawn import sample


def test_each_film_is_asked_once_and_learned_from_only_in_other_folds() -> None:
    made = sample(n=100, single=True)
    names = [f"{row}.png" for row in range(100)]
    dataset = Dataset(
        names=names,
        files=[Path(name) for name in names],
        films=made.films,
        contents=names,
        splits=["train"] * 100,
        classes=["a", "b", "c", "d"],
        labels=made.labels,
        first=made.labels.argmax(axis=1),
    )
    fold = stratified(dataset.films, dataset.labels, [1.0] * learning.FOLDS, 0)
    fold_of = dict(zip(dataset.films, fold.tolist(), strict=True))
    asked = np.zeros(100, int)
    for number in range(learning.FOLDS):
        part = learning._split(dataset, fold_of, number, 0)
        asked[part.rows("test")] += 1
        films = {split: {part.films[row] for row in part.rows(split)} for split in ("train", "val", "test")}
        assert all(films.values())
        assert not films["train"] & films["val"]
        assert not films["test"] & (films["train"] | films["val"])
    assert (asked == 1).all()


def test_what_is_said_of_intervals_is_of_figures_by_name_once_each() -> None:
    stay = intervals.draw(np.random.default_rng(0), 100)
    found = list(intervals.told(0, stay, films=60))
    names = [name for name, *_ in found]
    assert len({*names}) == len(names) == 42
    ours, theirs = next(both for name, *both in found if name == "macro MAP@R, test, difference")
    assert np.isclose(ours.value, theirs.value)
    assert ours.high - ours.low > theirs.high - theirs.low
