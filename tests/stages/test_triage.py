"""triage: which posters are left out and why, what the user's lists overrule, and the pages that show it."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from mapmaker import artifacts
from mapmaker.errors import ImagesError, OptionError
from mapmaker.methods.copies import Resemblance, resemblance, views
from mapmaker.model import Floats, Images, Neighbors, Standing
from mapmaker.options import build
from mapmaker.stages import Job
from mapmaker.stages.scan import ScanStage
from mapmaker.stages.triage import TriageStage, closely
from mapmaker.stages.triage.groups import Group, alike, exact_copies, in_groups
from mapmaker.stages.triage.lists import line_of, read_lines, settled
from mapmaker.stages.triage.stage import told
from mapmaker.workspace import Record
from mapmaker_tiles import decode


def scanned(job: Job) -> Images:
    """Scan the folder; make everybody a neighbour of everybody, and nobody's place known."""
    stage = ScanStage()
    job.work.commit(stage.name, stage.writes, Record("", {}, stage.run(job)))
    images = artifacts.read_images(job.work)
    count = len(images)
    index = np.array([[i for i in range(count) if i != row] for row in range(count)], np.int32).reshape(count, -1)
    artifacts.write_neighbors(job.work, Neighbors(index, np.ones(index.shape, np.float32)))
    artifacts.write_standing(job.work, Standing.nothing(), artifacts.RECALLED)
    job.work.commit("others", [artifacts.NEIGHBORS, artifacts.RECALLED], Record("", {}, {}))
    return images


def judged(job: Job, **options: object) -> dict[str, str]:
    """Run triage on what is scanned; return the verdicts by path."""
    stage = build(TriageStage, {"near_rank": 50, **options}, "triage")
    stage.check(job)
    job.work.commit(stage.name, stage.writes, Record("", {}, stage.run(job)))
    images = artifacts.read_images(job.work)
    return dict(zip(images.path, artifacts.read_selection(job.work).verdict, strict=True))


@pytest.fixture
def folder(job: Job, posters: Path) -> Path:
    """Three posters, of the first of which there is a copy, small and poorly compressed."""
    for number, file in enumerate(sorted(posters.glob("*.jpg"))[:3]):
        (job.images / f"{'bcd'[number]}.jpg").write_bytes(file.read_bytes())
    first = decode(job.images / "b.jpg")
    first.resize((first.width // 2, first.height // 2)).save(job.images / "a.jpg", quality=40)
    return job.images


def page(job: Job, name: str = "index.html") -> str:
    return (job.work.path(artifacts.TRIAGED) / name).read_text(encoding="utf-8")


def test_of_copies_the_one_with_most_pixels_is_kept(job: Job, folder: Path) -> None:
    scanned(job)
    assert judged(job) == {"a.jpg": "near", "b.jpg": "kept", "c.jpg": "kept", "d.jpg": "kept"}


@pytest.mark.parametrize("mode", ["report", "off"])
def test_a_rule_that_does_not_drop_keeps_all(mode: str, job: Job, folder: Path) -> None:
    scanned(job)
    assert set(judged(job, near=mode).values()) == {"kept"}
    assert ("Near-duplicates" in page(job)) == (mode == "report")


def test_of_copies_as_large_the_one_in_more_bytes_is_kept_then_the_first_by_path(job: Job, folder: Path) -> None:
    picture = decode(folder / "b.jpg")
    picture.save(folder / "a.jpg", quality=30)
    picture.save(folder / "e.jpg", quality=97)
    scanned(job)
    verdicts = judged(job)
    assert [path for path in ("a.jpg", "b.jpg", "e.jpg") if verdicts[path] == "kept"] == ["e.jpg"]


def test_who_is_on_the_map_stays_although_a_better_copy_comes(job: Job, folder: Path) -> None:
    images = scanned(job)
    cells = np.full((len(images), 2), -1, np.int32)
    cells[images.path.index("a.jpg")] = 0
    standing = replace(
        Standing.nothing(),
        cells=cells,
        points=np.where(cells < 0, np.float32(np.nan), np.float32(0)),
        labels=np.full(len(images), -1, np.int32),
        late=np.zeros(len(images), bool),
        columns=1,
        rows=1,
    )
    artifacts.write_standing(job.work, standing, artifacts.RECALLED)
    job.work.commit("others", [artifacts.RECALLED], Record("", {}, {}))
    assert judged(job) == {"a.jpg": "kept", "b.jpg": "near", "c.jpg": "kept", "d.jpg": "kept"}


def test_a_copy_comes_back_when_the_one_that_was_kept_goes(job: Job, folder: Path) -> None:
    scanned(job)
    assert judged(job)["a.jpg"] == "near"
    (folder / "b.jpg").unlink()
    scanned(job)
    assert judged(job) == {"a.jpg": "kept", "b.jpg": "gone", "c.jpg": "kept", "d.jpg": "kept"}


@pytest.mark.parametrize("colour", ["black", "white", (250, 252, 251), (0, 90, 40)])
def test_a_picture_of_one_colour_is_blank(colour: str, job: Job, folder: Path) -> None:
    Image.new("RGB", (200, 300), colour).save(folder / "e.jpg")
    scanned(job)
    assert judged(job)["e.jpg"] == "blank"
    assert judged(job, blank="off")["e.jpg"] == "kept"


def test_a_plain_poster_with_a_small_title_is_not_blank(job: Job, folder: Path) -> None:
    plain = Image.new("RGB", (200, 300), "black")
    plain.paste("white", (90, 140, 110, 145))
    plain.save(folder / "e.png")
    scanned(job)
    assert judged(job)["e.png"] == "kept"


def many_of_one(folder: Path, count: int) -> None:
    """Make copies of one picture under many names, some with the same bytes."""
    picture = decode(folder / "d.jpg")
    for number in range(count):
        picture.save(folder / f"film{number}.jpg", quality=60 + number // 2)


def test_one_picture_under_many_names_is_a_placeholder_and_none_of_it_is_kept(job: Job, folder: Path) -> None:
    many_of_one(folder, 6)
    scanned(job)
    verdicts = judged(job, placeholder_names=7)
    assert {path for path, verdict in verdicts.items() if verdict == "placeholder"} >= {"d.jpg", "film0.jpg"}
    assert verdicts["c.jpg"] == verdicts["b.jpg"] == "kept"
    assert "placeholder" not in judged(job, placeholder_names=8).values()


def test_a_placeholder_that_is_only_reported_is_a_group_of_near_duplicates(job: Job, folder: Path) -> None:
    many_of_one(folder, 6)
    scanned(job)
    off, reported = (judged(job, placeholder_names=7, placeholder=mode) for mode in ("off", "report"))
    assert reported == off
    assert list(off.values()).count("near") >= 4
    assert "<h2>Placeholder</h2>" in page(job)


def test_exact_copies_alone_make_a_placeholder(job: Job, folder: Path) -> None:
    for name in ("e", "f", "g"):
        (folder / f"{name}.jpg").write_bytes((folder / "c.jpg").read_bytes())
    scanned(job)
    assert judged(job, placeholder_names=4)["c.jpg"] == "placeholder"
    assert judged(job, placeholder_names=5)["c.jpg"] == "kept"


def test_a_crowd_of_copies_goes_as_a_whole_though_the_best_is_anywhere_among_it(job: Job, folder: Path) -> None:
    rng = np.random.default_rng(1)
    picture = Image.fromarray(rng.integers(0, 256, (9, 6), np.uint8)).resize((120, 180))  # no frame: soon compared
    qualities = rng.permutation(np.arange(36, 96)).tolist()
    for number, quality in enumerate(qualities):
        picture.save(folder / f"e{number:02}.jpg", quality=quality)
    scanned(job)
    kept = {"b.jpg", "c.jpg", "d.jpg"}
    verdicts = judged(job, near_rank=1)
    assert {path for path, verdict in verdicts.items() if verdict == "kept"} == kept
    best = f"e{qualities.index(95):02}.jpg"
    for options in ({"placeholder": "off"}, {"placeholder_names": 61}):
        verdicts = judged(job, near_rank=1, **options)
        assert {path for path, verdict in verdicts.items() if verdict == "kept"} == kept | {best}


def test_exact_copies_in_other_folders_under_the_same_name_make_no_placeholder(job: Job, folder: Path) -> None:
    for number in range(5):
        (folder / f"backup{number}").mkdir()
        (folder / f"backup{number}" / "c.jpg").write_bytes((folder / "c.jpg").read_bytes())
        (folder / f"other{number}.jpg").write_bytes((folder / "d.jpg").read_bytes())
    scanned(job)
    verdicts = judged(job, placeholder_names=5)
    assert (verdicts["backup0/c.jpg"], verdicts["d.jpg"]) == ("kept", "placeholder")


def test_posters_that_share_a_layout_are_reported_and_dropped_on_request(job: Job, folder: Path) -> None:
    layout = decode(folder / "c.jpg").resize((240, 360))
    for number in range(5):
        made = layout.copy()
        stripes = np.random.default_rng(number).integers(0, 256, (8, 6, 3), np.uint8)
        made.paste(Image.fromarray(stripes).resize((200, 220)), (20, 90))
        made.save(folder / f"made{number}.png")
    (folder / "c.jpg").unlink()
    scanned(job)
    made_ones = {f"made{number}.png" for number in range(5)}
    assert set(judged(job, template_likeness=0.4).values()) == {"kept", "near"}
    assert "Made from a template" in page(job)
    verdicts = judged(job, template_likeness=0.4, template="drop")
    assert {path for path, verdict in verdicts.items() if verdict == "template"} == made_ones


def test_the_lists_overrule_every_rule(job: Job, folder: Path) -> None:
    Image.new("RGB", (20, 30), "white").save(folder / "e.png")
    images = scanned(job)
    id_ = images.id[images.path.index("c.jpg")]
    (folder / "keep.txt").write_text("# mine\n\na.jpg  \n./e.png\n")
    (folder / "drop.txt").write_text(f"{id_}\n")
    expected = {"a.jpg": "kept", "b.jpg": "near", "c.jpg": "listed", "d.jpg": "kept", "e.png": "kept"}
    assert judged(job) == expected
    assert {"keep.txt", "drop.txt"}.isdisjoint(scanned(job).path)
    assert {"keep.txt", "drop.txt"}.isdisjoint(reject.path for reject in artifacts.read_rejects(job.work))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a b.jpg", "a b.jpg"),
        ("#alive.jpg", "./#alive.jpg"),
        (" b.jpg", "./ b.jpg"),
        ("c.jpg ", "ID"),  # the end of a line is nobody's to see
        ("two\nlines.jpg", "ID"),
        ("two\u2028lines.jpg", "ID"),
        ("latin-\udce9.jpg", "ID"),
    ],
)
def test_the_page_offers_a_line_that_lists_take_for_the_poster(path: str, line: str, tmp_path: Path) -> None:
    images = Images(["one"], [path], [""], np.ones(1, np.int32), np.ones(1, np.int32), np.ones(1, bool))
    offered = line_of(path, images.id[0])
    assert offered == line.replace("ID", "one")
    (tmp_path / "keep.txt").write_text(f"#\n{offered}\n", encoding="utf-8")
    wishes = settled(read_lines([tmp_path / "keep.txt"]), [], images, [])
    assert set(wishes.keep) == {0}
    assert not wishes.warnings


def test_a_path_that_looks_like_a_comment_is_offered_so_that_it_is_none(job: Job, folder: Path) -> None:
    (folder / "a.jpg").rename(folder / "#alive.jpg")
    scanned(job)
    assert judged(job)["#alive.jpg"] == "near"
    line = re.findall(r"<code>([^<]*alive.jpg)</code>", page(job))[0]
    (folder / "keep.txt").write_text(f"{line}\n")
    assert judged(job)["#alive.jpg"] == "kept"


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_lists_match_in_any_normal_form(form: Literal["NFC", "NFD"], job: Job, folder: Path) -> None:
    (folder / "a.jpg").rename(folder / unicodedata.normalize("NFD", "Amélie.jpg"))
    (folder / unicodedata.normalize("NFD", "zoë.jpg")).write_bytes((folder / "c.jpg").read_bytes())
    scanned(job)
    (folder / "keep.txt").write_text(unicodedata.normalize(form, "Amélie.jpg\nzoë.jpg\n"), encoding="utf-8")
    verdicts = {unicodedata.normalize("NFC", path): verdict for path, verdict in judged(job).items()}
    assert verdicts["Amélie.jpg"] == "kept"
    assert "left out by the scan: same file as c.jpg" in job.progress.warnings[0]  # type: ignore[attr-defined]  # Notes


def test_lists_may_be_given_and_a_line_that_names_nothing_is_told(job: Job, folder: Path, tmp_path: Path) -> None:
    (folder / "same.jpg").write_bytes((folder / "c.jpg").read_bytes())
    scanned(job)
    given = tmp_path / "wanted.txt"
    given.write_text("a.jpg\nnobody.jpg\nsame.jpg\nd.jpg\n")
    (folder / "drop.txt").write_text("d.jpg\n")
    verdicts = judged(job, keep=given)
    assert (verdicts["a.jpg"], verdicts["d.jpg"]) == ("kept", "kept")
    warnings = job.progress.warnings  # type: ignore[attr-defined]  # Notes
    assert warnings == [
        f"{given}, line 2: nobody.jpg is no path or id of a poster",
        f"{given}, line 3: same.jpg was left out by the scan: same file as c.jpg",
        "d.jpg is both to be kept and to be dropped: it is kept",
    ]


def test_a_changed_list_is_something_to_do(job: Job, folder: Path) -> None:
    before = TriageStage().outside(job)
    (folder / "keep.txt").write_text("# nothing\n")
    assert TriageStage().outside(job) == before
    (folder / "keep.txt").write_text("a.jpg\n")
    assert TriageStage().outside(job) != before


def test_a_list_that_is_not_there_is_named(job: Job, tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match=r"no file .*wanted\.txt; give one that is there with triage\.keep"):
        TriageStage(keep=tmp_path / "wanted.txt").check(job)


def test_where_nothing_is_left_it_is_said_why(job: Job) -> None:
    Image.new("RGB", (20, 30), "white").save(job.images / "a.png")
    Image.new("RGB", (20, 30), "black").save(job.images / "b.png")
    scanned(job)
    with pytest.raises(ImagesError, match=r"leaves no poster \(2 blank\); turn a rule off"):
        judged(job)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"near": "dorp"}, "did you mean 'drop'?"),
        ({"blank": "true"}, "neither drop, report nor off"),
        ({"near_likeness": 1.5}, "near_likeness = 1.5 is not 0 to 1"),
        ({"template_count": 1}, "template_count = 1 is not at least 2"),
        ({"near_hash": "300"}, "near_hash = 300 is not 0 to 256"),
        ({"near_likeness": "nan"}, "near_likeness = nan is not 0 to 1"),
        ({"template_likeness": float("nan")}, "template_likeness = nan is not 0 to 1"),
        ({"near_colour": -3}, "near_colour = -3.0 is not 0 to 361"),
        ({"near_colour": "inf"}, "near_colour = inf is not 0 to 361"),
        ({"blank_deviation": "nan"}, "blank_deviation = nan is not 0 to 127"),
        ({"blank_deviation": 127.5}, "blank_deviation = 127.5 is not 0 to 127"),
    ],
)
def test_an_option_out_of_range_is_named(options: Mapping[str, object], said: str) -> None:
    with pytest.raises(OptionError) as error:
        build(TriageStage, options, "triage")
    assert said in str(error.value)


def test_the_page_shows_groups_and_what_to_write_and_loads_nothing_from_elsewhere(job: Job, folder: Path) -> None:
    (folder / "b.jpg").rename(folder / "b&<i>.jpg")
    images = scanned(job)
    judged(job)
    text = page(job)
    assert text.index("<code>b&amp;&lt;i&gt;.jpg</code>") < text.index("<code>a.jpg</code>")
    assert "to keep it, into keep.txt:" in text
    assert "<i>" not in text
    assert not re.findall(r"https?:|<script|style=", text)
    kept = job.work.path(artifacts.TRIAGED)
    shown = re.findall(r'src="(thumbs/[0-9a-f]{64}\.jpg)"', text)
    assert shown == [f"thumbs/{images.sha256[images.path.index(path)]}.jpg" for path in ("b&<i>.jpg", "a.jpg")]
    assert [decode(kept / thumb).height for thumb in shown] == [200, 180]


def test_many_groups_are_on_many_pages(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.stages.triage.page.GROUPS", 2)
    for number in range(5):
        Image.new("RGB", (20, 30), (number, 9, 9)).save(folder / f"blank{number}.png")
    scanned(job)
    judged(job)
    assert [page(job, name).count("<ul>") for name in ("index.html", "page-2.html", "page-3.html")] == [2, 2, 2]
    assert 'href="page-3.html"' in page(job, "page-2.html")


def test_what_was_compared_once_is_not_compared_again(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(job)
    before = judged(job)

    def fail(*_: object) -> Resemblance:
        raise AssertionError("looked again")

    monkeypatch.setattr("mapmaker.stages.triage.closely.resemblance", fail)
    assert judged(job) == before


def remembered(job: Job) -> list[str]:
    return (job.work.cache("triage") / f"pairs-{closely.VERSION}.csv").read_text().splitlines()


def test_an_interrupted_comparison_goes_on_where_it_was(
    job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of_one(folder, 6)
    scanned(job)
    looked: list[int] = []

    def stopping(one: Sequence[Floats], other: Sequence[Floats]) -> Resemblance:
        looked.append(len(looked))
        if len(looked) == 5:
            assert len(remembered(job)) == 4  # what a kill would leave
            raise KeyboardInterrupt
        return resemblance(one, other)

    monkeypatch.setattr(closely, "SAVED_EVERY", 2)
    monkeypatch.setattr(closely, "resemblance", stopping)
    with pytest.raises(KeyboardInterrupt):
        judged(job)
    assert len(remembered(job)) == 4
    judged(job)
    assert len(remembered(job)) == len(looked) - 1


def test_what_is_no_candidate_today_is_still_known_tomorrow_if_its_files_are_there(
    job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_of_one(folder, 4)
    scanned(job)
    judged(job)
    before = remembered(job)
    for name in ("film0.jpg", "film1.jpg"):  # the same bytes
        (folder / name).unlink()
    (folder / "drop.txt").write_text("film2.jpg\n")
    picture = decode(folder / "c.jpg")
    picture.resize((picture.width // 2, picture.height // 2)).save(folder / "new.jpg")
    images = scanned(job)
    judged(job, near_rank=1, template="off")
    here = {digest for digest, present in zip(images.sha256, images.present, strict=True) if present}
    kept = [line for line in before if here.issuperset(line.split(",")[:2])]
    assert len(before) > len(kept) >= 2
    assert set(kept) < set(remembered(job))
    assert here.issuperset(digest for line in remembered(job) for digest in line.split(",")[:2])


def test_each_file_is_decoded_once_for_all_its_pairs_and_anew_if_it_changed(
    job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Image.Image] = []

    def counting(picture: Image.Image) -> list[Floats]:
        decoded.append(picture)
        return views(picture)

    monkeypatch.setattr(closely, "views", counting)
    compare = closely.Compare(folder)
    alike_ones = compare(["a.jpg", "b.jpg"])
    assert compare(["a.jpg", "c.jpg"]) != alike_ones
    assert len(decoded) == 3
    decode(folder / "c.jpg").save(folder / "a.jpg", quality=97)
    assert compare(["a.jpg", "b.jpg"]) != alike_ones
    assert len(decoded) == 4
    assert compare(["a.jpg", "nobody.jpg"]) is None


def test_a_large_scan_is_not_decoded_whole(job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode(folder / "c.jpg").resize((1600, 2400)).save(folder / "e.jpg")
    sizes: list[tuple[int, int]] = []

    def noting(picture: Image.Image) -> list[Floats]:
        sizes.append(picture.size)
        return views(picture)

    monkeypatch.setattr(closely, "views", noting)
    seen = closely.Compare(folder)(["c.jpg", "e.jpg"])
    assert seen is not None and seen.likeness > 0.95
    assert sizes[1] == (400, 600)


def test_the_order_of_verdicts_is_that_of_rows_and_each_is_a_name(job: Job, folder: Path) -> None:
    scanned(job)
    judged(job)
    with job.work.path(artifacts.SELECTION).open(newline="") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["near", "kept", "kept", "kept"]


@pytest.mark.parametrize(
    ("pairs", "order", "groups"),
    [
        ([], [0, 1], []),
        ([(0, 1), (1, 2)], [0, 1, 2], [Group(0, [1])]),  # 2 is not like 0: no chain
        ([(0, 1), (1, 2)], [1, 0, 2], [Group(1, [0, 2])]),
        ([(0, 1), (2, 3), (1, 2)], [0, 1, 2, 3], [Group(0, [1]), Group(2, [3])]),
    ],
)
def test_every_member_of_a_group_is_like_the_one_kept(
    pairs: Sequence[tuple[int, int]], order: Sequence[int], groups: Sequence[Group]
) -> None:
    assert in_groups(pairs, order) == groups


def test_pairs_are_alike_in_shape_and_colour() -> None:
    seen = {(0, 1): Resemblance(0.9, 1), (0, 2): Resemblance(0.8, 1), (1, 2): Resemblance(0.9, 20)}
    assert alike(seen, 0.85, 12) == [(0, 1)]


def test_exact_copies_are_those_that_the_scan_tells_so(job: Job, folder: Path) -> None:
    (folder / "e.jpg").write_bytes((folder / "c.jpg").read_bytes())
    decode(folder / "c.jpg").save(folder / "f.png")
    (folder / "g.jpg").write_text("no picture")
    scanned(job)
    assert exact_copies(artifacts.read_rejects(job.work)) == {"c.jpg": ["e.jpg", "f.png"]}


def test_what_was_found_is_told_in_words(job: Job, folder: Path) -> None:
    (folder / "e.jpg").write_bytes((folder / "c.jpg").read_bytes())
    scanned(job)
    stage = TriageStage(near_rank=50)
    figures = stage.run(job)
    assert stage.summary(figures) == "3 posters kept; 1 duplicate, 1 near-duplicate"
    assert told({**figures, "near": 0, "duplicates": 0, "template_reported": 7}) == ["7 made from a template reported"]
