"""Clusters that clusters.toml splits: by posters or into so many parts, and nobody is in two."""

import tomllib
from random import Random

from tests.stages.bench import ALL, GONE, LEFT_OUT, Bench, posters


def test_a_cluster_is_split_by_whom_its_members_are_most_like(bench: Bench) -> None:
    bench.find({"1": range(30)}, {"1": "All"})
    text = f"[cluster.1]\nposters = {posters(0, 1)}\nsplit = [{posters(0, 3)}, {posters(11)}, {posters(20, 34)}]"
    text += '\n[cluster.1-2]\nname = "Twos"\nremove = ["id12", "id13"]\n'
    one, two, three = bench.curate(text).clusters
    assert one.members.tolist() == ALL["1"]
    assert two.members.tolist() == [10, 11, *range(14, 20)]
    assert three.members.tolist() == [*ALL["3"], 34]  # named for the part, found or not
    assert [part.slug for part in (one, two, three)] == ["1", "1-2", "1-3"]
    assert [part.name for part in (one, two, three)] == ["", "Twos", ""]
    assert [part.found for part in bench.origins.values()] == [["1"]] * 3
    assert bench.origins["1-3"].done == ["part 3 of 3 of 1", "1 put in"]
    assert bench.told == []


def test_parts_whose_posters_went_leave_their_members_to_the_others(bench: Bench) -> None:
    bench.find({"1": range(20)})
    text = f'[cluster.1]\nsplit = [\n["id01"],\n["id{GONE}"],\n["id11"]]'
    assert bench.members(text) == {"1": ALL["1"], "1-3": ALL["2"]}
    assert bench.told[0] == "4: of the part '1-2' no poster is on the map"
    assert bench.members(f'[cluster.1]\nsplit = [["id{GONE}"],\n["folder/p{LEFT_OUT}.jpg"]]') == {"1": list(range(20))}


def test_a_cluster_is_split_into_so_many_parts_the_largest_first(bench: Bench) -> None:
    bench.find({"7": [*range(6), *range(10, 19), *range(20, 28)]})
    made = bench.members("[cluster.7]\nsplit = 3")
    assert made == {"7": [*range(10, 19)], "7-2": [*range(20, 28)], "7-3": [*range(6)]}
    assert bench.members("[cluster.7]\nsplit = 3") == made


def test_more_parts_than_members_are_as_many_as_there_are(bench: Bench) -> None:
    bench.find({"7": [0, 10]})
    assert bench.members("[cluster.7]\nsplit = 5") == {"7": [0], "7-2": [10]}


def test_fewer_parts_than_asked_for_are_told(bench: Bench) -> None:
    bench.find({"7": [0, 10]})
    bench.curate("[cluster.7]\nsplit = 5")
    assert any("only 2 parts that can be told apart" in one for one in bench.told)


def test_whom_a_kept_cluster_is_made_of_come_into_any_part(bench: Bench) -> None:
    made = bench.members(f"[cluster.owls]\nkeep = true\nposters = {posters(*range(34, GONE - 1))}\nsplit = 2")
    own = set(range(34, GONE - 1))
    assert {*made["owls"], *made["owls-2"]} >= own
    assert own & {*made["owls-2"]}, "not all in the first part"


def some(random: Random, rows: list[int], most: int) -> list[int]:
    """Return a few of `rows`, and take them from there."""
    taken = random.sample(rows, min(len(rows), random.randint(1, most)))
    rows[:] = [row for row in rows if row not in taken]
    return taken


def any_table(random: Random) -> str:
    """Return a table of a cluster, found or not, that is split, with pins, parts and removals as they come."""
    free = list(range(GONE - 1))
    lines = ["[cluster.1]"]
    if random.random() < 0.4:  # of posters that no cluster has
        lines = ["[cluster.owls]", "keep = true", f"posters = {posters(34, 35, 36)}"]
        free = [row for row in free if row not in (34, 35, 36)]
    if random.random() < 0.5:
        lines.append(f"split = {random.randint(2, 4)}")
    else:
        lines.append(f"split = [{posters(*some(random, free, 2))}, {posters(*some(random, free, 3))}]")
    if random.random() < 0.6:
        lines.append(f"pin = {posters(*some(random, free, 3))}")
    if random.random() < 0.6:
        lines.append(f"remove = {posters(*some(random, free, 4))}")
    return "\n".join(lines)


def test_whatever_is_split_nobody_is_in_two_parts_nor_where_they_are_removed(bench: Bench) -> None:
    random = Random(0)
    for _ in range(50):
        text = any_table(random)
        made = bench.members(text)  # checks that nobody is in two clusters
        split, wanted = tomllib.loads(text)["cluster"].popitem()
        parts = {row for slug, rows in made.items() if slug.split("-")[0] == split for row in rows}
        ids = {f"id{row:02}" for row in parts} | {f"folder/p{row:02}.jpg" for row in parts}
        assert not ids & set(wanted.get("remove", ())), text
        assert set(wanted.get("pin", ())) <= ids, text
