"""What is recommended for a history, against scores that are computed here another way, and how that is evaluated."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import HistoryError, InputError, OptionError
from mapmaker.search.collection import open_collection
from mapmaker.search.evaluating import Evaluation, evaluate
from mapmaker.search.known import Watched
from mapmaker.search.recommending import Recommendation, recommend
from tests.extras import need

from .conftest import Searched

ROWS = [0, 5, 9, 17]


def ids(searched: Searched, rows: Sequence[int]) -> list[str]:
    return [searched.images().id[row] for row in rows]


def asked(searched: Searched, history: Sequence[Watched | str], k: int = 6, **chosen: object) -> Recommendation:
    rows = [Watched(one) if isinstance(one, str) else one for one in history]
    return recommend(open_collection(searched.work), rows, k, chosen)


def found(answer: Recommendation) -> list[str]:
    return [one.id for one in answer.recommended]


def ranked(
    searched: Searched, scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]], without: list[int]
) -> list[str]:
    return ids(searched, [row for row in np.argsort(-scores, kind="stable").tolist() if row not in without])


def test_a_profile_is_nearest_to_the_weighted_mean_of_what_was_watched(searched: Searched) -> None:
    vectors = searched.features(artifacts.VECTORS).astype(np.float64)
    history = [Watched(id_, rating) for id_, rating in zip(ids(searched, ROWS), (5, 4, 4, 1), strict=True)]
    mean, deviation = 3.5, 1.5
    weights = np.array([max(0, 1 + (rating - mean) / deviation) for rating in (5, 4, 4, 1)])
    place = weights @ vectors[ROWS]
    answer = asked(searched, history, 8, method="profile")
    assert found(answer) == ranked(searched, vectors @ place, ROWS)[:8]
    assert answer.recommended[0].score == pytest.approx(
        max(np.delete(vectors @ place, ROWS)) / np.linalg.norm(place), abs=1e-6
    )
    assert [one.weight for one in answer.inputs] == pytest.approx(sorted(weights / weights.sum(), reverse=True))


def test_a_union_sums_the_similarities_of_each_one_s_nearest(own: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    from mapmaker.search import recommending

    monkeypatch.setattr(recommending, "LISTED", 5)
    vectors = own.features(artifacts.VECTORS).astype(np.float64)
    scores = np.full(len(vectors), -np.inf)
    for row in ROWS:
        alike = vectors @ vectors[row]
        near = [other for other in np.argsort(-alike).tolist() if other not in ROWS][:5]
        for other in near:
            scores[other] = alike[other] / 4 + (0 if scores[other] == -np.inf else scores[other])
    answer = asked(own, ids(own, ROWS), 5)
    assert found(answer) == ranked(own, scores, ROWS)[:5]
    assert [one.score for one in answer.recommended] == pytest.approx(np.sort(scores)[::-1][:5], abs=1e-5)


def with_a_copy(own: Searched) -> None:
    """Build the map of other features: those of rows 5 and 14 are the same but for rounding."""
    values = np.random.default_rng(0).standard_normal((33, 12)).astype(np.float32)
    values[14] = values[5] * 1.00001
    np.save(own.folder / "mine.npy", values)
    own.build(features=own.folder / "mine.npy")


@pytest.mark.parametrize("method", ["profile", "union"])
def test_of_one_poster_what_is_similar_is_recommended_because_of_it(searched: Searched, method: str) -> None:
    (id_,) = ids(searched, [7])
    answer = asked(searched, [id_], method=method)
    assert found(answer) == [one for one, _ in mm.similar(searched.work, id_)]
    assert {one.because for one in answer.recommended} == {id_}
    assert [one.score for one in answer.recommended] == [one.similarity for one in answer.recommended]


@pytest.mark.parametrize("method", ["profile", "union"])
def test_what_was_watched_and_exact_copies_of_it_are_left_out(own: Searched, method: str) -> None:
    with_a_copy(own)
    history = ids(own, [5, 9])
    assert set(found(asked(own, history, 33, method=method))) == set(ids(own, range(33))) - set(ids(own, [5, 9, 14]))


def test_posters_that_fulfil_a_condition_are_recommended_whatever_was_watched(searched: Searched) -> None:
    everything = found(asked(searched, ids(searched, ROWS), 33))
    for method in ("profile", "union"):
        young = found(asked(searched, ids(searched, ROWS), 33, where="year >= 1990", method=method))
        assert set(young) == {id_ for id_ in everything if id_ in set(ids(searched, range(20, 33)))}
    assert found(asked(searched, ids(searched, ROWS), where="year == 1066")) == []


def test_every_index_recommends_the_same(own: Searched, tmp_path: Path) -> None:
    need("pymilvus", "milvus")
    for method in ("profile", "union"):
        kinds = ("exact", "hnsw", f"milvus:{tmp_path / 'posters.db'}")
        answers = [asked(own, ids(own, ROWS), method=method, index=index) for index in kinds]
        assert [one.seen[0].by for one in answers] == ["exact", "hnsw", "milvus"]
        assert answers[0].recommended == answers[1].recommended == answers[2].recommended


def test_diversity_recommends_what_is_less_alike(searched: Searched) -> None:
    vectors = searched.features(artifacts.VECTORS)
    spread = []
    for diversity in (0.0, 0.5, 1.0):
        answer = asked(searched, ids(searched, ROWS), diversity=diversity, method="profile")
        rows = [searched.images().id.index(id_) for id_ in found(answer)]
        spread.append(float((vectors[rows] @ vectors[rows].T)[np.triu_indices(6, 1)].mean()))
    assert spread[0] >= spread[1] > spread[2]


def test_a_history_names_posters_by_id_path_or_very_title(searched: Searched) -> None:
    history = ["alien", "p01.png", searched.id("p02.png"), "AMELIE"]
    answer = asked(searched, history)
    assert {one.id for one in answer.inputs} == {searched.id(f"p0{i}.png") for i in range(3)}
    assert answer.unknown == []


def test_rows_that_name_none_or_several_are_told_and_the_rest_counts(searched: Searched) -> None:
    history = [Watched("alien"), Watched("Metropolis", line=3), Watched("Alienz", line=4), Watched("Film number")]
    answer = asked(searched, history)
    assert found(answer) == found(asked(searched, ["alien"]))
    assert [(one.poster, one.line) for one in answer.unknown] == [
        ("Metropolis", 3),
        ("Alienz", 4),
        ("Film number", None),
    ]
    assert {id_ for id_, _ in answer.unknown[0].candidates} == {searched.id("p03.png"), searched.id("p04.png")}
    assert answer.told[0].startswith("line 3: 'Metropolis' may be any of 2 posters: Metropolis (")
    assert answer.told[1] == "line 4: 'Alienz' is no poster's id, path or title; did you mean 'Alien'?"
    with pytest.raises(HistoryError, match="names no poster of this map: 'xyzzy' is no poster's"):
        asked(searched, ["xyzzy", "plugh"])


def test_the_year_tells_posters_of_one_title_apart(searched: Searched) -> None:
    for year, path in ((1973, "p03.png"), (1974, "p04.png")):
        answer = asked(searched, [Watched("metropolis", year=year)])
        assert [one.id for one in answer.inputs] == [searched.id(path)]
    assert asked(searched, ["alien", Watched("metropolis", year=1900)]).unknown[0].poster == "metropolis"


def test_of_one_that_was_watched_twice_the_newest_row_counts(searched: Searched) -> None:
    days = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
    once = [Watched("alien", 5, days[2]), Watched("aliens", 1, days[1])]
    assert asked(searched, [*once, Watched("alien", 1, days[0])]).inputs == asked(searched, once).inputs


def test_a_file_or_a_list_is_asked_with_from_python(searched: Searched, tmp_path: Path) -> None:
    file = tmp_path / "watched.csv"
    file.write_text("title,rating,date\nalien,5,2024-01-02\nAliens,3,\np09.png,,2023-01-02\n")
    day = datetime.date
    history = [("alien", 5, day(2024, 1, 2)), ("Aliens", 3), Watched("p09.png", date=day(2023, 1, 2))]
    expected = mm.recommend(searched.work, file, k=4, method="union")
    assert len(expected) == 4
    assert mm.recommend(searched.work, str(file), k=4, method="union") == expected
    assert mm.recommend(searched.work, history, k=4, method="union") == expected
    alone = mm.recommend(searched.work, ["alien"])
    assert dict(alone) == pytest.approx(dict(mm.similar(searched.work, "alien")), abs=1e-6)
    with pytest.warns(UserWarning, match="left out: 'xyzzy' is no poster"):
        assert mm.recommend(searched.work, ["alien", "xyzzy"])


def test_what_cannot_be_asked_is_told_in_one_line(searched: Searched) -> None:
    one = ["alien"]
    refused: list[tuple[str, type[InputError], Callable[[], object]]] = [
        ("k = 0 is below 1", OptionError, lambda: mm.recommend(searched.work, one, k=0)),
        ("k = 1,000,000,000 is above 1,000", OptionError, lambda: mm.recommend(searched.work, one, k=10**9)),
        ("method = 'mean' is not known", OptionError, lambda: mm.recommend(searched.work, one, method="mean")),
        ("half_life = 0.0 is no number", OptionError, lambda: mm.recommend(searched.work, one, half_life=0)),
        ("half_life = nan is no number", OptionError, lambda: mm.recommend(searched.work, one, half_life="nan")),
        ("half_life = 'never' is no", OptionError, lambda: mm.recommend(searched.work, one, half_life="never")),
        ("diversity = 1.5 is not", OptionError, lambda: mm.recommend(searched.work, one, diversity=1.5)),
        ("diversity = nan is not", OptionError, lambda: mm.recommend(searched.work, one, diversity=float("nan"))),
        ("no option recommend.metric", OptionError, lambda: mm.recommend(searched.work, one, metric="euclidean")),
        ("space = 'ful' is not known", OptionError, lambda: mm.recommend(searched.work, one, space="ful")),
        ("names no poster", HistoryError, lambda: mm.recommend(searched.work, [])),
        ("is no id, path or title", HistoryError, lambda: mm.recommend(searched.work, [3])),
        ("is no id, path or title", HistoryError, lambda: mm.recommend(searched.work, [("alien", "5")])),
        ("rating = -1.0 is no rating", HistoryError, lambda: mm.recommend(searched.work, [("alien", -1)])),
        ("rating = nan is no rating", HistoryError, lambda: mm.recommend(searched.work, [("alien", float("nan"))])),
        ("cannot read", HistoryError, lambda: mm.recommend(searched.work, "nowhere.csv")),
    ]
    for said, kind, call in refused:
        with pytest.raises(kind, match=said) as caught:
            call()
        assert "\n" not in str(caught.value)


CLUSTERED = 12
"""Histories that are made from clusters of the map."""


@pytest.fixture(scope="module")
def clustered(searched: Searched) -> dict[str, list[Watched]]:
    """Histories made from clusters of the map: each of posters that lie near one, in its own order."""
    vectors, chance = searched.features(artifacts.VECTORS), np.random.default_rng(0)
    made = {}
    for number in range(CLUSTERED):
        near = np.argsort(-(vectors @ vectors[2 * number]))[:6]
        rows = chance.permutation(near)[:4].tolist()
        made[f"made from cluster {number}"] = [
            Watched(id_, float(chance.integers(1, 6)), datetime.date(2024, 1, int(chance.integers(1, 29))))
            for id_ in ids(searched, rows)
        ]
    return made


def measured(found: Evaluation) -> dict[str, tuple[float, float]]:
    return {one.method: (one.hit_rate, one.mrr) for one in found.measured}


@pytest.mark.parametrize("chosen", [{}, {"where": "year >= 1985"}, {"half_life": "off", "space": "full"}])
def test_folds_find_what_recommendations_find_when_it_is_left_out(
    searched: Searched, clustered: dict[str, list[Watched]], chosen: dict[str, str]
) -> None:
    collection = open_collection(searched.work)
    year = dict(zip(collection.images.id, collection.metadata.year, strict=True))
    for k in (3, 33):
        evaluation = evaluate(collection, clustered, k, chosen)
        for method in ("profile", "union"):
            ranks = []
            for history in clustered.values():
                for fold, hidden in enumerate(history):
                    if "where" in chosen and (year[hidden.poster] or 0) < 1985:
                        continue
                    rest = [*history[:fold], *history[fold + 1 :]]
                    listed = found(recommend(collection, rest, k, {**chosen, "method": method}))
                    ranks.append(listed.index(hidden.poster) + 1 if hidden.poster in listed else np.inf)
            assert evaluation.folds == len(ranks)
            hit_rate, mrr = measured(evaluation)[method]
            assert hit_rate == pytest.approx(np.mean(np.array(ranks) <= k), abs=1e-6)
            if k == 33:  # then all that is recommended is listed
                assert mrr == pytest.approx(np.mean(1 / np.array(ranks)), abs=1e-6)


def test_methods_beat_chance_on_histories_made_from_clusters_of_the_map(
    searched: Searched, clustered: dict[str, list[Watched]]
) -> None:
    figures = measured(evaluate(open_collection(searched.work), clustered, 5))
    assert figures["profile"] > figures["random"]
    assert figures["union"] > figures["random"]


def test_chance_is_what_it_must_be(searched: Searched) -> None:
    history = [Watched(id_) for id_ in ids(searched, ROWS)]
    found = evaluate(open_collection(searched.work), {"one": history}, 6)
    others = 33 - 3  # of which one is hidden
    expected = 6 / others, sum(1 / rank for rank in range(1, others + 1)) / others
    assert measured(found)["random"] == pytest.approx(expected, abs=1e-6)
    assert found.folds == 4


def test_popularity_counts_other_histories_alone(searched: Searched) -> None:
    liked, *others = ids(searched, range(12))
    histories = {str(i): [Watched(liked), Watched(others[2 * i]), Watched(others[2 * i + 1])] for i in range(5)}
    found = evaluate(open_collection(searched.work), histories, 1)
    # The one in all of them comes first whenever it is hidden; the ten that are in one alone are as unpopular as any.
    assert measured(found)["popularity"][0] == pytest.approx(5 / 15)


def test_what_cannot_be_hidden_is_left_out_and_told(searched: Searched) -> None:
    collection = open_collection(searched.work)
    one = [Watched(id_) for id_ in ids(searched, [0])]
    two = [Watched(id_) for id_ in ids(searched, [1, 2])]
    found = evaluate(collection, {"one": [*one, Watched("xyzzy", line=3)], "same": [*one, *one], "two": two})
    assert (found.histories, found.short, found.folds, found.unknown) == (1, 2, 2, 1)
    assert found.told == ["line 3: 'xyzzy' is no poster's id, path or title"]
    for histories in ({}, {"one": one}):
        with pytest.raises(HistoryError, match="no history has 2 posters of this map"):
            evaluate(collection, histories)
    with pytest.raises(HistoryError, match="no history has 2 posters"):
        evaluate(collection, {"two": two}, chosen={"where": "year == 1066"})
    with pytest.raises(OptionError, match="method is not for an evaluation"):
        evaluate(collection, {"two": two}, chosen={"method": "union"})


def test_an_exact_copy_of_the_rest_is_not_hidden(own: Searched) -> None:
    with_a_copy(own)
    history = [Watched(id_) for id_ in ids(own, [5, 14, 9])]
    assert evaluate(open_collection(own.work), {"one": history}, 3).folds == 1
