"""What clusters.toml makes of clusters: names, clusters dropped and merged, and where each comes from."""

from pathlib import Path

import pytest

from mapmaker import artifacts
from mapmaker.curation import CLUSTERS_FILE
from mapmaker.errors import CurationError
from mapmaker.model import Origin
from mapmaker.stages.curate import CurateStage
from tests.stages.bench import ALL, FOUND, Bench, posters


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
