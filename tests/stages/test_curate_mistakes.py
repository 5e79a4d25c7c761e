"""What cannot be meant by clusters.toml on this map is told with its line."""

import pytest

from tests.stages.bench import ALL, LEFT_OUT, Bench, posters


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


def test_files_and_posters_that_others_left_out_are_told(bench: Bench) -> None:
    text = f'[cluster.1]\nposters = {posters(1)}\npin = [\n"id{LEFT_OUT}",\n"folder/copy.jpg"]'
    assert bench.members(text) == ALL
    assert bench.told == [
        f"4: 'id{LEFT_OUT}' is not on the map: triage left it out, near",
        "5: 'folder/copy.jpg' was left out by the scan: same file as folder/p00.jpg",
    ]
