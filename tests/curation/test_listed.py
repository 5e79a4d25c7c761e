"""`clusters list` and `clusters show`: what the map's clusters are, and what became of those that it does not show."""

import json
import re

import pytest

import mapmaker as mm
from mapmaker.cli import main
from mapmaker.errors import OptionError
from mapmaker.finished import read_finished
from mapmaker.inventory import HiddenCluster
from mapmaker.shelves import folded
from tests.curation.curated import Curated, some_of


def test_clusters_are_listed_in_the_order_that_is_asked_for(own: Curated, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three, *_ = own.members()
    own.edit(
        f'[cluster.{one}]\nname = "Ägypten\\u202e"\n[cluster.{two}]\ndrop = true\n[cluster.{three}]\nmerge = ["4"]'
    )
    listed = [one.slug for one in mm.list_clusters(own.work).clusters]
    sizes = [one.posters for one in mm.list_clusters(own.work, "size").clusters]
    assert listed == [slug for slug in own.members() if slug in listed], "as they stand, and as the site has them"
    assert sizes == sorted(sizes, reverse=True)
    by_name = [c.name for c in mm.list_clusters(own.work, "name").clusters if c.name]
    assert by_name == sorted(by_name, key=folded)
    found = mm.list_clusters(own.work)
    assert found.hidden == [HiddenCluster(two, 3, "dropped"), HiddenCluster("4", 0, f"part of {three}")]
    done = {c.slug: (c.line, list(c.done)) for c in found.clusters}
    assert done[one] == (1, ["named"])
    assert done[three] == (5, ["with 4"])
    with pytest.raises(OptionError, match="sort = 'siez' is not known: did you mean 'size'"):
        mm.list_clusters(own.work, "siez")
    assert main(["clusters", "list", "--work", str(own.work), "--sort", "size"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert re.split("  +", header) == [
        *("slug", "name", "posters", "theme", "cohesion", "contrast", "most typical", "by clusters.toml")
    ]
    assert lines[-2:] == [f"dropped: {two}", f"part of {three}: 4"]
    assert any("Ägypten\\u202e" in line and line.endswith("named") for line in lines)
    assert main(["clusters", "list", "--work", str(own.work), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [c["slug"] for c in printed["clusters"]] == [c.slug for c in found.clusters]


def test_a_cluster_is_shown_with_its_posters_the_most_typical_first(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    one, members = next(iter(own.members().items()))
    own.edit(f'[cluster.lions]\nposters = {some_of(members)}\nnote = "A\\nB"')
    shown = mm.show_cluster(own.work, "lions")
    finished = read_finished(own.work)
    cluster = finished.cluster("lions")
    assert {member.path for member in shown.members} == members
    far = [float(((v - finished.vectors(cluster).mean(axis=0)) ** 2).sum()) for v in finished.vectors(cluster)]
    order = [finished.rows[int(cluster.members[i])] for i in sorted(range(len(far)), key=far.__getitem__)]
    assert [member.id for member in shown.members] == [finished.images.id[row] for row in order]
    assert main(["clusters", "show", "lions", "--work", str(own.work)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(f"(lions): {len(members)} posters")
    assert f"  by line   1 of clusters.toml: a note; found as {one}" in lines
    assert lines[lines.index("  note      A") + 1] == "  note      B"
    assert sum(member.path in line for member in shown.members for line in lines) == len(members)
    assert main(["clusters", "show", "lions", "--work", str(own.work), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["members"][0]["title"] == shown.members[0].title
    assert main(["clusters", "show", "loins", "--work", str(own.work)]) == 2
    assert capsys.readouterr().err == "mapmaker: no cluster 'loins': did you mean 'lions'?\n"


def test_of_a_cluster_that_is_not_on_the_map_it_is_said_what_became_of_it(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two, three, four, *_ = before = own.members()
    own.edit(
        f"[cluster.{one}]\ndrop = true\n[cluster.lions]\nposters = {some_of(before[two])}\nmerge = ['{three}']\n"
        f"[cluster.owls]\nposters = {some_of(before[four])}\n",
    )
    for slug, said in (
        (one, f"no cluster '{one}': dropped, by line 1 of clusters.toml"),
        (two, f"no cluster '{two}': it is called lions, by line 3 of clusters.toml"),
        (three, f"no cluster '{three}': it is part of lions, by line 3 of clusters.toml"),
        (four, f"no cluster '{four}': it is called owls, by line 6 of clusters.toml"),
    ):
        assert main(["clusters", "show", slug, "--work", str(own.work)]) == 2
        assert capsys.readouterr().err == f"mapmaker: {said}\n"
