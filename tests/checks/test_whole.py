"""Maps as they are built are whole, whatever they hold, and telling so changes nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mapmaker as mm
from mapmaker.checks.record import VERSION
from mapmaker.checks.scripts import value_of
from mapmaker.errors import OptionError, OutputError, SiteError
from mapmaker.stages.compose import contract
from mapmaker.stages.compose.tree import Contents, replace_site
from tests.conftest import Pictures, Tree

from .planted import Copy

Maps = Callable[..., Path]
HOSTILE = "</script><script>alert(1)</script>\"'&{{7*7}}\u2028${x}<!--\x00\t\u202e"


def test_a_map_as_built_is_whole_and_stays_as_it_is(clean: Path, tree: Tree) -> None:
    before = tree(clean)
    checked = mm.check(clean)
    assert list(checked.faults) == []
    assert checked.whole
    assert checked.more == {}
    files = [path for path in clean.rglob("*") if path.is_file()]
    assert checked.files == len(files)
    assert checked.bytes == sum(path.stat().st_size for path in files)
    assert checked.posters == 30
    assert checked.tiles == len(list(clean.glob("tiles/*/*/*.webp"))) > 4
    assert tree(clean) == before


def test_the_map_that_faults_are_planted_in_has_all_that_a_map_can_have(clean: Path) -> None:
    copy = Copy(clean)
    told = copy.value("map")
    assert told["holes"]
    assert told["clusters"]
    assert told["facets"] == {"years": True, "tags": True}
    assert len(told["search"]) > 1
    assert len(list(clean.glob("data/posters/*.js"))) == 2
    assert any(poster["url"] for poster in copy.value("posters/0-0")["posters"])
    assert len(list(clean.glob("list/*.html"))) > 5


def test_what_is_checked_is_the_contract_that_is_written() -> None:
    assert VERSION == contract.VERSION


@pytest.mark.parametrize(
    "options",
    [
        {"compose": {"tiles": "pmtiles"}},
        {"compose": {"list": False}},
        {"clusters": {"eps": 1e-9}},
        {"format": "jpeg", "raster": {"gap": 3, "margin": 50}},
        {"raster": {"fit": "contain"}, "poster_size": 16},
        {"columns": 40, "rows": 40},
    ],
    ids=["archive", "no list", "no clusters", "jpeg, gap, margin", "one tile", "many holes"],
)
def test_every_kind_of_map_is_whole(make_map: Maps, options: dict[str, Any]) -> None:
    checked = mm.check(make_map(**options))
    assert list(checked.faults) == []
    assert checked.posters == 30


def test_a_map_of_archives_is_whole(packed: Path) -> None:
    assert len(list(packed.glob("tiles/*.pmtiles"))) > 1
    checked = mm.check(packed)
    assert list(checked.faults) == []
    assert checked.tiles > 4


def test_a_map_of_one_poster_without_metadata_is_whole(pictures: Pictures, tmp_path: Path) -> None:
    mm.build(pictures(tmp_path / "posters", 1), tmp_path / "map", workers=1, extractor="classic", layout="pca")
    assert list(mm.check(tmp_path / "map").faults) == []


def test_a_map_with_hostile_words_is_whole(pictures: Pictures, tmp_path: Path) -> None:
    images = pictures(tmp_path / "posters", 5)
    odd = images / "half \udcff.png"
    (images / "p04.png").rename(odd)
    words = HOSTILE.replace('"', '""').replace("\x00", "")
    rows = [f'p0{number}.png,"{words} {number}",19{number}0,"{words}|{words}|b","{words}"' for number in range(4)]
    urls = [',https://example.org/?a=%22&b=\'<>""&amp;&#39;', ",javascript:alert(1)", ",https:///", ",HTTP://X"]
    table = tmp_path / "table.csv"
    lines = [f"{row}{url}" for row, url in zip(rows, urls, strict=True)]
    table.write_text("\n".join(["filename,title,year,tags,mood,url", *lines]) + "\n", encoding="utf-8")
    told: dict[str, Any] = {"title": HOSTILE + "\ud800", "description": HOSTILE, "author": HOSTILE, "contact": HOSTILE}
    mm.build(images, tmp_path / "map", table, workers=1, extractor="classic", layout="pca", **told)
    assert list(mm.check(tmp_path / "map").faults) == []


def test_files_of_the_users_outside_our_folders_do_no_harm(copy: Copy) -> None:
    for name in ("CNAME", "robots.txt", ".git/config", "notes/a.html"):
        (copy.root / name).parent.mkdir(exist_ok=True)
        (copy.root / name).write_text("<script>mine</script>")
    (copy.root / "link").symlink_to("/etc")
    assert mm.check(copy.root).whole


def test_a_map_behind_a_link_is_checked_where_it_is(copy: Copy, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(copy.root, target_is_directory=True)
    assert mm.check(tmp_path / "link").whole


@pytest.mark.parametrize("what", ["nothing", "a file", "an empty folder", "a page", "a link to itself"])
def test_what_is_no_map_is_said_to_be_none(tmp_path: Path, what: str) -> None:
    place = tmp_path / "map"
    if what == "a file":
        place.write_text("x")
    elif what == "a link to itself":
        place.symlink_to(place)
    elif what != "nothing":
        place.mkdir()
    if what == "a page":
        (place / "index.html").write_text("<p>hello")
    with pytest.raises(OutputError, match="no map in ") as caught:
        mm.check(place)
    assert len(str(caught.value).splitlines()) == 1


def test_a_host_that_is_not_known_is_refused(clean: Path) -> None:
    with pytest.raises(OptionError, match=r"--host = 'github' is not known: did you mean 'github-pages'\?"):
        mm.check(clean, "github")


def test_every_host_takes_a_small_map(clean: Path) -> None:
    for host in ("github-pages", "cloudflare-pages", "s3"):
        assert mm.check(clean, host).whole


def test_a_broken_map_never_takes_the_place_of_a_good_one(
    posters: Path, tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"extractor": "classic", "layout": "pca", "workers": 1, "work": tmp_path / "work"}
    mm.build(posters, tmp_path / "map", **options)
    before = tree(tmp_path / "map")

    def forgetful(out: Path, contents: Contents, *more: Any) -> list[str]:
        return replace_site(out, {name: some for name, some in contents.items() if name != "data/facets.js"}, *more)

    monkeypatch.setattr("mapmaker.stages.compose.stage.replace_site", forgetful)
    with pytest.raises(
        SiteError, match=r"facets\.js is neither there nor in the manifest.*please report this"
    ) as caught:
        mm.build(posters, tmp_path / "map", title="Another", **options)
    assert len(str(caught.value).splitlines()) == 1
    assert tree(tmp_path / "map") == before
    assert {path.name for path in tmp_path.iterdir()} == {"map", "work"}
    monkeypatch.undo()
    mm.build(posters, tmp_path / "map", title="Another", **options)
    assert mm.check(tmp_path / "map").whole


def test_a_build_reads_again_what_it_wrote(posters: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"extractor": "classic", "layout": "pca", "workers": 1, "work": tmp_path / "work"}
    mm.build(posters, tmp_path / "map", **options)
    shutil.rmtree(tmp_path / "map")
    tile = sorted((tmp_path / "work/tiles").glob("*/*/*.webp"))[-1]
    content = bytearray(tile.read_bytes())
    content[-9] ^= 1
    tile.unlink()
    tile.write_bytes(content)  # as a failing disk would
    with pytest.raises(SiteError, match=rf"{tile.name} has other bytes than were built; build with another --work"):
        mm.build(posters, tmp_path / "map", compose={"list": False}, **options)
    assert not (tmp_path / "map").exists()


def test_a_value_is_framed_as_the_contract_says() -> None:
    assert value_of(contract.script("ids/a", {"a1": 3}), "ids/a", once=True) == {"a1": 3}
    for content, problem in (
        (b"", "is not the one statement"),
        (b'(self.mapmaker??=[]).push(["map",1]);', "is not the one statement"),
        (b'(self.mapmaker??=[]).push(["map",1]);\r\n', "is not the one statement"),
        (b"(self.mapmaker??=[]).push(" + b"[" * 100_000 + b");\n", "nests too deeply"),
        (b'(self.mapmaker??=[]).push(["map",NaN]);\n', "is no JSON"),
        (b'(self.mapmaker??=[]).push(["map",' + b"1" * 5000 + b"]);\n", "limit"),
        (b'(self.mapmaker??=[]).push(["map","</script>"]);\n', "must be escaped"),
        (b'(self.mapmaker??=[]).push(["facets",1]);\n', "does not hand over 'map' and a value"),
        (b'(self.mapmaker??=[]).push(["map",null]);\n', "does not hand over 'map' and a value"),
        (b'(self.mapmaker??=[]).push(["map",{"a":1,"a":2}]);\n', "has 'a' twice"),
        (b'(self.mapmaker??=[]).push(["map",1]);alert(1);\n', "is no JSON"),
        (b"\xff", "is not UTF-8 at byte 0"),
    ):
        with pytest.raises(ValueError, match=problem):
            value_of(content, "map", once=True)
