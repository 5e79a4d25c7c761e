"""Who is in a cluster by the user's word: posters pinned to it and removed from it, and those of one that is kept."""

import json

from mapmaker.model import Origin
from tests.stages.bench import ALL, GONE, Bench, posters


def test_pinned_posters_are_in_their_cluster_and_in_no_other_and_removed_ones_in_none(bench: Bench) -> None:
    text = f"[cluster.1]\nposters = {posters(1, 2)}\npin = {posters(12, 13, 35)}\nremove = {posters(3, 36)}"
    made = bench.curate(text)
    assert {one.slug: one.members.tolist() for one in made.clusters} == {
        "1": [0, 1, 2, *range(4, 10), 12, 13, 35],
        "2": [10, 11, *range(14, 20)],
        "3": ALL["3"],
    }
    assert made.labels[3] == -1
    assert made.clusters[2].theme == json.loads(bench.found)["clusters"][2]["theme"]
    assert made.clusters[0].medoid in made.clusters[0].members
    assert bench.origins["1"].done == ["3 put in", "1 removed"]  # the other was not in it


def test_who_is_removed_from_one_cluster_may_be_pinned_to_another(bench: Bench) -> None:
    made = bench.members('[cluster.1]\nremove = ["id03"]\n[cluster.2]\npin = ["id03"]')
    assert made == {"1": [0, 1, 2, *range(4, 10)], "2": [3, *range(10, 20)], "3": ALL["3"]}


def test_who_is_pinned_to_a_cluster_that_is_not_found_stays_where_it_is(bench: Bench) -> None:
    text = f'[cluster.a]\nposters = ["id{GONE}"]\npin = ["id03"]'
    assert bench.members(text) == ALL
    assert bench.told == ["1: 'a' is not found on this map: none of its posters is on the map"]


def test_a_cluster_that_is_kept_is_made_of_its_posters_and_those_like_them_around(bench: Bench) -> None:
    bench.find({"2": range(10, 20), "3": range(20, 30)})
    text = f'[cluster.lions]\nposters = {posters(0, 1, 2, 3)}\nkeep = true\nname = "Lions"\nremove = ["id02"]'
    made = bench.curate(text)
    assert [one.slug for one in made.clusters] == ["2", "3", "lions"]
    lions = made.clusters[2]
    assert {0, 1, 3, 30, 31, 32, 33} <= set(lions.members.tolist()) <= {*range(10), *range(30, 34)} - {2}
    assert lions.name == "Lions"
    assert lions.medoid >= 0
    assert bench.told == []
    assert bench.origins["lions"] == Origin(
        "lions", [], 1, ["not found, made of its posters", "named", "1 removed"], whole=False
    )


def test_a_cluster_that_is_kept_and_found_is_as_found(bench: Bench) -> None:
    assert bench.members(f"[cluster.1]\nposters = {posters(0, 1)}\nkeep = true") == ALL


def test_a_kept_cluster_takes_its_posters_from_the_one_that_they_are_in_now(bench: Bench) -> None:
    text = f"[cluster.a]\nposters = {posters(0, 1, 2)}\n[cluster.b]\nposters = {posters(3, 4, 35)}\nkeep = true"
    made = bench.members(text)
    assert made["a"] == [0, 1, 2, *range(5, 10)]
    assert {3, 4, 35} <= set(made["b"])


def test_kept_clusters_share_nobody(bench: Bench) -> None:
    bench.find({"2": range(10, 20)})
    one, other = (f"posters = {posters(*rows)}\nkeep = true\n" for rows in ((0, 1, 2), (3, 4, 5)))
    text = f"[cluster.a]\n{one}[cluster.b]\n{other}"
    made = bench.members(text)  # `Clusters` would refuse a poster in two
    assert {0, 1, 2} <= set(made["a"])
    assert {3, 4, 5} <= set(made["b"])


def test_a_cluster_that_loses_all_members_is_told_and_not_there(bench: Bench) -> None:
    bench.find({"1": [0, 1], "2": [10, 11]})
    assert bench.members('[cluster.1]\nremove = ["id00", "id01"]') == {"2": [10, 11]}
    assert bench.told[0] == "1: '1' has no members left"
    assert bench.members('[cluster.1]\npin = ["id10", "id11"]') == {"1": [0, 1, 10, 11]}
