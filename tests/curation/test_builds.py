"""clusters.toml, edited and gone by in every build, whatever becomes of the folder."""

import json

import pytest

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.cli import main
from mapmaker.errors import CurationError, InputError
from mapmaker.workspace import Workspace
from tests.conftest import Tree
from tests.curation.curated import COUNT, LATE, Curated, some_of, told


def test_the_map_has_clusters_to_curate(first: Curated) -> None:
    assert len(first.members()) >= 4


def test_a_named_cluster_keeps_name_and_address_when_posters_come_and_all_is_laid_out_anew(own: Curated) -> None:
    slug, members = next(iter(own.members().items()))
    own.edit(f'[cluster.lions]\nposters = {some_of(members)}\nname = "Lions \\"&\\" 🦁"\nnote = "Roar."')
    assert own.members()["lions"] == members
    assert slug not in own.members()
    assert own.names()["lions"] == 'Lions "&" 🦁'
    own.come()
    own.build()
    assert members <= own.members()["lions"]
    assert own.names()["lions"] == 'Lions "&" 🦁'
    report = own.build(fresh=True, layout="tsne", seed=3)
    assert len(own.members()["lions"] & members) * 2 >= len(members)
    assert own.names()["lions"] == 'Lions "&" 🦁'
    (lions,) = (one for one in own.clusters().clusters if one.slug == "lions")
    assert lions.note == "Roar."
    assert told(report) == []


def test_what_is_dropped_today_comes_back_when_the_line_is_taken_out(own: Curated, tree: Tree) -> None:
    before, site, names = own.members(), tree(own.out), own.names()
    one, two, three, four, *_ = before
    report = own.edit(
        f"[cluster.{one}]\nposters = {some_of(before[one])}\ndrop = true\n"
        f'[cluster.{two}]\nposters = {some_of(before[two])}\nname = "Lions"\nmerge = ["{three}"]\n'
        f"[cluster.{four}]\nposters = {some_of(before[four])}\nsplit = 2\n"
    )
    assert report.ran == ["curate", "naming", "appraise", "compose"]
    now = own.members()
    assert one not in now
    assert now[two] == before[two] | before[three]
    assert now[four] | now[f"{four}-2"] == before[four]
    assert mm.check(own.out).whole
    own.file.unlink()
    own.build()
    assert own.members() == before
    assert own.names() == names
    assert tree(own.out) == site


def test_it_comes_back_on_a_map_that_went_on_meanwhile_too(own: Curated) -> None:
    before, names = own.members(), own.names()
    one, two, *_ = before
    own.edit(f'[cluster.{one}]\nposters = {some_of(before[one])}\ndrop = true\n[cluster.{two}]\nname = "Lions"')
    own.come()
    report = own.build()
    assert one not in own.members()
    assert report.figures["recall"]["kept"] == COUNT - LATE
    (said,) = told(report)
    assert said.endswith("by which they are known again")
    own.file.unlink()
    own.build()
    now = own.members()
    assert list(now) == list(before)
    assert all(before[slug] <= now[slug] for slug in before)
    assert {slug: own.names()[slug] for slug in before} == names


def test_pinned_posters_stay_where_they_were_pinned_when_all_is_laid_out_anew(own: Curated) -> None:
    before = own.members()
    one, two, *_ = before
    pinned, removed = sorted(before[two])[-1], sorted(before[one])[-1]
    wanted = f"pin = {json.dumps([pinned])}\nremove = {json.dumps([removed])}"
    own.edit(f"[cluster.{one}]\nposters = {some_of(before[one])}\n{wanted}")
    for _ in range(2):
        assert pinned in own.members()[one]
        assert pinned not in own.members().get(two, set())
        assert not any(removed in members for members in own.members().values())
        own.build(fresh=True)


def test_a_poster_that_goes_is_no_mistake_afterwards(own: Curated) -> None:
    one, members = next(iter(own.members().items()))
    gone, *left = sorted(members)
    own.edit(f"[cluster.{one}]\nposters = {json.dumps([gone, *left[:2]])}\npin = {json.dumps([gone])}")
    (own.posters / gone).unlink()
    report = own.build()
    assert told(report) == []
    assert own.members()[one] == members - {gone}


def test_no_edit_renames_another_cluster_or_gives_it_another_address(own: Curated) -> None:
    before, called = own.members(), own.called()
    (one, two), *_ = [
        (slug, other) for slug in called for other in called if called[other].startswith(f"{called[slug]}, ")
    ]
    table = f"[cluster.{one}]\nposters = {some_of(before[one])}\n"
    for wanted in ("drop = true", f"name = {json.dumps(called[two])}", "split = 2"):
        own.edit(table + wanted)
        now = own.called()
        assert {slug: now[slug] for slug in before if slug != one} == {
            slug: called[slug] for slug in before if slug != one
        }, wanted


def test_two_clusters_of_one_name_by_the_users_word_are_told(own: Curated) -> None:
    one, *_ = own.members()
    named = next(slug for slug, name in own.names().items() if name and slug != one)
    report = own.edit(f"[cluster.{one}]\nname = {json.dumps(own.names()[named])}")
    (said,) = [warning for warning in report.warnings if "are called" in warning]
    assert f"{one!r}" in said and f"{named!r}" in said


def test_a_new_work_folder_builds_with_the_ids_of_posters_that_are_gone(own: Curated) -> None:
    """As a fresh clone of folder and file does: `clusters init` wrote ids, which an older work folder remembers."""
    mm.init_clusters(own.work)
    images = artifacts.read_images(Workspace(own.work))
    id_ = json.loads(own.file.read_text(encoding="utf-8").split("\nposters = ", 2)[1].splitlines()[0])[0]
    (own.posters / images.path[images.id.index(id_)]).unlink()
    assert not any(id_ in said for said in told(own.build()))
    clone = Curated(own.folder)
    clone.out, clone.work = own.folder / "other", own.folder / ".mapmaker" / "other"
    assert sum(f"'{id_}' is the id of no poster; is it gone?" in said for said in told(clone.build())) == 1


def test_status_says_that_the_file_changed_and_refuses_what_a_build_would(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [own.posters, "--out", own.out, "--metadata", own.folder / "titles.csv", "--extractor", "classic"]
    words += ["--layout", "pca", "--poster-size", "24"]
    status = ["status", *map(str, words)]
    assert main(status) == 0
    assert "nothing to do" in capsys.readouterr().out
    own.file.write_text("[cluster.1]\n")
    assert main(status) == 0
    said = capsys.readouterr().out
    assert "curate     runs        clusters.toml changed" in said
    assert "clusters   up to date" in said
    own.file.write_text("[cluster.1]\nnaem = 1\n")
    for command in (status, ["build", *status[1:]]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said == f"mapmaker: {own.file}, line 2: no key 'naem': did you mean 'name'?\n"


def test_a_mistake_in_the_file_stops_a_build_before_any_work_and_the_map_stands(own: Curated, tree: Tree) -> None:
    before = tree(own.folder / "map")
    with pytest.raises(CurationError, match=r"clusters\.toml, line 1: no cluster 'lions' was found"):
        own.edit('cluster.lions.name = "Lions"')
    with pytest.raises(CurationError, match=r"clusters\.toml, line 2: keep = 1 is neither true nor false"):
        own.edit("[cluster.1]\nkeep = 1", fresh=True)
    assert tree(own.folder / "map") == before
    assert not own.work.joinpath(artifacts.SET_ASIDE).exists()
    own.file.unlink()
    assert own.build().ran == []


def test_the_file_is_named_by_an_option_too_relative_to_the_config(
    own: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    config = own.folder / "config" / "mapmaker.toml"
    config.parent.mkdir()
    config.write_text('[curate]\nfile = "mine.toml"\n[features]\nextractor = "classic"\n[layout]\nmethod = "pca"\n')
    one = next(iter(own.members()))
    (config.parent / "mine.toml").write_text(f"[cluster.{one}]\ndrop = true")
    words = [own.posters, "--out", own.out, "--metadata", own.folder / "titles.csv", "--poster-size", "24"]
    assert main(["build", *map(str, words), "--config", str(config), "--quiet"]) == 0
    assert one not in own.members()
    (config.parent / "mine.toml").unlink()
    capsys.readouterr()
    assert main(["build", *map(str, words), "--config", str(config), "--quiet"]) == 2
    assert "mine.toml; give one that is there with curate.file" in capsys.readouterr().err


def test_errors_of_curation_are_the_users_to_mend() -> None:
    assert issubclass(CurationError, InputError)
