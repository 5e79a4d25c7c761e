"""Limits of hosts, and the largest posters that fit, against a site that was built."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker
from mapmaker import artifacts
from mapmaker.errors import OptionError
from mapmaker.hosts import (
    HOSTS,
    Beside,
    Host,
    SitePlan,
    Texts,
    beside_tiles,
    byte_size,
    contents,
    limits,
    mean_texts,
    plan_site,
    poster_sizes,
)
from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata, Neighbors
from mapmaker.shelves import most_pages
from mapmaker.stages.compose import contract
from mapmaker.stages.compose.catalog import Catalog, similar_cells
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker.stages.compose.vectors import likenesses, quantiles
from mapmaker.workspace import Workspace
from mapmaker_site import ASSETS, read_asset
from mapmaker_tiles import Encoding, Pyramid

WEBP, JPEG = Encoding("webp"), Encoding("jpeg")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("800MB", 800_000_000),
        ("1GB", 10**9),
        ("0.5 gb", 5 * 10**8),
        ("25MiB", 25 * 2**20),
        ("1000", 1000),
        (7, 7),
        (0, 0),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str | int, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "-1", "1TB", "1,000", "GB", -5])
def test_what_is_no_size_is_refused(text: str | int) -> None:
    with pytest.raises(OptionError, match="is no size: write it as 800MB"):
        byte_size(text)


def test_what_is_given_goes_over_what_the_host_has() -> None:
    pages = limits("github-pages")
    assert pages == HOSTS["github-pages"]
    assert (pages.aim_bytes, pages.aim_files) == (800_000_000, 20_000)
    own = limits("github-pages", "300MB", 5_000)
    assert (own.aim_bytes, own.aim_files, own.most_bytes) == (300_000_000, 5_000, 10**9)
    assert limits() == Host("", "the limits given")
    with pytest.raises(OptionError, match="did you mean 'github-pages'"):
        limits("github-page")
    with pytest.raises(OptionError, match="max_files = -1 is below 0"):
        limits("s3", max_files=-1)


def test_no_aim_is_beyond_the_limit_that_it_stands_for() -> None:
    for host in HOSTS.values():
        for aim, most in ((host.aim_bytes, host.most_bytes), (host.aim_files, host.most_files)):
            assert most is None or (aim is not None and aim <= most)


def test_what_stands_beside_the_tiles_of_a_real_build_is_foretold(posters: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "map", tmp_path / "work"
    table = posters / "metadata.csv"
    # Strips of the list depend on what posters show, galleries on the zoom that they are cut from: see their own tests.
    site = {"list": False, "galleries": False}
    mapmaker.build(posters, out, table, work, workers=1, extractor="classic", poster_size=32, compose=site)
    index = json.loads((work / artifacts.TILES / "index.json").read_bytes())
    tiles, sizes = len(index["files"]), [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    with Workspace(work) as held:
        images = artifacts.read_images(held)
        arrangement = artifacts.read_arrangement(held, len(images))
        texts = mean_texts(artifacts.read_metadata(held), range(len(images)), Beside(listed=False, galleries=False))
    pyramid = Pyramid(arrangement.columns, arrangement.rows, index["cell"]["width"], index["cell"]["height"])
    share = beside_tiles(arrangement, texts, tiles, pyramid)
    painted = (out / "assets/overview.jpg").stat().st_size
    assert contents._OVERVIEW / 5 < painted < contents._OVERVIEW * 1.25
    in_tiles = sum((out / "tiles" / name).stat().st_size for name in index["files"])
    assert share.files == len(sizes) - tiles
    told = (out / "quality/index.html").stat().st_size
    assert contents._QUALITY / 2 < told < contents._QUALITY * 1.5
    fixed = assets() + contents._OVERVIEW + contents._QUALITY
    assert share.size - fixed == pytest.approx(sum(sizes) - in_tiles - assets() - painted - told, rel=0.1)
    assert share.largest == max(contents._OVERVIEW, *(len(read_asset(name)) for name in ASSETS))

    files = [posters / name for name in images.path]
    plan = plan_site(files, arrangement, [pyramid], [WEBP], limits("github-pages"), texts=texts)
    assert plan.chosen.files == len(sizes)
    given = contents._OVERVIEW + contents._QUALITY
    assert plan.chosen.size - given == pytest.approx(sum(sizes) - painted - told, rel=0.1)


def test_data_of_many_posters_are_foretold() -> None:
    count, columns = 3_000, 75
    random = np.random.default_rng(0)
    ids = ["".join(random.choice(list("abcdefghijklmnopqrstuvwxyz234567"), 10)) for _ in range(count)]
    side = np.ones(count, np.int32)
    images = Images(ids, ids, ids, side, side, side > 0)
    titles = ["é" * int(length) for length in random.integers(3, 40, count)]
    tags = [("Drama", "Crime", "Romance")[: int(some)] for some in random.integers(0, 4, count)]
    more = {name: [name * int(times) for times in random.integers(0, 3, count)] for name in ("director", "country")}
    metadata = Metadata(titles, [1999] * count, tags, ["https://example.org/1"] * count, more)
    cells = np.stack([np.arange(count) % columns, np.arange(count) // columns], axis=1).astype(np.int32)
    arrangement = Arrangement(cells, columns, 42)
    groups = [Cluster(str(one), f"Cluster {one}", np.arange(25, dtype=np.int32) + 25 * one) for one in range(60)]
    labels = np.where(np.arange(count) < 1500, np.arange(count) // 25, -1).astype(np.int32)
    tiles = TileIndex(Path(), (64, 96), 512, 4, 0, "webp", {})
    near = Neighbors(random.integers(0, count, (count, 15)).astype(np.int32), np.ones((count, 15), np.float32))
    vectors = random.standard_normal((count, 64)).astype(np.float32)
    catalog = Catalog(
        "Many",
        images,
        metadata,
        range(count),
        arrangement,
        Clusters(labels, groups),
        tiles,
        similar=similar_cells(near, arrangement),
        alike=likenesses(vectors, np.arange(count), near),
        quantiles=quantiles(vectors, np.arange(count)),
        vectors=vectors,
    )
    scripts = {name: len(script) for name, script in contract.scripts(catalog)}
    sizes = [len(group.members) for group in groups]
    texts = mean_texts(metadata, range(count), Beside(listed=False, galleries=False), sizes)
    share = beside_tiles(arrangement, texts, 0)
    assert share.files == len(scripts) + len(ASSETS) + 5  # both pages, .nojekyll, the overview, the manifest
    beside = assets() + contents._OVERVIEW + contents._QUALITY + contents._PAGE + 90 * share.files
    assert share.size - beside == pytest.approx(sum(scripts.values()), rel=0.03)


def assets() -> int:
    return sum(len(read_asset(name)) for name in ASSETS)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 noisy posters: large files."""
    folder = tmp_path_factory.mktemp("noise")
    random = np.random.default_rng(0)
    files = [folder / f"{number}.png" for number in range(24)]
    for file in files:
        Image.fromarray(random.integers(0, 256, (96, 64, 3), np.uint8)).save(file)
    return files


def placed() -> Arrangement:
    cells = np.stack([np.arange(24) % 6, np.arange(24) // 6], axis=1).astype(np.int32)
    return Arrangement(cells, 6, 4)


def planned(noise: list[Path], host: Host, encodings: Sequence[Encoding] = (WEBP, JPEG)) -> SitePlan:
    pyramids = [Pyramid(6, 4, *size, tile_size=64) for size in poster_sizes(1.5, 64)]
    return plan_site(noise, placed(), pyramids, encodings, host, texts=Texts(20, 20, 1))


def test_the_largest_posters_that_fit_are_chosen(noise: list[Path]) -> None:
    free = planned(noise, limits("s3"))
    assert (free.chosen.pyramid.cell_width, free.chosen.encoding) == (64, WEBP)
    widths = [offer.pyramid.cell_width for offer in free.offers]
    assert widths == sorted(widths, reverse=True)
    asked = [offer for offer in free.offers if offer.encoding == WEBP]
    for offer in asked:
        for host in (limits(max_bytes=offer.size), limits(max_files=offer.files)):
            chosen = planned(noise, host).chosen
            assert chosen.fits(host)
            larger = [one for one in asked if one.pyramid.cell_width > chosen.pyramid.cell_width]
            assert not any(one.fits(host) for one in larger)
            assert chosen.pyramid.cell_width >= offer.pyramid.cell_width


def test_encodings_behind_the_first_are_compared_and_never_chosen(noise: list[Path]) -> None:
    for encodings in ((WEBP, JPEG), (JPEG, WEBP)):
        plan = planned(noise, limits("s3"), encodings)
        assert plan.chosen.encoding == encodings[0]
        assert plan.lines()[0].split() == ["posters", *(encoding.format for encoding in encodings)]
        assert len(plan.offers) == 2 * len(poster_sizes(1.5, 64))
    narrowest = planned(noise, limits("s3")).offers[-2:]
    small, large = sorted(narrowest, key=lambda offer: offer.size)
    tight = limits(max_bytes=small.size)
    assert planned(noise, tight, (small.encoding, large.encoding)).chosen.encoding == small.encoding
    with pytest.raises(OptionError, match=f"as {large.encoding.format}, the smallest"):
        planned(noise, tight, (large.encoding, small.encoding))


def test_where_nothing_fits_one_line_says_what_would(noise: list[Path]) -> None:
    with pytest.raises(OptionError) as caught:
        planned(noise, limits("github-pages", max_bytes=1000))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("no poster size fits GitHub Pages (at most 1.0 kB, 20,000 files): posters of 16 x 24")
    assert message.endswith("raise the limits or show fewer posters")
    with pytest.raises(OptionError, match="no poster size fits"):
        planned(noise, Host("tiny", "Tiny", most_file_bytes=1000))


def test_the_table_shows_the_sizes_around_the_chosen_one(noise: list[Path]) -> None:
    free = planned(noise, limits("s3"))
    offer = next(offer for offer in free.offers if offer.pyramid.cell_width == 32)
    lines = planned(noise, limits(max_files=offer.files), (WEBP,)).lines(around=1)
    assert len(lines) == 1 + 3 + 1
    assert [line.count("*") for line in lines] == [0, 0, 1, 0, 1]
    assert "posters of 32 x 48 pixels as webp" in lines[-1]
    assert f"at most {offer.files:,} files" in lines[-1]


def test_posters_are_never_made_wider_than_asked() -> None:
    assert poster_sizes(1.5, 40)[0][0] <= 40
    assert poster_sizes(1.5, 40)[-1] == (16, 24)
    assert poster_sizes(1.0, 8) == [(8, 8)]


def test_ids_of_posters_that_are_gone_are_counted() -> None:
    count = 1_000
    cells = np.stack([np.arange(count) % 40, np.arange(count) // 40], axis=1).astype(np.int32)
    shares = []
    for known in (count, 3 * count):
        metadata = Metadata(["A title"] * known, [None] * known, [()] * known, [""] * known, {})
        texts = mean_texts(metadata, range(count), Beside(listed=False, galleries=False, vectors=0))
        shares.append(beside_tiles(Arrangement(cells, 40, 25), texts, 0))
    assert shares[1].files - shares[0].files == 31  # by their first letters now
    told = 2 * count * len('"abcdefghij":-1,')
    assert shares[1].size - shares[0].size == pytest.approx(told, rel=0.2)


def test_the_list_is_counted_if_the_site_will_have_it_and_columns_if_they_are_searched() -> None:
    count = 1_000
    more = {"director": ["Jane Doe"] * count, "width": ["1024"] * count}
    metadata = Metadata(["A title"] * count, [1999] * count, [("Drama",)] * count, [""] * count, more)

    def counted(beside: Beside) -> tuple[int, int, int]:
        texts = mean_texts(metadata, range(count), beside, [25] * 30 + [250])
        return texts.pages.count, texts.galleries.count, texts.columns

    galleries = 1 + 3 + 30 + 2  # cells.css, the index in three orders, a page a cluster, two of the large one
    pages = 1 + most_pages([count] * 3)  # by title, decade and tag
    assert 1 + 3 * 5 <= pages <= 1 + 3 * 6
    assert counted(Beside()) == (pages, galleries, 2)
    assert counted(Beside(listed=False)) == (0, galleries, 2)
    assert counted(Beside(listed=False, galleries=False)) == (0, 0, 2)
    assert counted(Beside(search=("width", "director"))) == (pages, galleries, 3)
    cells = np.stack([np.arange(count) % 40, np.arange(count) // 40], axis=1).astype(np.int32)
    shares = [
        beside_tiles(Arrangement(cells, 40, 25), mean_texts(metadata, range(count), Beside(listed=listed)), 0)
        for listed in (False, True)
    ]
    assert shares[1].files - shares[0].files == 2 * pages
    assert shares[1].size > shares[0].size + 100_000


def test_vectors_are_counted_if_the_site_will_have_them() -> None:
    cells = np.stack([np.arange(9_000) % 100, np.arange(9_000) // 100], axis=1).astype(np.int32)
    metadata = Metadata(["A title"] * 9_000, [None] * 9_000, [()] * 9_000, [""] * 9_000, {})
    without, with_them = (
        beside_tiles(Arrangement(cells, 100, 90), mean_texts(metadata, range(9_000), Beside(vectors=vectors)), 0)
        for vectors in (0, 64)
    )
    assert with_them.files - without.files == 3 + 1
    assert with_them.size - without.size == pytest.approx(9_000 * 68 * 4 / 3, rel=0.01)


def test_the_page_on_quality_is_counted_if_the_site_will_have_it() -> None:
    cells = np.stack([np.arange(100) % 10, np.arange(100) // 10], axis=1).astype(np.int32)
    metadata = Metadata(["A title"] * 100, [None] * 100, [()] * 100, [""] * 100, {})
    without, with_it = (
        beside_tiles(Arrangement(cells, 10, 10), mean_texts(metadata, range(100), Beside(appraised=appraised)), 0)
        for appraised in (False, True)
    )
    assert with_it.files - without.files == 1
    assert with_it.size - without.size == pytest.approx(contents._QUALITY, abs=200)


def test_without_list_and_quality_a_site_has_as_many_files_as_are_foretold(posters: Path, tmp_path: Path) -> None:
    site = {"list": False, "quality": False}
    assert foretold_and_there(posters, tmp_path, compose=site) == 0


def test_as_many_files_as_are_foretold_are_there_where_many_clusters_are_small(posters: Path, tmp_path: Path) -> None:
    names = sorted(path.name for path in posters.glob("*.jpg"))
    pairs = [names[at : at + 2] for at in range(0, len(names), 2)]
    tables = (f"[cluster.of-{n}]\nkeep = true\nposters = {json.dumps(pair)}\n" for n, pair in enumerate(pairs))
    (tmp_path / "pairs.toml").write_text("".join(tables))
    site = {"list": False, "quality": False}
    assert foretold_and_there(posters, tmp_path, compose=site, curate={"file": tmp_path / "pairs.toml"}) == 0
    assert len(list((tmp_path / "map" / "clusters").glob("of-*.html"))) == 15


def foretold_and_there(posters: Path, folder: Path, **options: Any) -> int:
    """Return how many files more are foretold than are there, of a build without list and page on quality."""
    out, work = folder / "map", folder / "work"
    mapmaker.build(posters, out, None, work, workers=1, extractor="classic", poster_size=16, **options)
    tiles = len(json.loads((work / artifacts.TILES / "index.json").read_bytes())["files"])
    with Workspace(work) as held:
        metadata, arrangement = artifacts.read_metadata(held), artifacts.read_arrangement(held)
        clusters = [len(one.members) for one in artifacts.read_clusters(held, name=artifacts.CURATED).clusters]
    texts = mean_texts(metadata, range(len(metadata)), Beside(listed=False, appraised=False), clusters)
    files = [path for path in out.rglob("*") if path.is_file()]
    return beside_tiles(arrangement, texts, tiles).files - (len(files) - tiles)


def test_a_sitemap_is_counted_where_there_is_one() -> None:
    metadata = Metadata([""] * 100, [None] * 100, [()] * 100, [""] * 100, {})
    cells = np.stack(np.divmod(np.arange(100), 10), axis=1).astype(np.int32)
    without, told = (
        beside_tiles(Arrangement(cells, 10, 10), mean_texts(metadata, range(100), Beside(sitemap=sitemap)), 0)
        for sitemap in (False, True)
    )
    assert told.files == without.files + 1
    assert told.size > without.size
