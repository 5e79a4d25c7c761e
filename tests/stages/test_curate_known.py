"""Which cluster a table of clusters.toml means: the one that holds its posters, whatever it is called now."""

from dataclasses import replace

from mapmaker import artifacts
from mapmaker.model import Origin
from mapmaker.workspace import Record
from tests.stages.bench import ALL, GONE, Bench, posters


def test_a_cluster_is_known_by_its_posters_whatever_its_number(bench: Bench) -> None:
    text = (
        f'[cluster.1]\nposters = {posters(20, 21, 35)}\nname = "Lions"\n[cluster.owls]\nposters = {posters(0, 11, 12)}'
    )
    assert bench.members(text) == {"new-1": ALL["1"], "owls": ALL["2"], "1": ALL["3"]}
    assert bench.origins["1"] == Origin("1", ["3"], 1, ["named", "found as 3"])
    assert bench.told == []


def test_half_of_its_posters_are_enough_and_the_first_named_decides_between_halves(bench: Bench) -> None:
    assert bench.members(f"[cluster.a]\nposters = {posters(11, 1)}") == {"1": ALL["1"], "a": ALL["2"], "3": ALL["3"]}
    text = f'[cluster.a]\nposters = {posters(11, 1, 21)}\nname = "A"'
    assert bench.members(text) == ALL
    assert bench.told == ["1: 'a' is not found on this map: no cluster holds half of its posters"]


def test_of_two_tables_that_may_mean_one_cluster_that_with_the_larger_share_does(bench: Bench) -> None:
    text = (
        f'[cluster.a]\nposters = {posters(1, 2, 35)}\nname = "A"\n'
        f'[cluster.b]\nposters = {posters(3, 4)}\nname = "B"\n[cluster.c]\nposters = {posters(5, 36)}'
    )
    assert bench.members(text) == {"b": ALL["1"], "2": ALL["2"], "3": ALL["3"]}
    assert bench.told == ["1: 'a' is not found on this map: its posters are in the cluster 'b' of line 4"]


def test_what_finding_makes_of_the_map_is_told_and_no_mistake(bench: Bench) -> None:
    text = f'[cluster.1]\nname = "A"\n[cluster.lions]\nposters = {posters(1)}\nmerge = ["2"]'
    assert bench.members(text) == {"lions": ALL["1"] + ALL["2"], "3": ALL["3"]}
    assert bench.told[0] == (
        "1: '1' is, by its posters, the cluster 'lions' of line 3, and only that table counts; put both into one"
    )


def test_an_edit_gives_no_other_cluster_another_address(bench: Bench) -> None:
    moved = f"[cluster.3]\nposters = {posters(11)}\n"
    before = bench.members(moved)
    assert before == {"1": ALL["1"], "3": ALL["2"], "new-3": ALL["3"]}
    assert bench.members(f"{moved}[cluster.1]\nposters = {posters(31)}\nkeep = true")["new-3"] == ALL["3"]
    assert bench.members(f"{moved}[cluster.new-3]\nposters = {posters(1)}") == {
        "new-3": ALL["1"],
        "3": ALL["2"],
        "new-new-3": ALL["3"],
    }


def test_tables_known_by_number_alone_are_told_once(bench: Bench) -> None:
    known = f"[cluster.owls]\nposters = {posters(20, 21)}"
    bench.curate(f'{known}\nmerge = ["2"]\n[cluster.1]\nmerge = ["owls"]')
    (said,) = bench.told
    assert said.startswith("3: '2', '1': known by number alone")
    bench.curate(f'{known}\nsplit = 2\nmerge = ["owls-2"]')
    assert bench.told == []
    bench.curate('[cluster.1]\nname = "A"\n[cluster.2]\nsplit = 2\n[cluster.2-2]\nname = "B"')
    (said,) = bench.told
    assert said.startswith(
        "1: '1', '2': known by number alone, and a fresh layout numbers clusters anew; give them tables"
    )


def test_posters_that_went_are_no_mistake(bench: Bench) -> None:
    text = f'[cluster.a]\nposters = ["id{GONE}", "folder/p{GONE}.jpg", "id01"]\npin = ["id{GONE}"]'
    assert bench.members(text) == {"a": ALL["1"], "2": ALL["2"], "3": ALL["3"]}
    assert bench.told == []
    bench.members(f'[cluster.a]\nposters = ["id{GONE}"]\nname = "A"')
    assert bench.told == ["1: 'a' is not found on this map: none of its posters is on the map"]


def test_ids_that_a_new_work_folder_never_knew_are_told_beside_one_that_it_knows(bench: Bench) -> None:
    text = '[cluster.a]\nposters = [\n"abcdefgh23",\n"id01"]'
    assert bench.members(text) == {"a": ALL["1"], "2": ALL["2"], "3": ALL["3"]}
    assert bench.told == ["3: 'abcdefgh23' is the id of no poster; is it gone?"]
    bench.members('[cluster.a]\nposters = [\n"abcdefgh23",\n"abcdefgh24",\n"id01", "abcdefgh25"]')
    assert bench.told == ["3: 'abcdefgh23' and 2 more, to line 5, are ids of no posters; are they gone?"]
    for text in (
        '[cluster.a]\nposters = ["abcdefgh23"]',
        '[cluster.a]\nposters = ["id01"]\npin = ["abcdefgh23"]',
        '[cluster.a]\nposters = ["id01"]\nremove = ["abcdefgh23"]',
        '[cluster.a]\nposters = ["id01", "abcdefgh23.jpg"]',
    ):
        assert "is no path or id" in bench.refused(text)


def test_posters_are_found_in_any_normal_form_and_with_any_slash(bench: Bench) -> None:
    images = replace(bench.images, path=["Caf\u00e9/p.jpg", *bench.images.path[1:]])
    artifacts.write_images(bench.job.work, images)
    bench.job.work.commit("before", [artifacts.IMAGES], Record("", {}, {}))
    text = '[cluster.1]\nremove = ["./Cafe\u0301\\\\p.jpg", "folder\\\\p02.jpg"]'
    assert bench.members(text)["1"] == [1, *range(3, 10)]
