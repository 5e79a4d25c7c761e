"""What clusters.toml makes of clusters: each wish, who is meant by it, and what cannot be."""

import json
import random as random_module
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE
from mapmaker.errors import CurationError
from mapmaker.methods.clusterings.reshaping import gathered, parts_found, parts_like
from mapmaker.methods.clusterings.telling import Teller
from mapmaker.model import (
    Cluster,
    Clusters,
    Features,
    Images,
    Ints,
    Layout,
    Looks,
    Neighbors,
    Origin,
    Posters,
    Reject,
    Selection,
)
from mapmaker.stages import Job
from mapmaker.stages.curate import CurateStage
from mapmaker.workspace import Record

COUNT = 42
GONE, LEFT_OUT = 40, 41
"""Rows of a poster that went, and of one that triage left out."""
FOUND = {"1": range(10), "2": range(10, 20), "3": range(20, 30)}
"""Selected rows, which are rows. 30 to 33 are like those of 1, and beside them; 34 to 39 are like nobody."""


class Bench:
    """A work folder in which clusters were found, and the file that says what is wanted of them."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.file = job.images / CLUSTERS_FILE
        present = np.arange(COUNT) != GONE
        self.images = Images(
            [f"id{row:02}" for row in range(COUNT)],
            [f"folder/p{row:02}.jpg" for row in range(COUNT)],
            ["0" * 64] * COUNT,
            np.full(COUNT, 10, np.int32),
            np.full(COUNT, 15, np.int32),
            present,
        )
        verdict = ["kept"] * COUNT
        verdict[GONE], verdict[LEFT_OUT] = "gone", "near"
        self.vectors, self.points = space()
        index = np.argsort(-(self.vectors @ self.vectors.T), axis=1)[:, 1:11].astype(np.int32)
        similarity = np.take_along_axis(self.vectors @ self.vectors.T, index, axis=1)
        colors = np.random.default_rng(1).integers(0, 256, (COUNT, 48)).astype(np.uint8)
        looks = Looks(np.zeros((COUNT, 32), np.uint8), np.ones(COUNT, np.float32), np.ones(COUNT, np.int64), colors)
        graph = Neighbors(index, similarity)
        self.teller = Teller(Posters(self.points, self.vectors[:GONE], self.vectors, np.arange(GONE), colors[:GONE]))
        work = job.work
        artifacts.write_images(work, self.images)
        artifacts.write_rejects(work, [Reject("folder/copy.jpg", "same file as folder/p00.jpg")])
        artifacts.write_selection(work, Selection(verdict))
        artifacts.write_layout(work, Layout(self.points))
        artifacts.write_features(work, Features(self.vectors))
        artifacts.write_features(work, Features(self.vectors), artifacts.VECTORS)
        artifacts.write_neighbors(work, graph)
        artifacts.write_looks(work, looks)
        names = {name.partition("[")[0] for name in CurateStage.reads} - {artifacts.CLUSTERS}
        work.commit("before", sorted(names), Record("", {}, {}))
        self.find(FOUND)

    def find(self, groups: Mapping[str, Sequence[int]], names: Mapping[str, str] | None = None) -> None:
        """Let these clusters be found."""
        labels = np.full(GONE, -1, np.int32)
        clusters = []
        for label, (slug, members) in enumerate(groups.items()):
            labels[list(members)] = label
            clusters.append(Cluster(slug, (names or {}).get(slug, ""), np.array(sorted(members), np.int32)))
        artifacts.write_clusters(self.job.work, Clusters(labels, self.teller(clusters), "made so"))
        self.found = self.job.work.fresh(artifacts.CLUSTERS).read_bytes()
        self.job.work.commit("finding", [artifacts.CLUSTERS], Record("", {}, {}))

    def curate(self, text: str | None = None, stage: CurateStage | None = None) -> Clusters:
        """Return the clusters that the file, if there is one, makes of them."""
        if text is not None:
            self.file.write_text(text, encoding="utf-8")
        self.warnings.clear()
        stage = stage or CurateStage()
        stage.check(self.job)
        self.figures = stage.run(self.job)
        self.job.work.commit(stage.name, stage.writes, Record("", {}, {}))
        return artifacts.read_clusters(self.job.work, GONE, artifacts.CURATED)

    def refused(self, text: str) -> str:
        """Return what is said against the file."""
        with pytest.raises(CurationError) as raised:
            self.curate(text)
        said = str(raised.value)
        assert said.startswith(f"{self.file}, line ")
        assert "\n" not in said
        return said.removeprefix(f"{self.file}, line ")

    def members(self, text: str | None = None) -> dict[str, list[int]]:
        """Return the members of each cluster by its slug."""
        return {one.slug: one.members.tolist() for one in self.curate(text).clusters}

    @property
    def warnings(self) -> list[str]:
        """What was warned of, without the file's name."""
        warnings: list[str] = self.job.progress.warnings  # type: ignore[attr-defined]  # the tests' own `Notes`
        return warnings

    @property
    def told(self) -> list[str]:
        """The same without the file's name."""
        return [one.removeprefix(f"{self.file}, line ") for one in self.warnings]

    @property
    def origins(self) -> dict[str, Origin]:
        """Where clusters come from, by slug."""
        return {one.slug: one for one in artifacts.read_origins(self.job.work)}


def space() -> tuple[np.ndarray, np.ndarray]:
    """Return vectors of all rows, around three directions and about, and points of those that are selected."""
    random = np.random.default_rng(0)
    centre = np.repeat([0, 1, 2, 0], [10, 10, 10, 4])
    vectors = random.normal(size=(COUNT, 8)).astype(np.float32)
    vectors[:34] = np.eye(8, dtype=np.float32)[centre] + 0.1 * vectors[:34]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = random.normal(size=(GONE, 2)).astype(np.float32)
    points[:34] += 40 * np.array([[0, 0], [1, 0], [0, 1]], np.float32)[centre]
    points[34:] += 100
    return vectors, points


@pytest.fixture
def bench(job: Job) -> Iterator[Bench]:
    yield Bench(job)


def posters(*rows: int) -> str:
    """Return a list of posters as the file has them, some by path and some by id."""
    return json.dumps([f"id{row:02}" if row % 2 else f"folder/p{row:02}.jpg" for row in rows])


ALL = {slug: list(rows) for slug, rows in FOUND.items()}


def test_without_a_file_clusters_are_as_they_were_found_to_the_byte(bench: Bench) -> None:
    assert bench.members() == ALL
    assert bench.job.work.path(artifacts.CURATED).read_bytes() == bench.found
    assert [one.found for one in bench.origins.values()] == [["1"], ["2"], ["3"]]
    assert CurateStage().summary(bench.figures) == "3 clusters as found"


def test_tables_of_posters_alone_change_nothing(bench: Bench) -> None:
    text = f"[cluster.1]\nposters = {posters(0, 1, 2)}\n[cluster.3]\nposters = {posters(20)}"
    assert bench.members(text) == ALL
    assert bench.job.work.path(artifacts.CURATED).read_bytes() == bench.found
    assert bench.told == []
    assert [one.line for one in bench.origins.values()] == [1, 0, 3]


def test_names_and_notes_are_those_of_the_file(bench: Bench) -> None:
    bench.find(FOUND, {"1": "1990s", "2": "Red"})
    text = f'[cluster.1]\nposters = {posters(3)}\nname = "Lions"\n[cluster.3]\nposters = {posters(22)}\nnote = "Oh."'
    one, two, three = bench.curate(text).clusters
    assert (one.name, one.note) == ("Lions", "")
    assert (two.name, two.note) == ("Red", "")
    assert (three.name, three.note) == ("", "Oh.")
    assert CurateStage().summary(bench.figures) == "3 clusters, 2 as clusters.toml wants"


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


def test_what_finding_makes_of_the_map_is_told_and_no_mistake(bench: Bench) -> None:
    text = f'[cluster.1]\nname = "A"\n[cluster.lions]\nposters = {posters(1)}\nmerge = ["2"]'
    assert bench.members(text) == {"lions": ALL["1"] + ALL["2"], "3": ALL["3"]}
    assert bench.told[0] == (
        "1: '1' is, by its posters, the cluster 'lions' of line 3, and only that table counts; put both into one"
    )


def test_a_merge_of_what_is_called_otherwise_now_is_told(bench: Bench) -> None:
    text = (
        f'[cluster.lions]\nposters = {posters(1)}\nmerge = ["1"]\n'
        f'[cluster.owls]\nposters = {posters(11)}\n[cluster.3]\nposters = {posters(21)}\nmerge = ["2"]'
    )
    assert bench.members(text) == {"lions": ALL["1"], "owls": ALL["2"], "3": ALL["3"]}
    assert bench.told[:2] == [
        "3: '1' is 'lions' itself; take it out of merge",
        "8: '2' is called 'owls' here, and not merged; write that",
    ]


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


def test_origins_tell_what_became_of_clusters_not_what_was_asked(bench: Bench) -> None:
    bench.members(f"[cluster.1]\npin = {posters(1, 2, 12)}\nremove = {posters(3, 13, 35)}")
    assert bench.origins["1"].done == ["1 put in", "1 removed"]
    assert bench.origins["2"].done == ["1 put into others"]
    assert bench.figures["changed"] == 2
    bench.members(f"[cluster.1]\npin = {posters(1, 2)}\nremove = {posters(13)}")
    assert bench.origins["1"].done == []
    bench.members(f"[cluster.1]\nmerge = ['2']\npin = {posters(12)}\nremove = {posters(3, 13)}")
    assert bench.origins["1"].done == ["with 2", "2 removed"]
    bench.members(f"[cluster.1]\nremove = {posters(3)}\nsplit = 2\n[cluster.1-2]\nremove = {posters(4)}\ndrop = false")
    assert bench.origins["1"].done == ["part 1 of 2 of 1", "1 removed"]


def test_origins_tell_of_clusters_that_are_not_shown(bench: Bench) -> None:
    bench.find({"1": [0, 1], "2": [10, 11], "3": [20, 21], "4": [5, 6]})
    bench.members(
        '[cluster.1]\nmerge = ["2"]\n[cluster.3]\ndrop = true\n[cluster.4]\nremove = ["id05", "folder/p06.jpg"]'
    )
    hidden = {slug: one.done for slug, one in bench.origins.items() if not one.is_shown}
    assert hidden == {"2": ["part of 1"], "3": ["dropped"], "4": ["no members left"]}
    assert [one.whole for one in bench.origins.values()] == [False, True, True, True]


def test_posters_are_found_in_any_normal_form_and_with_any_slash(bench: Bench) -> None:
    images = replace(bench.images, path=["Caf\u00e9/p.jpg", *bench.images.path[1:]])
    artifacts.write_images(bench.job.work, images)
    bench.job.work.commit("before", [artifacts.IMAGES], Record("", {}, {}))
    text = '[cluster.1]\nremove = ["./Cafe\u0301\\\\p.jpg", "folder\\\\p02.jpg"]'
    assert bench.members(text)["1"] == [1, *range(3, 10)]


def test_dropped_clusters_are_not_there_and_the_others_keep_their_order(bench: Bench) -> None:
    assert bench.members(f"[cluster.2]\nposters = {posters(10, 11)}\ndrop = true") == {"1": ALL["1"], "3": ALL["3"]}
    assert bench.origins["2"] == Origin("2", ["2"], 1, ["dropped"], dropped=True)
    assert bench.figures["dropped"] == 1


def test_others_are_dropped_if_that_is_wanted(bench: Bench) -> None:
    text = f'others = "drop"\n[cluster.2]\nposters = {posters(10, 11)}\nsplit = 2'
    assert set(bench.members(text)) == {"2", "2-2"}
    assert [slug for slug, one in bench.origins.items() if one.dropped] == ["1", "3"]


def test_merged_clusters_are_one_with_figures_of_its_own(bench: Bench) -> None:
    bench.find(FOUND, {"1": "1990s", "3": "Red"})
    made = bench.curate(f'[cluster.3]\nposters = {posters(20, 21)}\nmerge = ["1"]\n')
    two, three = made.clusters
    assert (two.slug, three.slug) == ("2", "3")
    assert three.members.tolist() == ALL["1"] + ALL["3"]
    assert three.name == ""  # what it was called is true of a part of it
    expected = bench.teller([three])[0]
    assert (three.medoid, three.cohesion, three.contrast, three.theme) == (
        expected.medoid,
        expected.cohesion,
        expected.contrast,
        expected.theme,
    )
    assert bench.origins["3"] == Origin("3", ["3", "1"], 1, ["with 1"], whole=False)
    assert bench.origins["1"] == Origin("1", ["1"], 0, ["part of 3"], into="3")


def test_merges_go_through_clusters_that_merge_others_themselves(bench: Bench) -> None:
    text = '[cluster.1]\nmerge = ["2"]\n[cluster.2]\nmerge = ["3"]\nremove = ["id21"]\npin = ["id35"]'
    assert bench.members(text) == {"1": sorted({*range(30), 35} - {21})}


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


def some(random: random_module.Random, rows: Sequence[int], most: int) -> list[int]:
    """Return a few of `rows`, and take them from there."""
    taken = random.sample(list(rows), min(len(rows), random.randint(1, most)))
    rows[:] = [row for row in rows if row not in taken]  # type: ignore[index]  # a list
    return taken


def any_table(random: random_module.Random) -> str:
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
    random = random_module.Random(0)
    for _ in range(50):
        text = any_table(random)
        made = bench.members(text)  # checks that nobody is in two clusters
        table = tomllib.loads(text)["cluster"].popitem()
        parts = {row for slug, rows in made.items() if slug.split("-")[0] == table[0] for row in rows}
        ids = {f"id{row:02}" for row in parts} | {f"folder/p{row:02}.jpg" for row in parts}
        assert not ids & set(table[1].get("remove", ())), text
        assert set(table[1].get("pin", ())) <= ids, text


def test_whom_a_kept_cluster_is_made_of_come_into_any_part(bench: Bench) -> None:
    made = bench.members(f"[cluster.owls]\nkeep = true\nposters = {posters(*range(34, GONE - 1))}\nsplit = 2")
    own = set(range(34, GONE - 1))
    assert {*made["owls"], *made["owls-2"]} >= own
    assert own & {*made["owls-2"]}, "not all in the first part"


def test_fewer_parts_than_asked_for_are_told(bench: Bench) -> None:
    bench.find({"7": [0, 10]})
    bench.curate("[cluster.7]\nsplit = 5")
    assert any("only 2 parts that can be told apart" in one for one in bench.told)


def test_a_cluster_is_split_into_so_many_parts_the_largest_first(bench: Bench) -> None:
    bench.find({"7": [*range(6), *range(10, 19), *range(20, 28)]})
    made = bench.members("[cluster.7]\nsplit = 3")
    assert made == {"7": [*range(10, 19)], "7-2": [*range(20, 28)], "7-3": [*range(6)]}
    assert bench.members("[cluster.7]\nsplit = 3") == made


def test_more_parts_than_members_are_as_many_as_there_are(bench: Bench) -> None:
    bench.find({"7": [0, 10]})
    assert bench.members("[cluster.7]\nsplit = 5") == {"7": [0], "7-2": [10]}


def test_parts_whose_posters_went_leave_their_members_to_the_others(bench: Bench) -> None:
    bench.find({"1": range(20)})
    text = f'[cluster.1]\nsplit = [\n["id01"],\n["id{GONE}"],\n["id11"]]'
    assert bench.members(text) == {"1": ALL["1"], "1-3": ALL["2"]}
    assert bench.told[0] == "4: of the part '1-2' no poster is on the map"
    assert bench.members(f'[cluster.1]\nsplit = [["id{GONE}"],\n["folder/p{GONE + 1}.jpg"]]') == {"1": list(range(20))}


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


def test_files_and_posters_that_others_left_out_are_told(bench: Bench) -> None:
    text = f'[cluster.1]\nposters = {posters(1)}\npin = [\n"id{LEFT_OUT}",\n"folder/copy.jpg"]'
    assert bench.members(text) == ALL
    assert bench.told == [
        f"4: 'id{LEFT_OUT}' is not on the map: triage left it out, near",
        "5: 'folder/copy.jpg' was left out by the scan: same file as folder/p00.jpg",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[cluster.1-2]", "1: no cluster '1-2' was found: "),
        ("\n[cluster.4]", "2: no cluster '4' was found: known: 1, 2, 3"),
        ("\n[cluster.lions]", "2: no cluster 'lions' was found: known: 1, 2, 3"),
        ('[cluster.1]\nmerge = [\n"2",\n"9"]', "4: no cluster '9' to merge: known: 1, 2, 3"),
        ('[cluster.1]\nmerge = [\n"2",\n"owls"]', "4: no cluster 'owls' to merge: known: 1, 2, 3"),
        (
            '[cluster.1]\nremove = [\n"p00.jpg"]',
            "3: 'p00.jpg' is no path or id of a poster; did you mean 'folder/p00.jpg'?",
        ),
        ('[cluster.1]\nposters = ["?"]', "2: '?' is no path or id of a poster; give a path below the folder of images"),
        ('[cluster.1]\npin = ["folder/p0.jpg"]', "2: 'folder/p0.jpg' is no path or id of a poster; did you mean"),
        ('[cluster.1]\nsplit = [["id01"],\n["id99"]]', "3: 'id99' is no path or id"),
        (
            '[cluster.a]\nposters = ["id01"]\n[cluster.b]\nposters = [\n"folder/p01.jpg"]',
            "5: 'folder/p01.jpg' tells which cluster is 'b' and, on line 2, 'a'; choose one",
        ),
        (
            '[cluster.1]\npin = ["id10"]\n[cluster.2]\npin = ["id10"]',
            "4: 'id10' is to be in '2' and, on line 2, '1'; choose one",
        ),
        (
            '[cluster.1]\nsplit = [["id01"],\n["id02", "folder/p01.jpg"]]',
            "3: 'folder/p01.jpg' is to be in '1-2' and, on line 2, '1'; choose one",
        ),
        (
            '[cluster.1]\npin = ["id01"]\nremove = ["folder/p01.jpg"]',
            "3: 'folder/p01.jpg' is to be in '1', see line 2, and in remove; choose one",
        ),
    ],
)
def test_what_the_map_tells_to_be_a_mistake_is_one_line_that_says_where(bench: Bench, text: str, said: str) -> None:
    assert bench.refused(text).startswith(said)


def test_of_many_clusters_not_all_are_told(bench: Bench) -> None:
    bench.find({str(number): [number] for number in range(1, 20)})
    assert bench.refused("[cluster.lions]") == (
        "1: no cluster 'lions' was found: there are 19, such as 1, 2, 3; mapmaker clusters list tells all"
    )


def test_another_file_may_be_given_and_must_be_there(bench: Bench, tmp_path: Path) -> None:
    bench.file.write_text("[cluster.1]\ndrop = true")
    mine = tmp_path / "mine.toml"
    with pytest.raises(CurationError, match=r"no file .*mine\.toml; give one that is there with curate\.file"):
        CurateStage(mine).check(bench.job)
    mine.write_text("[cluster.2]\ndrop = true")
    assert [one.slug for one in bench.curate(stage=CurateStage(mine)).clusters] == ["1", "3"]


def test_a_link_that_leads_nowhere_is_told(bench: Bench, tmp_path: Path) -> None:
    bench.file.symlink_to(tmp_path / "nowhere.toml")
    with pytest.raises(CurationError, match=r"cannot read .*clusters\.toml: No such file"):
        CurateStage().check(bench.job)


def test_what_is_outside_is_what_the_file_says(bench: Bench) -> None:
    told = [CurateStage().outside(bench.job)]
    for text in ("", "[cluster.1]", ""):
        bench.file.write_text(text)
        told.append(CurateStage().outside(bench.job))
    assert told[0] == {CLUSTERS_FILE: None}
    assert told[1] == told[3] != told[2]


def test_parts_by_number_are_those_of_the_best_of_many_tries() -> None:
    vectors, _ = space()
    members = np.arange(30, dtype=np.int32)
    parts = parts_found(members, 3, vectors)
    assert sorted(map(tuple, (part.tolist() for part in parts))) == [tuple(rows) for rows in FOUND.values()]
    same = np.repeat(vectors[:1], 5, axis=0)
    assert [part.tolist() for part in parts_found(np.arange(5, dtype=np.int32), 3, same)] == [[0, 1, 2, 3, 4]]


def test_parts_by_posters_are_those_of_a_plain_count() -> None:
    vectors, _ = space()
    members: Ints = np.arange(30, dtype=np.int32)
    wanted = [[0, 34], [11, 35], []]
    like = [
        [np.mean([vectors[one] @ vectors[other] for other in some]) if some else -2 for some in wanted]
        for one in members
    ]
    part = np.argmax(like, axis=1)
    assert [some.tolist() for some in parts_like(members, wanted, vectors)] == [
        members[part == number].tolist() for number in range(3)
    ]


def test_one_poster_alone_gathers_nobody() -> None:
    vectors, points = space()
    free = np.ones(GONE, bool)
    assert gathered(np.array([3], np.int32), free, points, vectors).tolist() == [3]
    assert set(gathered(np.array([3, 4, 5], np.int32), free, points, vectors[:GONE]).tolist()) == {
        *range(10),
        *range(30, 34),
    }
