"""Each fault that is planted is found, by the right file, and said in words."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import mapmaker as mm
from mapmaker.checks import Kind
from mapmaker.checks.fault import SPELLED_OUT
from mapmaker.hosts import HOSTS

from .planted import MANIFEST, Copy

Plant = Callable[[Copy], object]
TILE = "tiles/2/0/0.webp"
SHARD = "posters/0-0"
MAP = "data/map.js"
TITLES = "list/titles-1.html"


def alter(name: str, change: Callable[[Any], object]) -> Plant:
    """Return what changes the value of a script in place, the manifest agreeing."""

    def plant(copy: Copy) -> None:
        value = copy.value(name)
        change(value)
        copy.put(name, value)

    return plant


def assign(name: str, **fields: Any) -> Plant:
    """Return what gives keys of a script's value other values."""
    return alter(name, lambda value: value.update(fields))


def poster(**fields: Any) -> Plant:
    """Return what gives the first poster other values."""
    return alter(SHARD, lambda value: value["posters"][0].update(fields))


def flip(name: str) -> Plant:
    def plant(copy: Copy) -> None:
        content = bytearray((copy.root / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy.root / name).write_bytes(content)

    return plant


def cut(name: str) -> Plant:
    return lambda copy: copy.write(name, (copy.root / name).read_bytes()[:-40])


def picture(size: tuple[int, int], kind: str) -> Plant:
    def plant(copy: Copy) -> None:
        Image.new("RGB", size).save(copy.root / TILE, kind)
        copy.sign()

    return plant


def in_head(markup: str, name: str = TITLES) -> Plant:
    return lambda copy: copy.replace(name, "</head>", f"{markup}\n</head>")


def in_body(markup: str, name: str = TITLES) -> Plant:
    return lambda copy: copy.replace(name, "</main>", f"{markup}\n</main>")


def link_to(target: Path | str, name: str) -> Plant:
    def plant(copy: Copy) -> None:
        (copy.root / name).unlink()
        (copy.root / name).symlink_to(target)

    return plant


def instead(name: str, make: Callable[[Path], object]) -> Plant:
    """Return what makes something else where a file is."""

    def plant(copy: Copy) -> None:
        (copy.root / name).unlink()
        make(copy.root / name)

    return plant


def entry(name: str, digest: Any = "0" * 64) -> Plant:
    return lambda copy: copy.list_all({**copy.listed(), name: digest})


def edit(copy: Copy, name: str, old: bytes, new: bytes) -> None:
    """Change bytes of a file behind the manifest's back."""
    content = (copy.root / name).read_bytes()
    assert old in content
    (copy.root / name).write_bytes(content.replace(old, new, 1))


def swap_ids(value: dict[str, int]) -> None:
    first, second = list(value)[:2]
    value[first], value[second] = value[second], value[first]


def first_hole(copy: Copy) -> None:
    """Put the last poster of the first shard also on a hole."""
    hole = copy.value("map")["holes"][0]
    name = f"posters/{hole % 17 // 16}-0"
    alter(name, lambda value: value["posters"].append({**value["posters"][-1], "cell": hole, "id": "new"}))(copy)


FAULTS: dict[str, tuple[Plant, Kind, str, str]] = {
    "no manifest": (lambda copy: (copy.root / MANIFEST).unlink(), Kind.MISSING, MANIFEST, "is neither there"),
    "a manifest of another": (
        lambda copy: (copy.root / MANIFEST).write_text('{"generator": "x", "files": {}}'),
        Kind.MANIFEST,
        MANIFEST,
        "does not name mapmaker",
    ),
    "a manifest cut": (
        lambda copy: os.truncate(copy.root / MANIFEST, 90),
        Kind.MANIFEST,
        MANIFEST,
        "is no manifest of ours",
    ),
    "a manifest of another version": (
        lambda copy: edit(copy, MANIFEST, b'"version": 1', b'"version": 2'),
        Kind.MANIFEST,
        MANIFEST,
        "has other bytes than were built",
    ),
    "a manifest with a path twice": (
        lambda copy: edit(copy, MANIFEST, b'"files": {', b'"files": {\n"index.html": "x",'),
        Kind.MANIFEST,
        MANIFEST,
        "has other bytes than were built",
    ),
    "a manifest of depth": (
        lambda copy: (copy.root / MANIFEST).write_text("[" * 100_000),
        Kind.MANIFEST,
        MANIFEST,
        "nests too deeply",
    ),
    "an absolute path": (entry("/etc/passwd"), Kind.MANIFEST, MANIFEST, "'/etc/passwd', which is no path below"),
    "a path upwards": (entry("../outside.txt"), Kind.MANIFEST, MANIFEST, "'../outside.txt', which is no path"),
    "a path with NUL": (entry("a\0b"), Kind.MANIFEST, MANIFEST, "which is no path below"),
    "a digest of none": (entry("index.html", 3), Kind.MANIFEST, MANIFEST, "has no SHA-256 of index.html"),
    "a tile gone": (lambda copy: (copy.root / TILE).unlink(), Kind.MISSING, TILE, "is missing"),
    "a tile that is a folder": (
        instead(TILE, Path.mkdir),
        Kind.MISSING,
        TILE,
        "is missing",
    ),
    "a tile that is a pipe": (
        instead(TILE, os.mkfifo),
        Kind.LINKED,
        TILE,
        "is no file",
    ),
    "a byte of a tile": (flip(TILE), Kind.CHANGED, TILE, "has other bytes than were built"),
    "a byte of a page": (flip("index.html"), Kind.CHANGED, "index.html", "has other bytes"),
    "a byte of a strip": (flip("list/titles-1.webp"), Kind.CHANGED, "list/titles-1.webp", "has other bytes"),
    "an empty file": (
        lambda copy: (copy.root / "assets/viewer.js").write_bytes(b""),
        Kind.CHANGED,
        "assets/viewer.js",
        "has other bytes",
    ),
    "data behind a link": (link_to("/etc/passwd", MAP), Kind.LINKED, MAP, "is a link, not a file of its own"),
    "a link to itself": (link_to("facets.js", "data/facets.js"), Kind.LINKED, "data/facets.js", "is a link"),
    "a file left behind": (
        lambda copy: (copy.root / "assets/old.js").write_text("x"),
        Kind.UNLISTED,
        "assets/old.js",
        "is not of this map",
    ),
    "a link left behind": (
        lambda copy: (copy.root / "list/old.html").symlink_to("/etc/passwd"),
        Kind.UNLISTED,
        "list/old.html",
        "is not of this map",
    ),
    "map.js cut": (cut(MAP), Kind.DATA, MAP, "is not the one statement"),
    "another version": (assign("map", version=99), Kind.DATA, MAP, "version is 99, not a whole number from 2 to 2"),
    "a field gone": (alter("map", lambda value: value.pop("idPrefix")), Kind.DATA, MAP, "lacks 'idPrefix'"),
    "a field of another type": (assign("map", title=None), Kind.DATA, MAP, "title is None, not a text"),
    "true for a number": (assign("map", shardSide=True), Kind.DATA, MAP, "shardSide is True"),
    "a wrong count": (assign("map", count=31), Kind.DATA, MAP, "31 posters and 4 holes do not fill 17 x 2 cells"),
    "holes without order": (
        alter("map", lambda value: value["holes"].reverse()),
        Kind.DATA,
        MAP,
        "holes do not ascend",
    ),
    "a hole beyond": (
        alter("map", lambda value: value["holes"].append(34)),
        Kind.DATA,
        MAP,
        "a hole, 34, lies beyond",
    ),
    "a giant grid": (
        assign("map", columns=10**6, rows=10**6, holes=[], count=10**12),
        Kind.DATA,
        MAP,
        "more than these files can be of",
    ),
    "a giant cell": (
        lambda copy: (
            assign("map", cell={"width": 10**8, "height": 10**8})(copy),
            alter("map", lambda value: value["tiles"].update(maxZoom=22))(copy),
        ),
        Kind.DATA,
        MAP,
        "are more than any map has",
    ),
    "more tiles than bytes": (
        lambda copy: (
            assign("map", cell={"width": 10**5, "height": 10**6})(copy),
            alter("map", lambda value: value["tiles"].update(maxZoom=12))(copy),
        ),
        Kind.DATA,
        MAP,
        "cannot be in these files",
    ),
    "an odd tile size": (
        alter("map", lambda value: value["tiles"].update(size=511)),
        Kind.DATA,
        MAP,
        "tile_size must be even",
    ),
    "a wrong zoom": (
        alter("map", lambda value: value["tiles"].update(maxZoom=5)),
        Kind.DATA,
        MAP,
        "maxZoom is 5, but for these sizes it must be 2",
    ),
    "an unknown type of tiles": (
        alter("map", lambda value: value["tiles"].update(extension="exe")),
        Kind.DATA,
        MAP,
        "extension is 'exe', not one of avif, jpg, webp",
    ),
    "search without titles": (assign("map", search=["director"]), Kind.DATA, MAP, "search is ['director'], not"),
    "a cluster beyond": (
        alter("map", lambda value: value["clusters"][0].update(cell=[17, 0])),
        Kind.DATA,
        MAP,
        "its cell [17, 0] lies beyond the grid",
    ),
    "a cluster too large": (
        alter("map", lambda value: value["clusters"][0].update(size=29)),
        Kind.DATA,
        MAP,
        "cluster 0 should have 29 posters and has",
    ),
    "a cluster's middle elsewhere": (
        alter("map", lambda value: value["clusters"][0].update(cell=value["clusters"][1]["cell"])),
        Kind.DATA,
        MAP,
        "cluster 0 has its middle,",
    ),
    "two clusters of one slug": (
        alter("map", lambda value: value["clusters"][1].update(slug=value["clusters"][0]["slug"])),
        Kind.DATA,
        MAP,
        "cluster 1: another has its slug",
    ),
    "a cluster without a name": (
        alter("map", lambda value: value["clusters"][0].pop("name")),
        Kind.DATA,
        MAP,
        "cluster 0: lacks 'name'",
    ),
    "a wrong facet": (
        assign("map", facets={"years": False, "tags": True}),
        Kind.DATA,
        MAP,
        "facets.years is False, but the posters say True",
    ),
    "a tile never painted": (lambda copy: copy.remove(TILE), Kind.TILE, TILE, "is neither there nor in the manifest"),
    "a tile too many": (
        lambda copy: copy.write("tiles/2/9/9.webp", (copy.root / TILE).read_bytes()),
        Kind.TILE,
        "tiles/2/9/9.webp",
        "no poster reaches there",
    ),
    "a small tile": (picture((256, 512), "WEBP"), Kind.TILE, TILE, "has 256 x 512 pixels, not 512 x 512"),
    "a tile of another type": (picture((512, 512), "PNG"), Kind.TILE, TILE, "cannot be read as a picture of type WEBP"),
    "a giant tile": (
        lambda copy: copy.write(TILE, b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff"),
        Kind.TILE,
        TILE,
        "WEBP",
    ),
    "a shard cut": (cut(f"data/{SHARD}.js"), Kind.DATA, f"data/{SHARD}.js", "is not the one statement"),
    "a shard gone": (
        lambda copy: copy.remove("data/posters/1-0.js"),
        Kind.MISSING,
        "data/posters/1-0.js",
        "is neither there nor in the manifest",
    ),
    "a shard too many": (
        lambda copy: copy.put("posters/0-1", copy.value(SHARD)),
        Kind.DATA,
        "data/posters/0-1.js",
        "is of cells that hold no poster",
    ),
    "a shard of posters alone": (
        alter(SHARD, lambda value: value.pop("columns")),
        Kind.DATA,
        f"data/{SHARD}.js",
        "lacks 'columns'",
    ),
    "a column twice": (
        assign(SHARD, columns=["family", "family"]),
        Kind.DATA,
        f"data/{SHARD}.js",
        "columns are not all different",
    ),
    "a poster that is none": (
        alter(SHARD, lambda value: value["posters"].append([])),
        Kind.DATA,
        f"data/{SHARD}.js",
        "a poster: is [], not an object",
    ),
    "a poster gone": (
        alter(SHARD, lambda value: value["posters"].pop()),
        Kind.DATA,
        f"data/{SHARD}.js",
        "has no poster for 1 cells that hold one",
    ),
    "a poster twice": (
        alter(SHARD, lambda value: value["posters"].append(value["posters"][-1])),
        Kind.DATA,
        f"data/{SHARD}.js",
        "the cell has another poster",
    ),
    "an id twice": (
        alter(SHARD, lambda value: value["posters"][1].update(id=value["posters"][0]["id"])),
        Kind.DATA,
        f"data/{SHARD}.js",
        "has its id",
    ),
    "a hole that holds": (first_hole, Kind.DATA, "", "the cell holds none, or is of another file"),
    "an id of no form": (poster(id="../x"), Kind.DATA, f"data/{SHARD}.js", "id is '../x', not a text of a-z and 0-9"),
    "a script for an address": (poster(url="javascript:1"), Kind.DATA, f"data/{SHARD}.js", "url is 'javascript:1'"),
    "a year of text": (poster(year="1999"), Kind.DATA, f"data/{SHARD}.js", "year is '1999'"),
    "a cluster of none": (poster(cluster=99), Kind.DATA, f"data/{SHARD}.js", "is in cluster 99"),
    "too few values": (poster(more=[]), Kind.DATA, f"data/{SHARD}.js", "has 0 values for 2 columns"),
    "similar to a hole": (
        poster(similar=[10**9]),
        Kind.DATA,
        f"data/{SHARD}.js",
        "of cells that hold none: 1000000000",
    ),
    "similar to one twice": (
        alter(SHARD, lambda value: value["posters"][0].update(similar=value["posters"][0]["similar"][:1] * 2)),
        Kind.DATA,
        f"data/{SHARD}.js",
        "or like another twice",
    ),
    "similar to itself": (
        alter(SHARD, lambda value: value["posters"][0].update(similar=[value["posters"][0]["cell"]])),
        Kind.DATA,
        f"data/{SHARD}.js",
        "is like itself",
    ),
    "ids swapped": (alter("ids/all", swap_ids), Kind.DATA, "data/ids/all.js", "but that poster is in cell"),
    "an id gone": (alter("ids/all", lambda value: value.popitem()), Kind.DATA, "data/ids/all.js", "lacks 1 ids"),
    "an id of nobody": (assign("ids/all", zz=1), Kind.DATA, "data/ids/all.js", "has 1 ids that no poster has"),
    "ids without order": (
        alter("ids/all", lambda value: value.update({(first := next(iter(value))): value.pop(first)})),
        Kind.DATA,
        "data/ids/all.js",
        "has ids that do not ascend",
    ),
    "a list of ids": (lambda copy: copy.put("ids/all", []), Kind.DATA, "data/ids/all.js", "is [], not an object"),
    "ids in another file": (
        lambda copy: copy.put("ids/a", {}),
        Kind.DATA,
        "data/ids/a.js",
        "is of ids that no poster has",
    ),
    "titles too few": (
        alter("search/0", lambda value: value.pop()),
        Kind.DATA,
        "data/search/0.js",
        "title: texts are 29, of 30 posters",
    ),
    "titles off by one": (
        alter("search/0", lambda value: value.insert(0, value.pop())),
        Kind.DATA,
        "data/search/0.js",
        "title: texts of 30 posters are not their own",
    ),
    "another column's texts": (
        lambda copy: copy.put("search/1", copy.value("search/0")),
        Kind.DATA,
        "data/search/1.js",
        "are not their own",
    ),
    "a search list gone": (
        lambda copy: copy.remove("data/search/1.js"),
        Kind.MISSING,
        "data/search/1.js",
        "is neither there",
    ),
    "a search list too many": (
        lambda copy: copy.put("search/9", []),
        Kind.DATA,
        "data/search/9.js",
        "is of no column",
    ),
    "facets too short": (
        alter("facets", lambda value: value["years"].pop()),
        Kind.DATA,
        "data/facets.js",
        "years are 29, of 30 posters",
    ),
    "a year of another": (
        alter("facets", lambda value: value["years"].__setitem__(0, 1)),
        Kind.DATA,
        "data/facets.js",
        "years of 1 posters are not their own",
    ),
    "a tag of another": (
        alter("facets", lambda value: value["tags"].reverse()),
        Kind.DATA,
        "data/facets.js",
        "tags are not those of the posters",
    ),
    "tags without order": (
        alter("facets", lambda value: [own.reverse() for own in value["tagged"]]),
        Kind.DATA,
        "data/facets.js",
        "a poster's tags do not ascend",
    ),
    "a tag beyond": (
        alter("facets", lambda value: value["tagged"].__setitem__(0, [999])),
        Kind.DATA,
        "data/facets.js",
        "tags are not of the right type and range",
    ),
    "a cluster of another": (
        alter("facets", lambda value: value["clusters"].__setitem__(0, -1 if value["clusters"][0] >= 0 else 0)),
        Kind.DATA,
        "data/facets.js",
        "clusters of 1 posters",
    ),
    "a page cut": (cut(TITLES), Kind.PAGE, TITLES, "is cut off"),
    "a page of bytes": (lambda copy: copy.write(TITLES, b"\xff\xfe"), Kind.PAGE, TITLES, "is not UTF-8"),
    "no page": (lambda copy: copy.remove("index.html"), Kind.MISSING, "index.html", "is neither there"),
    "no list": (lambda copy: copy.remove("list/index.html"), Kind.MISSING, "list/index.html", "is neither there"),
    "a link to nowhere": (
        in_body('<a href="gone.html">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to 'gone.html', where nothing is",
    ),
    "a link to no poster": (
        in_body('<a href="../index.html#gone">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to the poster 'gone', which is not on the map",
    ),
    "a link to no place": (in_body('<a href="../index.html#!/x">x</a>'), Kind.LINK, TITLES, "no place and no poster"),
    "a page that is no HTML": (in_body("<![<"), Kind.PAGE, TITLES, "cannot be read as HTML"),
    "a script before the policy": (
        lambda copy: copy.replace("index.html", "<head>", '<head><script src="assets/viewer.js"></script>'),
        Kind.PAGE,
        "index.html",
        "has a script or a style before its Content-Security-Policy",
    ),
    "a link to no anchor": (
        in_body('<a href="index.html#gone">x</a>'),
        Kind.LINK,
        TITLES,
        "leads to 'gone' on list/index.html, which has nothing of that name",
    ),
    "a link out of the folder": (in_body('<a href="../../x">x</a>'), Kind.OUTSIDE, TITLES, "out of the map's folder"),
    "a link from the root": (in_body('<a href="/x">x</a>'), Kind.OUTSIDE, TITLES, "out of the map's folder"),
    "a link to a stranger": (
        in_body('<a href="https://evil.example/">x</a>'),
        Kind.OUTSIDE,
        TITLES,
        "leads to 'https://evil.example/', outside of the map",
    ),
    "a link in capitals": (in_body('<A HREF="//evil.example">x</A>'), Kind.OUTSIDE, TITLES, "'//evil.example'"),
    "an outside picture": (in_body('<img src="https://x.example/a.png">'), Kind.OUTSIDE, TITLES, "loads 'https://x"),
    "an outside picture of a set": (
        in_body('<img srcset="titles-1.webp 1x, //x.example/a.png 2x">'),
        Kind.OUTSIDE,
        TITLES,
        "loads '//x.example/a.png'",
    ),
    "an outside style": (
        in_head('<link rel="stylesheet" href="https://x.example/a.css">'),
        Kind.OUTSIDE,
        TITLES,
        "loads 'https://x.example/a.css'",
    ),
    "an outside script": (
        in_head('<script src="https://x.example/a.js"></script>', "index.html"),
        Kind.OUTSIDE,
        "index.html",
        "loads 'https://x.example/a.js', outside of the map",
    ),
    "an outside frame": (in_body("<iframe src=//x.example></iframe>"), Kind.OUTSIDE, TITLES, "loads '//x.example'"),
    "an inline script": (in_body("<script>alert(1)</script>"), Kind.PAGE, TITLES, "has a script in it"),
    "a script in an attribute": (in_body('<p onclick="alert(1)">x</p>'), Kind.PAGE, TITLES, "attribute onclick of <p>"),
    "a page in an attribute": (
        in_body('<iframe srcdoc="&lt;script>">x</iframe>'),
        Kind.PAGE,
        TITLES,
        "attribute srcdoc",
    ),
    "a script in a link": (in_body('<a href="javascript:alert(1)">x</a>'), Kind.PAGE, TITLES, "has a script in it"),
    "a script in an odd link": (in_body("<a href='JavaScript:alert(1)'>x</a>"), Kind.PAGE, TITLES, "script in it"),
    "a page that turns away": (
        in_head('<meta http-equiv="refresh" content="0;https://x.example">'),
        Kind.PAGE,
        TITLES,
        "an element <meta> that leads elsewhere",
    ),
    "another base": (in_head('<base href="https://x.example/">'), Kind.PAGE, TITLES, "<base> that leads elsewhere"),
    "no policy": (
        lambda copy: copy.replace("index.html", "Content-Security-Policy", "X"),
        Kind.PAGE,
        "index.html",
        "has no Content-Security-Policy",
    ),
    "a weak policy": (
        lambda copy: copy.replace("index.html", "script-src 'self'", "script-src 'self' 'unsafe-inline'"),
        Kind.PAGE,
        "index.html",
        "allows script-src 'unsafe-inline'",
    ),
    "an open policy": (
        lambda copy: copy.replace("index.html", "default-src 'none'; ", ""),
        Kind.PAGE,
        "index.html",
        "does not begin with nothing",
    ),
    "another address": (
        lambda copy: copy.replace(TITLES, "https://me.example/", "https://you.example/"),
        Kind.OUTSIDE,
        TITLES,
        "tells of 'https://you.example/map/list/titles-1.html'",
    ),
    "a picture to tell of gone": (
        lambda copy: copy.remove("assets/overview.jpg"),
        Kind.LINK,
        "index.html",
        "leads to 'assets/overview.jpg', where nothing is",
    ),
    "a script gone": (
        lambda copy: copy.remove("assets/viewer.js"),
        Kind.LINK,
        "index.html",
        "leads to 'assets/viewer.js', where nothing is",
    ),
    "a style that imports": (
        lambda copy: copy.write("assets/list.css", b"@import 'https://x.example/a.css';"),
        Kind.OUTSIDE,
        "assets/list.css",
        "loads 'https://x.example/a.css'",
    ),
    "a style with a font": (
        lambda copy: copy.write("assets/list.css", b"a{src:url( //x.example/a.woff2 )}"),
        Kind.OUTSIDE,
        "assets/list.css",
        "loads '//x.example/a.woff2",
    ),
    "a style with a lost picture": (
        lambda copy: copy.write("assets/list.css", b"a{background:url(a.png)}"),
        Kind.LINK,
        "assets/list.css",
        "loads 'a.png', where nothing is",
    ),
    "a viewer that asks elsewhere": (
        lambda copy: copy.write("assets/viewer.js", b'fetch("https://x.example/a")'),
        Kind.OUTSIDE,
        "assets/viewer.js",
        "loads 'https://x.example/a'",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(copy: Copy, name: str) -> None:
    plant, kind, file, problem = FAULTS[name]
    plant(copy)
    checked = mm.check(copy.root)
    found = [(fault.kind, fault.file, fault.problem) for fault in checked.faults]
    assert any(fault[0] is kind and (not file or fault[1] == file) and problem in fault[2] for fault in found), found
    assert not checked.whole
    assert all(fault.remedy for fault in checked.faults)
    assert all(len(fault.problem.splitlines()) == 1 for fault in checked.faults)


@pytest.mark.parametrize("host", ["github-pages", "cloudflare-pages"])
def test_what_is_more_than_a_host_takes_is_found(
    copy: Copy, packed_copy: Copy, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(HOSTS[host], most_files=20, most_bytes=100_000, most_file_bytes=50_000)
    monkeypatch.setitem(HOSTS, host, small)
    assert mm.check(copy.root).whole
    found = {(fault.kind, fault.file, fault.problem.split()[1]) for fault in mm.check(copy.root, host).faults}
    assert {(Kind.LIMIT, "", "files"), (Kind.LIMIT, "", "bytes")} <= found
    assert {file for _, file, _ in found} >= {"assets/viewer.js"}
    told = " ".join(fault.problem for fault in mm.check(packed_copy.root, host).faults)
    assert ("answers no requests for a part of a file" in told) == (host == "cloudflare-pages")


def test_where_a_host_has_no_limit_what_maps_aim_at_counts(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HOSTS, "s3", replace(HOSTS["s3"], aim_files=20))
    (fault,) = mm.check(copy.root, "s3").faults
    assert "files are more than the 20 for S3 and the like" in fault.problem
    monkeypatch.setitem(HOSTS, "s3", replace(HOSTS["s3"], aim_files=20, most_files=1000))
    assert mm.check(copy.root, "s3").whole


def test_all_faults_are_counted_and_some_of_each_kind_spelled_out(copy: Copy) -> None:
    for number in range(SPELLED_OUT + 5):
        (copy.root / f"assets/old-{number}.js").write_text("x")
    (copy.root / TILE).unlink()
    checked = mm.check(copy.root)
    assert checked.count == SPELLED_OUT + 6
    assert checked.more == {"unlisted": 5}
    assert [fault.kind for fault in checked.faults].count(Kind.UNLISTED) == SPELLED_OUT
    assert (Kind.MISSING, TILE) in [(fault.kind, fault.file) for fault in checked.faults]


def test_a_file_that_cannot_be_read_is_found(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def refuse(path: Path, *more: Any, **options: Any) -> Any:
        if path.name == "facets.js":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(Path, "open", refuse)
    found = {(fault.kind, fault.file, fault.problem) for fault in mm.check(copy.root).faults}
    for kind in (Kind.CHANGED, Kind.MISSING):
        assert (kind, "data/facets.js", "cannot be read: Permission denied") in found


def test_nothing_outside_the_folder_is_read(copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "0.js").write_bytes((copy.root / "data/search/0.js").read_bytes())
    shutil.rmtree(copy.root / "data/search")
    (copy.root / "data/search").symlink_to(outside, target_is_directory=True)
    copy.list_all({**copy.listed(), "../outside/0.js": "0" * 64, str(outside / "0.js"): "0" * 64})
    seen: list[str] = []
    opened = Path.open

    def watch(path: Path, *more: Any, **options: Any) -> Any:
        seen.append(os.path.realpath(path))
        return opened(path, *more, **options)

    monkeypatch.setattr(Path, "open", watch)
    checked = mm.check(copy.root)
    assert "data/search/0.js" in {fault.file for fault in checked.faults}
    assert seen
    assert all(name.startswith(f"{copy.root.resolve()}{os.sep}") for name in seen)


ARCHIVE = "tiles/map-0.pmtiles"


def swapped_archives(copy: Copy) -> None:
    first, second = (copy.root / f"tiles/map-{number}.pmtiles" for number in (0, 1))
    content = first.read_bytes(), second.read_bytes()
    first.write_bytes(content[1])
    second.write_bytes(content[0])
    copy.sign()


def patched(at: int, byte: int) -> Plant:
    """Return what puts a byte into the first archive."""

    def plant(copy: Copy) -> None:
        content = bytearray((copy.root / ARCHIVE).read_bytes())
        content[at] = byte
        copy.write(ARCHIVE, bytes(content))

    return plant


ARCHIVED: dict[str, tuple[Plant, str, str]] = {
    "gone": (lambda copy: copy.remove(ARCHIVE), ARCHIVE, "is neither there nor in the manifest"),
    "too many": (
        lambda copy: copy.write("tiles/map-99.pmtiles", b"x"),
        "tiles/map-99.pmtiles",
        "is none of the archives",
    ),
    "swapped": (swapped_archives, ARCHIVE, "begins with the tile id"),
    "another first tile": (
        alter("map", lambda value: value["tiles"]["archives"].append(value["tiles"]["archives"].pop() + 1)),
        "",
        "lacks 1 tiles: 2/",
    ),
    "archives out of order": (
        alter("map", lambda value: value["tiles"]["archives"].reverse()),
        MAP,
        "not ascending from 0",
    ),
    "cut": (cut("tiles/map-1.pmtiles"), "tiles/map-1.pmtiles", "it is cut off"),
    "another format": (patched(0, 0), ARCHIVE, "it does not begin as one of version 3 does"),
    "another compression": (patched(98, 2), ARCHIVE, "it is compressed otherwise"),
    "a broken directory": (patched(140, 255), ARCHIVE, "is no archive of tiles: a directory"),
    "a shifted picture": (
        lambda copy: patched(56, (copy.root / ARCHIVE).read_bytes()[56] - 1)(copy),
        ARCHIVE,
        "cannot be read as a picture of type WEBP",
    ),
    "no overview": (lambda copy: copy.remove("tiles/0/0/0.webp"), "tiles/0/0/0.webp", "is neither there"),
}


@pytest.mark.parametrize("name", ARCHIVED)
def test_a_fault_of_archives_is_found(packed_copy: Copy, name: str) -> None:
    plant, file, problem = ARCHIVED[name]
    plant(packed_copy)
    found = [(fault.file, fault.problem) for fault in mm.check(packed_copy.root).faults]
    assert any(file in ("", fault[0]) and problem in fault[1] for fault in found), found


@pytest.fixture(scope="session")
def scratch(clean: Path, packed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Copy]:
    """Copies of both maps, to break and make good again."""
    place = tmp_path_factory.mktemp("scratch")
    return [Copy(Path(shutil.copytree(site, place / site.parent.name))) for site in (clean, packed)]


CHANGES = st.tuples(
    st.integers(0, 10**6), st.floats(0, 1), st.sampled_from(["flip", "cut", "drop", "add"]), st.integers(0, 255)
)


def damaged(content: bytes, at: float, how: str, byte: int) -> bytes:
    """Return other bytes than `content`."""
    place = min(int(at * len(content)), len(content) - 1)
    before, after = content[:place], content[place + 1 :]
    if how == "flip":
        return before + bytes([content[place] ^ (byte or 1)]) + after
    if how == "add":
        return before + bytes([byte]) + content[place:]
    return before if how == "cut" else before + after


@pytest.mark.parametrize("which", [0, 1], ids=["files", "archives"])
@given(change=CHANGES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_byte_that_changes_in_data_is_found(
    scratch: list[Copy], which: int, change: tuple[int, float, str, int]
) -> None:
    root = scratch[which].root
    files = sorted(path for path in (root / "data").rglob("*") if path.is_file())
    file, content = files[change[0] % len(files)], files[change[0] % len(files)].read_bytes()
    file.write_bytes(damaged(content, *change[1:]))
    try:
        assert not mm.check(root).whole
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("which", [0, 1], ids=["files", "archives"])
@given(change=CHANGES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_on_damage_that_the_manifest_agrees_with(
    scratch: list[Copy], which: int, change: tuple[int, float, str, int]
) -> None:
    copy = scratch[which]
    files = sorted(path for path in copy.root.rglob("*") if path.is_file() and path.stat().st_size)
    files = [path for path in files if path.name != "manifest.json"]
    file, manifest = files[change[0] % len(files)], (copy.root / MANIFEST).read_bytes()
    content = file.read_bytes()
    copy.write(file.relative_to(copy.root).as_posix(), damaged(content, *change[1:]))
    try:
        assert mm.check(copy.root).files
    finally:
        file.write_bytes(content)
        (copy.root / MANIFEST).write_bytes(manifest)


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data(), wrong=WRONG)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_on_values_of_another_kind_anywhere(
    scratch: list[Copy], data: st.DataObject, wrong: Any
) -> None:
    copy = scratch[data.draw(st.integers(0, 1))]
    name = data.draw(st.sampled_from(["map", "facets", "ids/all", "search/0", SHARD]))
    value = before = copy.value(name)
    path: list[tuple[Any, Any]] = []
    while isinstance(before, dict | list) and before and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(before) if isinstance(before, dict) else range(len(before))))
        path.append((before, key))
        before = before[key]
    inside, key = path[-1]
    kept = (copy.root / f"data/{name}.js").read_bytes(), (copy.root / MANIFEST).read_bytes()
    inside[key] = wrong
    copy.put(name, value)
    try:
        checked = mm.check(copy.root)
        same = json.dumps(wrong) == json.dumps(before)
        assert same or not checked.whole or name == "map" or key in ("title", "more") or isinstance(wrong, str)
    finally:
        (copy.root / f"data/{name}.js").write_bytes(kept[0])
        (copy.root / MANIFEST).write_bytes(kept[1])
