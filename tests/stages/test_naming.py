"""Names of clusters: made of those that were found, whatever the user makes of them."""

import numpy as np

from mapmaker.methods.naming import Facts, Name, Namer
from mapmaker.model import Cluster, Origin
from mapmaker.stages.naming import names_found, names_shown

COUNT = 80
FOUND = [
    Cluster(str(number), "", np.arange(10 * number, 10 * number + 10, dtype=np.int32), 10 * number)
    for number in range(1, 4)
]
"""Two of westerns, the second and the third of the same colours, one of nothing: each has the next name in turn."""


def namer() -> Namer:
    tags = [("Western",) if 10 <= row < 40 else () for row in range(COUNT)]
    return Namer(
        Facts([f"Film {row}" for row in range(COUNT)], [None] * COUNT, tags, np.full((COUNT, 48), 128, np.uint8))
    )


AS_FOUND = {"1": ("Western", ""), "2": ("Western, grey", ""), "3": ("Western, grey, like “Film 30”", "")}


def shown(clusters: list[Cluster], origins: list[Origin]) -> dict[str, Name]:
    return names_shown(clusters, origins, names_found(FOUND, namer()), namer())


def test_no_two_clusters_as_found_have_the_same_name() -> None:
    assert names_found(FOUND, namer()) == AS_FOUND
    named = [Cluster("1", "Western", FOUND[0].members), *FOUND[1:]]  # by the last map
    assert names_found(named, namer()) == AS_FOUND
    assert shown(FOUND, [Origin(one.slug, [one.slug]) for one in FOUND]) == AS_FOUND


def test_who_is_dropped_renames_nobody() -> None:
    left = FOUND[1:]
    assert shown(left, [Origin("1", ["1"], 1, dropped=True), *(Origin(one.slug, [one.slug]) for one in left)]) == {
        "2": AS_FOUND["2"],
        "3": AS_FOUND["3"],
    }


def test_who_has_another_address_or_lost_some_is_called_as_found() -> None:
    lions = Cluster("lions", "", FOUND[1].members[:3], 20)
    assert shown([lions], [Origin("lions", ["2"], 1)]) == {"lions": AS_FOUND["2"]}


def test_who_is_named_by_the_user_renames_nobody() -> None:
    mine = Cluster("1", "Western, grey", FOUND[0].members, 10)
    origins = [Origin(one.slug, [one.slug]) for one in FOUND]
    assert shown([mine, *FOUND[1:]], origins) == {"2": AS_FOUND["2"], "3": AS_FOUND["3"]}


def test_what_is_made_of_others_may_be_called_as_these_and_as_nobody_else() -> None:
    both = Cluster("1", "", np.arange(10, 30, dtype=np.int32), 10)
    merged = [Origin("1", ["1", "2"], 1, whole=False), Origin("2", ["2"], into="1"), Origin("3", ["3"])]
    assert shown([both, FOUND[2]], merged) == {"1": ("Western", ""), "3": AS_FOUND["3"]}
    both = Cluster("2", "", np.arange(20, 40, dtype=np.int32), 20)
    dropped = [Origin("1", ["1"], dropped=True), Origin("2", ["2", "3"], 1, whole=False)]
    assert shown([both], dropped) == {"2": ("Western, grey", "")}, "the first name is kept for who is dropped today"
    parts = [Cluster("1", "", FOUND[0].members[:5], 10), Cluster("1-2", "", FOUND[0].members[5:], 15)]
    origins = [Origin(one.slug, ["1"], 1, whole=False) for one in parts]
    assert shown(parts, origins) == {"1": ("Western", ""), "1-2": ("Western, grey, like “Film 15”", "")}
