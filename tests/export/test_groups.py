"""Exported clusters: collages, tables, archives, and what becomes of files that stand there."""

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.cli import main
from mapmaker.errors import ImagesError, InputError, OptionError, OutputError
from mapmaker.export.groups import Groups
from mapmaker.export.output import LISTED, Folder
from mapmaker.filenames import Names, safe, safe_stem
from mapmaker.finished import typical
from mapmaker.workspace import Workspace

from .conftest import COUNT, MEMBERS, Mapped, pixels

SMALL = {"cell": "20x30"}


def by_likeness(mapped: Mapped, members: list[int]) -> list[str]:
    """Return the ids of members by distance from their mean, the plain way."""
    vectors = artifacts.read_features(Workspace(mapped.work), artifacts.VECTORS).values
    mean = [sum(float(vectors[row][d]) for row in members) / len(members) for d in range(vectors.shape[1])]
    far = {row: sum((float(v) - m) ** 2 for v, m in zip(vectors[row], mean, strict=True)) for row in members}
    return [mapped.images().id[row] for row in sorted(members, key=lambda row: far[row])]


def names(folder: Path) -> set[str]:
    """Return all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_each_cluster_has_a_collage_and_its_posters_stand_in_both_tables(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.clusters(tmp_path / "out")
    told = json.loads((made.out / "clusters.json").read_text(encoding="utf-8"))["clusters"]
    assert [cluster["slug"] for cluster in told] == list(MEMBERS)
    with (made.out / "clusters.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == ["cluster", "name", "id", "path", "title", "year"]
    for cluster in told:
        rows = [row for row in table if row["cluster"] == cluster["slug"]]
        expected = by_likeness(mapped, MEMBERS[cluster["slug"]])
        assert [row["id"] for row in rows] == [poster["id"] for poster in cluster["posters"]] == expected
        assert {row["name"] for row in rows} == {cluster["name"]} == {cluster["slug"].title()}
        for row, poster in zip(rows, cluster["posters"], strict=True):
            assert {**row, "year": int(row["year"])} == {**poster, "cluster": row["cluster"], "name": row["name"]}
            assert row["title"] == f"Film {Path(row['path']).stem}"
            assert row["year"] == "1990"
        size = len(expected)
        assert (cluster["size"], cluster["shown"], cluster["originals"]) == (size, size, None)
        shape = pixels(made.out / cluster["collage"]).shape
        assert shape == (-(-size // 6) * 180, min(size, 6) * 120, 3)
    size = sum((made.out / name).stat().st_size for name in names(made.out) - {LISTED})
    assert made.figures == {"clusters": 3, "posters": 10, "files": 5, "bytes": size, "gone": 0}


def test_a_collage_shows_the_most_typical_in_order(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.clusters(tmp_path / "out", columns=2, cell="40x60", most=3, quality=98, background="black")
    drawn = pixels(made.out / "collages" / "alike.jpg")
    assert drawn.shape == (120, 80, 3)
    images = mapped.images()
    for place, id_ in enumerate(by_likeness(mapped, MEMBERS["alike"])[:3]):
        left, top = place % 2 * 40, place // 2 * 60
        with Image.open(mapped.posters / images.path[images.id.index(id_)]) as image:
            expected = np.asarray(image.convert("RGB").resize((40, 60), Image.Resampling.LANCZOS)).astype(np.int16)
        assert np.abs(drawn[top : top + 60, left : left + 40] - expected).mean() < 4
    assert drawn[62:, 42:].max() < 8
    told = json.loads((made.out / "clusters.json").read_text(encoding="utf-8"))["clusters"][0]
    assert (told["size"], told["shown"], len(told["posters"])) == (7, 3, 7)


def test_what_is_typical_is_near_the_mean_and_equals_keep_their_order() -> None:
    vectors = np.array([[9, 0], [1, 0], [0, 0], [1, 0], [-1, 0]], np.float32)  # their mean is [2, 0]
    assert typical(vectors).tolist() == [1, 3, 2, 4, 0]
    assert typical(vectors[:1]).tolist() == [0]


def test_captions_stand_below_the_posters(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.clusters(tmp_path / "out", captions=True, only="few")
    drawn = pixels(made.out / "collages" / "few.jpg")
    assert drawn.shape == (198, 240, 3)
    below = drawn[180:]
    assert below.min() < 100
    assert np.median(below) > 250


def test_originals_come_as_they_are_under_names_of_their_own(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.clusters(tmp_path / "out", originals=True, **SMALL)
    images = mapped.images()
    for slug, members in MEMBERS.items():
        with zipfile.ZipFile(made.out / f"{slug}.zip") as archive:
            assert archive.testzip() is None
            infos = archive.infolist()
            assert {info.compress_type for info in infos} == {zipfile.ZIP_STORED}
            assert len({info.filename.casefold() for info in infos}) == len(infos) == len(members)
            assert not any("/" in info.filename for info in infos)
            held = sorted(hashlib.sha256(archive.read(info)).hexdigest() for info in infos)
        assert held == sorted(images.sha256[row] for row in members)
    again = mapped.clusters(tmp_path / "again", originals=True, **SMALL)
    for name in names(made.out):
        assert (made.out / name).read_bytes() == (again.out / name).read_bytes()


def test_only_some_clusters_are_exported_if_that_is_asked(mapped: Mapped, tmp_path: Path) -> None:
    made = mapped.clusters(tmp_path / "out", only=("alone", "few"), **SMALL)
    assert names(made.out) == {"clusters.csv", "clusters.json", LISTED, "collages/few.jpg", "collages/alone.jpg"}
    with pytest.raises(OptionError, match="no cluster 'alikes': did you mean 'alike'"):
        mapped.clusters(tmp_path / "other", only=["few", "alikes"])
    assert not (tmp_path / "other").exists()


def test_what_an_earlier_export_left_goes_and_files_of_the_users_stay(mapped: Mapped, tmp_path: Path) -> None:
    out = tmp_path / "out"
    mapped.clusters(out, originals=True, **SMALL)
    (out / "notes.txt").write_text("mine")
    (out / "collages" / "own.jpg").write_text("mine, too")
    (out / "few.zip").write_bytes(b"mine now")
    made = mapped.clusters(out, only="alike", **SMALL)
    assert made.figures["gone"] == 4  # two collages and two archives
    ours = {"clusters.csv", "clusters.json", LISTED, "collages/alike.jpg"}
    assert names(out) == ours | {"notes.txt", "collages/own.jpg", "few.zip"}
    assert (out / "few.zip").read_bytes() == b"mine now"


def test_a_file_of_the_users_is_written_over_only_by_force(mapped: Mapped, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "clusters.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"clusters\.csv is there and is none of ours"):
        mapped.clusters(out, **SMALL)
    assert names(out) == {"clusters.csv"}
    mapped.clusters(out, force=True, **SMALL)
    mapped.clusters(out, **SMALL)
    with (out / "clusters.csv").open("a") as file:
        file.write("a line of mine\n")
    before = (out / "clusters.csv").read_bytes()
    with pytest.raises(OutputError, match=r"clusters\.csv is there and was changed"):
        mapped.clusters(out, **SMALL)
    assert (out / "clusters.csv").read_bytes() == before


@pytest.mark.parametrize("after", range(6))
def test_an_export_that_was_killed_is_done_again_without_force(
    mapped: Mapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed after so many files were put in their places: what stands there is old or new, and known for ours."""
    out = tmp_path / "out"
    mapped.clusters(out, **SMALL)
    replace = Path.replace
    moved: list[Any] = []

    def dying(self: Path, target: Any) -> Path:
        if ".fresh" in str(self):
            if len(moved) == after:
                raise KeyboardInterrupt
            moved.append(target)
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", dying)
        with pytest.raises(KeyboardInterrupt) if after < 5 else pytest.MonkeyPatch.context():
            mapped.clusters(out, background="black", quality=50, **SMALL)
    assert names(out) == {"clusters.csv", "clusters.json", LISTED} | {f"collages/{slug}.jpg" for slug in MEMBERS}
    mapped.clusters(out, quality=70, **SMALL)
    mapped.clusters(tmp_path / "plain", quality=70, **SMALL)
    assert all((out / name).read_bytes() == (tmp_path / "plain" / name).read_bytes() for name in names(out))


def test_originals_that_are_gone_are_told_and_left_out(own: Mapped, tmp_path: Path) -> None:
    images = own.images()
    gone, other = images.path[1], images.path[2]
    (own.posters / gone).unlink()
    Image.new("RGB", (80, 120), "red").save(own.posters / other)
    made = own.clusters(tmp_path / "out", originals=True, **SMALL)
    assert set(made.missing) == {gone}
    assert made.changed == [other]
    assert [line.partition(" ")[0] for line in made.notes] == [gone.partition(" ")[0], other.partition(" ")[0]]
    with zipfile.ZipFile(made.out / "few.zip") as archive:
        (info,) = archive.infolist()
        assert archive.read(info) == (own.posters / other).read_bytes()
    for row in (0, *MEMBERS["alike"], *MEMBERS["alone"], 2):
        (own.posters / images.path[row]).unlink(missing_ok=True)
    with pytest.raises(ImagesError, match="not one of the 10 images"):
        own.clusters(tmp_path / "other", **SMALL)
    assert not (tmp_path / "other").exists()


def test_a_map_without_clusters_is_refused(own: Mapped, tmp_path: Path) -> None:
    (own.work / artifacts.CURATED).write_text(json.dumps({"posters": COUNT, "clusters": []}))
    record = json.loads((own.work / "compose.record.json").read_text())
    record["inputs"][artifacts.CURATED] = hashlib.sha256((own.work / artifacts.CURATED).read_bytes()).hexdigest()
    (own.work / "compose.record.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="has no clusters"):
        own.clusters(tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": 0}, "columns = 0 is below 1"),
        ({"most": "x"}, "most = 'x' is no whole number"),
        ({"cell": "120"}, "cell = '120' is not like 120x180"),
        ({"cell": "0x180"}, "cell = '0x180' is not like"),
        ({"quality": 101}, "quality = 101 is above 100"),
        ({"fit": "crop"}, "fit = 'crop' is not one of"),
        ({"background": "bluish"}, "background = 'bluish' is no colour"),
        ({"cell": "70000x10"}, "a collage of 60 posters in 6 columns of 70000x10 is 420,000 x 100 pixels"),
        ({"most": 5000, "cell": "120x180"}, "is 720 x 150,120 pixels"),
        ({"colums": 5}, "did you mean 'columns'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    mapped: Mapped, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        mapped.clusters(tmp_path / "out", **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_places_that_will_not_do_are_refused(own: Mapped, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        own.clusters(tmp_path / "file")
    with pytest.raises(OutputError, match="would be on the next map"):
        own.clusters(own.posters / "clusters")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_list_of_ours_that_names_files_elsewhere_harms_none(mapped: Mapped, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    digest = hashlib.sha256(b"mine").hexdigest()
    out = tmp_path / "out"
    out.mkdir()
    told = {"generator": "mapmaker", "version": 1, "files": {"../victim.txt": [digest], str(victim): [digest]}}
    (out / LISTED).write_text(json.dumps(told))
    mapped.clusters(out, **SMALL)
    assert victim.read_text() == "mine"


def test_the_folder_is_left_as_it_was_where_filling_it_fails(mapped: Mapped, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out", ["a"], force=False)
    with pytest.raises(OutputError, match="cannot write"), folder.filling():
        folder.fresh("a").write_text("half")
        raise OSError(28, "No space left on device")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", [safe, safe_stem])
@given(st.text(max_size=300) | st.sampled_from(["." * 200 + "x", "con", "a" * 99 + ". b"]))
def test_any_name_becomes_one_that_every_system_takes(how: Callable[[str], str], name: str) -> None:
    made = how(name)
    assert 0 < len(made) <= 101
    assert made.isprintable()
    assert not set(made) & set('<>:"/\\|?*')
    assert made == made.strip(" ")
    assert not made.endswith(".")
    assert not made.startswith(".")
    made.encode()


def test_names_that_windows_keeps_for_devices_are_changed_and_plain_ones_are_not() -> None:
    for name in ("con", "CON.jpg", "nul.tar.gz", "com1.png"):
        assert safe(name) == f"_{name}"
    for name in ("a poster.jpg", "Ä-1.png", "console.jpg"):
        assert safe(name) == name
    assert safe("..") == "_"


def test_a_name_that_is_taken_gets_a_number() -> None:
    given_names = Names()
    assert [given_names.own(name) for name in ("p.jpg", "P.JPG", "p.jpg", "p (2).jpg", "q.jpg")] == [
        "p.jpg",
        "P (2).JPG",
        "p (3).jpg",
        "p (2) (2).jpg",
        "q.jpg",
    ]


def test_the_command_says_where_the_clusters_are(
    own: Mapped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.folder)
    assert main(["export", "clusters", "--only", "few", "alone", "--cell", "20x30", "--workers", "1", "--quiet"]) == 0
    assert "2 clusters with 3 posters" in capsys.readouterr().out
    assert (own.folder / "clusters" / "collages" / "few.jpg").is_file()
    assert main(["export", "clusters", "--only", "fwe"]) == 2
    assert capsys.readouterr().err == "mapmaker: no cluster 'fwe': did you mean 'few'?\n"
    assert main(["export", "clusters", "--originals", "--captions", "--json", "--quiet", "--workers", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["clusters"] == 3


def test_options_are_what_the_page_in_docs_lists() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    for name in Groups.__dataclass_fields__:
        assert f"`--{name}" in page
    assert mm.export_clusters.__doc__
