"""The list beside the map: read as a visitor without JavaScript reads it, link by link."""

import dataclasses
import errno
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts, shelves
from mapmaker.errors import ArtifactError
from mapmaker.hosts import Beside, beside_tiles, list_pages, mean_texts
from mapmaker.methods.engines.local import Local
from mapmaker.model import Clusters
from mapmaker.progress import Silence
from mapmaker.stages.compose import strips
from mapmaker.stages.compose.catalog import Catalog
from mapmaker.stages.compose.strips import Cutter, strip_zoom
from mapmaker.stages.compose.twin import Twin
from mapmaker.workspace import Workspace
from mapmaker_site.pages import Book
from mapmaker_tiles import Store, TileError

from .drawn import COUNT, Seen, catalog, colour, paint


def drawn(folder: Path, of: Catalog) -> Catalog:
    """Write tiles of the zoom that strips are cut from."""
    return paint(folder, of, strip_zoom(of.tiles))


def written(folder: Path, twin: Twin) -> dict[str, Seen]:
    """Write the pages; return what is on each, by its name in list/."""
    found = {}
    for path, page in twin.pages():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(page.render())
        assert page.render() == (folder / path).read_bytes()
        seen = Seen()
        seen.feed((folder / path).read_text(encoding="utf-8"))
        seen.close()
        found[Path(path).name] = seen
    return found


@pytest.fixture(scope="module")
def twin() -> Twin:
    made = catalog()
    return Twin(dataclasses.replace(made, galleries=True), Book(made.title, "en", hidden=True), "All <b>of</b> it")


@pytest.fixture(scope="module")
def pages(twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    return written(tmp_path_factory.mktemp("site"), twin)


def listed(seen: Seen) -> list[str]:
    """Return the ids of the posters on a page, its strip left out."""
    links = [link for link in seen.links if link["href"].startswith("../index.html#")]
    return [link["href"].partition("#")[2] for link in links if "title" not in link]


def reached(pages: dict[str, Seen]) -> Iterator[str]:
    """Yield every page that links lead to from the first."""
    waiting, known = ["index.html"], {"index.html"}
    while waiting:
        name = waiting.pop()
        yield name
        for link in pages[name].links:
            target = link["href"].partition("#")[0]
            if target and not target.startswith(("../", "https://")) and target not in known:
                known.add(target)
                waiting.append(target)


def test_every_poster_is_on_exactly_one_page_of_titles(pages: dict[str, Seen], twin: Twin) -> None:
    shown = Counter(id_ for name, seen in pages.items() if name.startswith("titles-") for id_ in listed(seen))
    assert shown == dict.fromkeys(twin.catalog.images.id, 1)
    assert [name for name in pages if name.startswith("titles-")] == ["titles-1.html", "titles-2.html", "titles-3.html"]
    assert all(100 <= len(listed(pages[f"titles-{number}.html"])) <= 300 for number in (1, 2, 3))


def test_every_page_can_be_reached_from_the_first_and_every_link_leads_somewhere(pages: dict[str, Seen]) -> None:
    assert set(reached(pages)) == set(pages)
    for name, seen in pages.items():
        assert len(seen.ids) == len(set(seen.ids))
        for link in seen.links:
            target, _, anchor = link["href"].partition("#")
            if target.startswith(("../", "https://")):
                galleries = ["../clusters/index.html", "../clusters/c-0_1.html", "../clusters/c-1_1.html"]
                assert target.startswith("https://example.org/") or target in ["../index.html", *galleries]
            elif anchor:
                assert anchor in pages[target or name].ids
            else:
                assert target in pages


def test_shelves_hold_what_they_say(pages: dict[str, Seen], twin: Twin) -> None:
    metadata, ids = twin.catalog.metadata, twin.catalog.images.id
    on: dict[str, list[str]] = {}
    for name, seen in pages.items():
        on.setdefault(name.rpartition("-")[0], []).extend(listed(seen))
    for decade in range(1920, 2020, 10):
        expected = {ids[n] for n, year in enumerate(metadata.year) if year and decade <= year < decade + 10}
        assert set(on[f"{decade}s"]) == expected
    assert set(on["undated"]) == {ids[n] for n, year in enumerate(metadata.year) if year is None}
    for tag in {tag for tags in metadata.tags for tag in tags}:
        expected = {ids[n] for n, tags in enumerate(metadata.tags) if tag in tags}
        assert sum(set(posters) == expected for stem, posters in on.items() if stem.startswith("tag-")) == 1


def test_titles_are_sorted_without_accents_and_letters_lead_to_where_they_begin(
    pages: dict[str, Seen], twin: Twin
) -> None:
    titles = dict(zip(twin.catalog.images.id, twin.catalog.metadata.title, strict=True))
    order = [shelves.folded(titles[id_]) for number in (1, 2, 3) for id_ in listed(pages[f"titles-{number}.html"])]
    letters = [title for title in order if title[:1].isalpha()]
    assert order[len(order) - len(letters) :] == letters == sorted(letters)  # what begins with none comes first
    jumps = [link["href"] for link in pages["titles-2.html"].links if "titles-" in link["href"] and "#" in link["href"]]
    assert [jump.partition("#")[2] for jump in jumps] == [
        "other", "letter-a", "letter-e", "letter-u", "letter-z", "letter-43c",
    ]  # fmt: skip


def test_pages_follow_one_another(pages: dict[str, Seen]) -> None:
    def turns(number: int) -> dict[str, str]:
        return {link["rel"]: link["href"] for link in pages[f"titles-{number}.html"].links if "rel" in link}

    assert turns(1) == {"next": "titles-2.html"}
    assert turns(2) == {"prev": "titles-1.html", "next": "titles-3.html"}
    assert turns(3) == {"prev": "titles-2.html"}


def test_nothing_on_a_page_can_run_whatever_a_title_or_tag_says(pages: dict[str, Seen]) -> None:
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "link",
        "body",
        "a",
        "header",
        "nav",
        "ol",
        "ul",
        "li",
        "main",
        "h1",
        "h2",
    }
    allowed |= {"p", "div", "img", "span", "bdi", "dl", "dt", "dd"}
    for seen in pages.values():
        assert set(seen.tags) <= allowed
        assert not any(name == "style" or name.startswith("on") for name in seen.attributes)
    assert "<script>alert(1)</script>" in pages["titles-1.html"].text
    assert max(len(seen.text) for seen in pages.values()) < 30_000  # a text is cut where nobody reads on


def test_a_page_is_in_order_for_a_screen_reader(pages: dict[str, Seen]) -> None:
    for seen in pages.values():
        assert seen.headings[0] == 1
        assert seen.headings.count(1) == 1
        assert seen.tags["main"] == seen.tags["img"] == 1
        assert seen.links[0]["href"] == "#posters"
        assert seen.pictures[0]["alt"]
        assert "posters" in seen.ids


def test_the_first_page_says_what_there_is(pages: dict[str, Seen], twin: Twin) -> None:
    text = pages["index.html"].text
    assert "520 posters · 1920 to 2019 · 4 tags · 2 clusters" in text
    for said in ("A <map>", "All <b>of</b> it", "Without a year", "Group <1>", "Author", "Jane"):
        assert said in text
    assert "Contact" not in text
    assert text.count("Attribution") == 1
    told = [number for number in range(60) if f"Museum <{number}>" in text]
    assert len(told) == 48  # all that are in the table, each once
    assert all(text.count(f"Museum <{number}>") == 1 for number in told)
    bare = dataclasses.replace(twin.catalog, clusters=Clusters(np.full(COUNT, -1, np.int32), []), galleries=False)
    nothing = dataclasses.replace(bare.metadata, year=[None] * COUNT, tags=[()] * COUNT)
    alone = Twin(dataclasses.replace(bare, metadata=nothing), twin.book, "")
    assert alone.shelves == {}
    assert {path.rpartition("-")[0] for path, _ in alone.pages()} == {"", "list/titles"}


def test_of_thousands_of_tags_the_most_frequent_have_pages_and_the_first_page_says_so(tmp_path: Path) -> None:
    tags = [(f"pair {number // 2}", f"once {number}", f"more {number}") for number in range(COUNT)]
    made = Twin(catalog(tags=tags), Book("Many"), "")
    pages = written(tmp_path, made)
    names = [name for name in pages if name.startswith("tag-")]
    assert len(names) == 200
    assert all(len(listed(pages[name])) == 2 for name in names)
    assert "The 200 most frequent of 1,300 tags." in pages["index.html"].text
    few = Twin(catalog(tags=[(f"pair {n // 2}" if n < 20 else f"once {n}",) for n in range(COUNT)]), Book("Few"), "")
    assert "The 10 most frequent of 510 tags, those with at least 2 posters." in few.contents()


def test_slugs_are_safe_and_different_for_whatever_is_different() -> None:
    names = [
        "Drama",
        "drama",
        "DRAMA",
        "Sci-Fi",
        "Sci Fi",
        "../..",
        "",
        "a" * 300,
        "a" * 301,
        "Война",
        "мир",
        "é",
        "e--1",
        "x\ud800",
    ]
    found = shelves.slugs(names)
    assert len(set(found.values())) == len(names)
    assert all(slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for slug in found.values())
    assert all(len(slug) <= 60 for slug in found.values())
    assert shelves.slugs(["Film Noir", "Crime"]) == {"Film Noir": "film-noir", "Crime": "crime"}


@pytest.mark.parametrize("cell", [(48, 72), (96, 144), (80, 120), (40, 60)])
def test_a_strip_shows_the_posters_that_its_links_name(cell: tuple[int, int], tmp_path: Path) -> None:
    made = drawn(tmp_path / "tiles", catalog(cell=cell))
    width, height = made.tiles.cell_at(strip_zoom(made.tiles))
    assert (width, height) == {(96, 144): (48, 72)}.get(cell, cell)
    twin = Twin(made, Book("Colours"), "")
    posters = twin.on_strips()
    cells = {
        path: [tuple(made.arrangement.cells[poster].tolist()) for poster in some] for path, some in posters.items()
    }
    (tmp_path / "cache").mkdir()
    cut = Cutter(made.tiles, tmp_path / "cache", Store(tmp_path), {}).strips(cells, Local(1), Silence())
    pages = written(tmp_path / "site", twin)
    assert {Path(path).stem for path in cut} == {Path(name).stem for name in pages}
    ids = {id_: poster for poster, id_ in enumerate(made.images.id)}
    for path, file in cut.items():
        seen = pages[f"{Path(path).stem}.html"]
        named = [ids[link["href"].partition("#")[2]] for link in seen.links if "title" in link]
        assert named == list(posters[path])
        assert seen.pictures[0]["src"] == Path(path).name
        assert seen.pictures[0]["width"] == str(48 * len(named))
        with Image.open(file) as strip:
            assert strip.size == (width * len(named), height)
            shown = np.asarray(strip.convert("RGB")).astype(int)
        for place, poster in enumerate(named):
            middle = shown[height // 2, place * width + width // 2]
            assert np.abs(middle - colour(poster)).max() <= 12, (path, place)


def test_strips_are_made_once_by_any_number_of_hands_and_only_while_they_are_needed(tmp_path: Path) -> None:
    made = drawn(tmp_path / "tiles", catalog())
    twin, bytes_of = Twin(made, Book("Colours"), ""), {}
    cells = {
        path: [tuple(made.arrangement.cells[poster].tolist()) for poster in some]
        for path, some in twin.on_strips().items()
    }
    for hands in (1, 2):
        cache = tmp_path / f"cache-{hands}"
        cache.mkdir()
        cutter = Cutter(made.tiles, cache, Store(tmp_path), {})
        first = cutter.strips(cells, Local(hands), Silence())
        bytes_of[hands] = {path: file.read_bytes() for path, file in first.items()}
        stamps = {file: file.stat().st_mtime_ns for file in first.values()}
        assert cutter.strips(cells, Local(1), Silence()) == first
        assert {file: file.stat().st_mtime_ns for file in first.values()} == stamps
        assert set(cache.iterdir()) == set(first.values())
    assert bytes_of[1] == bytes_of[2]
    few = dict(list(cells.items())[:3])
    assert set(cache.iterdir()) > set(cutter.strips(few, Local(1), Silence()).values()) == set(cache.iterdir())


def test_a_tile_that_is_damaged_or_lost_is_named(tmp_path: Path) -> None:
    made = drawn(tmp_path / "tiles", catalog())
    (tmp_path / "cache").mkdir()
    cutter = Cutter(made.tiles, tmp_path / "cache", Store(tmp_path), {})
    (tmp_path / "tiles/3/0/0.webp").write_bytes(b"no picture")
    with pytest.raises(TileError, match=r"cannot read the tile .*0\.webp"):
        cutter.strips({"one": [(0, 0)]}, Local(1), Silence())
    assert list((tmp_path / "cache").iterdir()) == []  # least of all the spool
    with pytest.raises(TileError, match="is not listed"):
        Cutter(dataclasses.replace(made.tiles, files={}), tmp_path / "cache", Store(tmp_path), {}).strips(
            {"one": [(0, 0)]}, Local(1), Silence()
        )


def test_nothing_waits_in_the_cache_after_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drawn(tmp_path / "tiles", catalog())
    (tmp_path / "cache").mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for place in ("_put", "_encoded", "replacing"):
        monkeypatch.setattr(strips, place, full)
        with pytest.raises(OSError, match="No space left"):
            Cutter(made.tiles, tmp_path / "cache", Store(tmp_path), {}).strips({"one": [(0, 0)]}, Local(1), Silence())
        monkeypatch.undo()
        assert list((tmp_path / "cache").iterdir()) == []


def test_what_a_user_calls_list_leads_back_to_the_list(tmp_path: Path) -> None:
    made = catalog(tags=[("List",)] * COUNT)
    pages = written(tmp_path, Twin(made, Book("List"), ""))
    for name, seen in pages.items():
        trail = [link["href"] for link in seen.links if "/ol/" in link["within"]]
        assert trail == ["../index.html", "index.html"][: 1 if name == "index.html" else 2], name


def test_the_first_page_leads_to_the_galleries_if_there_are_any(twin: Twin, tmp_path: Path) -> None:
    labels, (one, other) = twin.catalog.clusters.labels, twin.catalog.clusters.clusters
    clusters = Clusters(labels, [one, dataclasses.replace(other, slug="74", name="")])
    made = dataclasses.replace(twin.catalog, clusters=clusters)
    seen = written(tmp_path, Twin(made, twin.book, ""))["index.html"]
    assert "Cluster 74" in seen.text
    assert "../clusters/74_1.html" in {link["href"] for link in seen.links}
    without = written(tmp_path, Twin(dataclasses.replace(made, galleries=False), twin.book, ""))["index.html"]
    assert not any("clusters/" in link["href"] for link in without.links)
    assert "2 clusters" in without.text


def test_words_of_the_user_are_marked_with_their_language_and_ours_are_not(twin: Twin, tmp_path: Path) -> None:
    pages = written(tmp_path, Twin(twin.catalog, Book("Ä", "de"), "Alle"))
    for seen in pages.values():
        assert seen.languages[0] == ("html", "en")
        assert {tag for tag, language in seen.languages if language == "de"} >= {"a", "ul"}
        assert {language for _, language in seen.languages} == {"en", "de"}
    assert {"h1", "p", "dd", "meta"} <= {tag for tag, _ in pages["index.html"].languages}
    assert all(("bdi", "de") in seen.languages for name, seen in pages.items() if name.startswith("tag-"))
    assert "bdi" not in {tag for tag, _ in pages["titles-1.html"].languages}  # A to Z
    english = written(tmp_path, twin)
    assert all(seen.languages == [("html", "en")] for seen in english.values())


def test_what_the_list_takes_is_foretold(twin: Twin, tmp_path: Path) -> None:
    made = twin.catalog
    plain = dataclasses.replace(made.metadata, title=[f"A title {number}" for number in range(COUNT)])
    made = dataclasses.replace(made, metadata=plain)
    pages = [len(page.render()) for _, page in Twin(made, twin.book, "").pages()]
    foretold = list_pages(plain, range(COUNT))
    assert len(pages) <= foretold.count <= len(pages) + 2  # two shelves are of more than 450 posters
    assert foretold.size == pytest.approx(sum(pages), rel=0.07)
    posters = Twin(made, twin.book, "").on_strips()
    pictures = sum(map(len, posters.values()))
    assert pictures <= foretold.pictures <= pictures + 2 * 24


# Of a real build.


def test_a_build_writes_the_list_unless_it_is_told_not_to(posters: Path, tmp_path: Path) -> None:
    def build(**compose: object) -> mm.Report:
        table = posters / "metadata.csv"
        return mm.build(
            posters, tmp_path / "map", table, tmp_path / "work", extractor="classic", workers=1, compose=compose
        )

    build()
    folder = tmp_path / "map/list"
    before = {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}
    assert {"index.html", "index.webp", "titles-1.html", "titles-1.webp"} <= set(before)
    assert 'href="list/index.html"' in (tmp_path / "map/index.html").read_text(encoding="utf-8")
    assert (folder / "../assets/list.css").is_file()
    assert build(author="Jane").ran == ["compose"]
    after = {path.name: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"index.html"}  # the rest are the same files
    build(list=False)
    assert not folder.exists()
    assert "list/" not in (tmp_path / "map/index.html").read_text(encoding="utf-8")


def test_what_the_list_of_a_build_takes_is_counted_with_the_site(posters: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "map", tmp_path / "work"
    mm.build(posters, out, posters / "metadata.csv", work, workers=1, extractor="classic", poster_size=32)
    tiles = len(json.loads((work / artifacts.TILES / "index.json").read_bytes())["files"])
    with Workspace(work) as held:
        metadata = artifacts.read_metadata(held)
        arrangement = artifacts.read_arrangement(held)
        clusters = [len(one.members) for one in artifacts.read_clusters(held, name=artifacts.CURATED).clusters]
    share = beside_tiles(arrangement, mean_texts(metadata, range(len(metadata)), Beside(), clusters), tiles)
    files = [path for path in out.rglob("*") if path.is_file() and not path.is_relative_to(out / "tiles")]
    assert share.files == len(files)


def test_a_damaged_tile_is_one_line_that_says_what_to_do(posters: Path, tmp_path: Path) -> None:
    mm.build(posters, tmp_path / "map", work=tmp_path / "work", extractor="classic", workers=1)
    folder = tmp_path / "work" / artifacts.TILES
    for path in folder.glob("*/*/*.webp"):
        path.unlink()
        path.write_bytes(b"no picture")
    for path in (tmp_path / "work/cache/strips").iterdir():
        path.unlink()
    with pytest.raises(ArtifactError, match="and build again"):
        mm.build(posters, tmp_path / "map", work=tmp_path / "work", extractor="classic", workers=1, title="Other")
