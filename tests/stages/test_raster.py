"""raster: what changed is painted and nothing else, and whatever goes wrong, the old tiles stand."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mapmaker import artifacts
from mapmaker.errors import ImagesError, OptionError, OutputError
from mapmaker.hosts import Beside, byte_size
from mapmaker.model import Arrangement, Cluster, Clusters, Images, Metadata, Selection
from mapmaker.stages import Job
from mapmaker.stages.raster import RasterStage
from mapmaker.workspace import Record

COUNT = 24
STAGE = RasterStage(poster_size=32)


@pytest.fixture
def placed(job: Job) -> Job:
    """24 noisy posters of 32 x 48 on 6 x 4 cells."""
    random = np.random.default_rng(0)
    for index in range(COUNT):
        noise = random.integers(0, 256, (48, 32, 3), np.uint8)
        Image.fromarray(noise).save(job.images / f"{index}.png")
    write(job)
    return job


def write(job: Job) -> None:
    """The artefacts, of the images as they are now."""
    names = [f"{index}.png" for index in range(COUNT)]
    digests = [hashlib.sha256((job.images / name).read_bytes()).hexdigest() for name in names]
    side = np.ones(COUNT, np.int32)
    images = Images(names, names, digests, 32 * side, 48 * side, side > 0)
    artifacts.write_images(job.work, images)
    artifacts.write_selection(job.work, Selection(["kept"] * COUNT))
    cells = np.stack([np.arange(COUNT) % 6, np.arange(COUNT) // 6], axis=1).astype(np.int32)
    artifacts.write_arrangement(job.work, Arrangement(cells, 6, 4))
    names = [artifacts.IMAGES, artifacts.SELECTION, artifacts.ARRANGEMENT]
    job.work.commit("before", names, Record("", {}, {}))


def run(job: Job, stage: RasterStage = STAGE) -> dict[str, float | int | str]:
    figures = dict(stage.run(job))
    job.work.commit("raster", stage.writes, Record("", {}, figures))
    return figures


def tiles(job: Job) -> dict[str, bytes]:
    folder = job.work.path(artifacts.TILES)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change(job: Job, index: int) -> None:
    Image.new("RGB", (32, 48), (index, 90, 10)).save(job.images / f"{index}.png")
    write(job)


def test_after_a_change_the_tiles_are_those_of_a_fresh_work_folder(placed: Job, tmp_path: Path) -> None:
    stage = replace(STAGE, poster_size=32, mips=0)
    first = run(placed, stage)
    assert first["painted"] == first["tiles"]
    assert run(placed, stage)["painted"] == 0
    change(placed, 13)
    second = run(placed, stage)
    assert 0 < int(second["painted"]) <= int(second["tiles"])
    ours = tiles(placed)
    for path in sorted((tmp_path / "work" / "cache").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert run(placed, stage)["painted"] == first["tiles"]
    assert tiles(placed) == ours


def test_the_index_lists_what_is_there(placed: Job) -> None:
    run(placed)
    held = tiles(placed)
    index = json.loads(held.pop("index.json"))
    assert index["files"] == {name: hashlib.sha256(data).hexdigest() for name, data in held.items()}
    assert set(index["keys"]) == set(held)


def test_the_index_tells_which_mips_are_kept_and_one_that_is_lost_is_made_again(placed: Job) -> None:
    run(placed)
    index = json.loads((placed.work.path(artifacts.TILES) / "index.json").read_bytes())
    mips = placed.work.cache(artifacts.TILES) / "mips"
    assert index["mips"] == index["maxZoom"]
    assert {path.name for path in mips.rglob("*") if path.is_file()} == set(index["keys"].values())
    before = tiles(placed)
    shutil.rmtree(mips)
    assert not STAGE.intact(placed)
    run(placed)
    assert STAGE.intact(placed)
    assert tiles(placed) == before
    without = RasterStage(poster_size=32, mips=0)
    run(placed, without)
    assert without.intact(placed)
    assert not any(path.is_file() for path in mips.rglob("*"))


def test_what_no_map_shows_any_more_leaves_the_store(placed: Job) -> None:
    run(placed)
    change(placed, 3)
    run(placed)
    index = json.loads((placed.work.path(artifacts.TILES) / "index.json").read_bytes())
    kept = {path.name for path in (placed.work.cache(artifacts.TILES) / "tiles").rglob("*") if path.is_file()}
    assert kept == set(index["keys"].values())


def test_an_image_that_vanished_is_a_cross_is_counted_and_comes_right_later(placed: Job) -> None:
    run(placed)
    whole = tiles(placed)
    missing = placed.images / "7.png"
    content = missing.read_bytes()
    change(placed, 8)  # beside it, so that its tile is painted
    missing.unlink()
    figures = run(placed)
    assert figures["crosses"] == 1
    assert "its cell is marked on the map" in placed.progress.warnings[0]  # type: ignore[attr-defined]  # Notes
    missing.write_bytes(content)
    again = run(placed)
    assert again["crosses"] == 0
    assert int(again["painted"]) > 0
    assert set(tiles(placed)) == set(whole)


def test_a_bomb_in_place_of_a_poster_is_a_cross(placed: Job) -> None:
    Image.new("1", (20_000, 20_000)).save(placed.images / "7.png")
    assert run(placed)["crosses"] == 1


def test_several_crosses_are_one_warning(placed: Job) -> None:
    for index in range(5):
        (placed.images / f"{index}.png").unlink()
    assert run(placed)["crosses"] == 5
    (warning,) = placed.progress.warnings  # type: ignore[attr-defined]  # Notes
    assert "nor can 4 more; their cells are marked" in warning


def test_where_no_image_is_left_the_old_tiles_stand(placed: Job) -> None:
    run(placed)
    before = tiles(placed)
    placed.images.rename(placed.images.with_name("unplugged"))
    with pytest.raises(ImagesError, match=r"not one of the 24 images in .* can be read any more"):
        run(placed, replace(STAGE, quality=50))
    assert tiles(placed) == before


@pytest.fixture
def small_disk(placed: Job) -> Iterator[Path]:
    """The folder of the store, on a disk of its own with hardly any room."""
    store = placed.work.cache(artifacts.TILES)
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", store], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield store
    subprocess.run(["umount", store], check=True)


def test_a_full_disk_is_one_line_and_the_old_tiles_stand(placed: Job, small_disk: Path) -> None:
    place = placed.work.path(artifacts.TILES)
    place.mkdir()
    (place / "index.json").write_text("old")
    with pytest.raises(OutputError, match=r"cannot write tiles: No space left on device .*what is painted is kept"):
        run(placed)
    assert tiles(placed) == {"index.json": b"old"}
    assert not list(small_disk.rglob("*.tmp"))


def test_a_store_that_cannot_be_written_is_one_line_and_the_old_tiles_stand(placed: Job, small_disk: Path) -> None:
    place = placed.work.path(artifacts.TILES)
    place.mkdir()
    (place / "index.json").write_text("old")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(OutputError, match=r"cannot write tiles: Read-only file system \(.*move the work folder"):
        run(placed)
    assert tiles(placed) == {"index.json": b"old"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fit": "squeeze"}, "raster.fit = 'squeeze' is not one of cover, contain, stretch"),
        ({"mips": -1}, "raster.mips = -1 is below 0"),
        ({"format": "png"}, "raster: format must be one of"),
        ({"gap": -1}, "raster.gap = -1"),
        ({"margin": 1.5}, "raster.margin = 1.5 is no whole number"),
        ({"margin": 5000}, "raster.margin = 5000 is above 4096"),
    ],
)
def test_options_of_nonsense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        RasterStage(**options)  # type: ignore[arg-type]  # the point


def test_a_gap_wider_than_a_cell_is_refused(placed: Job) -> None:
    with pytest.raises(OptionError, match="a gap of 32 leaves nothing of a cell of 32 x 48"):
        run(placed, replace(STAGE, gap=32))


def test_a_margin_is_widened_until_posters_are_whole_pixels_and_the_index_tells_it(placed: Job) -> None:
    run(placed, replace(STAGE, margin=5))
    assert json.loads(tiles(placed)["index.json"])["margin"] == 8


def with_titles(job: Job) -> Job:
    nothing = [""] * COUNT
    artifacts.write_metadata(job.work, Metadata(nothing, [None] * COUNT, [()] * COUNT, nothing, {}))
    cells = artifacts.read_arrangement(job.work).cells
    artifacts.write_clusters(job.work, Clusters(np.full(len(cells), -1, np.int32), []), artifacts.CURATED)
    job.work.commit("titles", [artifacts.METADATA, artifacts.CURATED], Record("", {}, {}))
    return job


def test_with_limits_posters_are_as_large_as_fit_and_the_table_says_so(placed: Job) -> None:
    job = with_titles(placed)
    roomy = run(job, RasterStage(max_bytes="10MB"))
    shown = job.progress.shown  # type: ignore[attr-defined]  # Notes
    taken = re.search(r"chosen \(\*\): posters of 32 x 48 pixels as webp: the whole site takes ([\d.]+ kB),", shown[-1])
    assert taken
    tight = run(job, RasterStage(max_bytes=byte_size(taken[1]) - 1_000))
    assert int(tight["cell_width"]) < int(roomy["cell_width"]) == 32
    assert "for the limits given: at most" in shown[-1]


def test_sizes_that_the_gap_would_swallow_are_not_offered(placed: Job) -> None:
    job = with_titles(placed)
    assert int(run(job, RasterStage(max_bytes="10MB", gap=20, margin=100))["cell_width"]) == 32
    with pytest.raises(OptionError, match="no poster size fits the limits given"):
        run(job, RasterStage(max_bytes="100kB", gap=20))


def test_a_limit_that_nothing_fits_is_one_line(placed: Job) -> None:
    with pytest.raises(OptionError, match="no poster size fits the limits given"):
        run(with_titles(placed), RasterStage(max_bytes="10kB"))


def test_the_format_asked_for_is_the_one_that_is_painted(placed: Job) -> None:
    run(with_titles(placed), RasterStage(max_bytes="10MB", format="jpeg"))
    assert {name.rpartition(".")[2] for name in tiles(placed)} == {"jpg", "json"}


def test_where_the_texts_are_longer_a_limited_map_may_be_another(placed: Job) -> None:
    job = with_titles(placed)
    assert RasterStage(poster_size=32).outside(job) == {}
    assert RasterStage(host="github-pages").outside(job).keys() == {"texts"}


def test_a_list_that_the_site_will_not_have_changes_a_limited_map_alone(placed: Job) -> None:
    job = with_titles(placed)
    bare = replace(job, beside=Beside(listed=False))
    limited, free = RasterStage(host="github-pages"), RasterStage()
    assert limited.outside(bare) != limited.outside(job)
    assert free.outside(bare) == free.outside(job)


def test_more_clusters_may_change_a_limited_map_alone(placed: Job) -> None:
    job = with_titles(placed)
    limited, free = RasterStage(host="github-pages"), RasterStage()
    before = limited.outside(job), free.outside(job)
    count = len(artifacts.read_arrangement(job.work).cells)
    alone = [Cluster(str(one), "", np.array([one], np.int32)) for one in range(count)]
    artifacts.write_clusters(job.work, Clusters(np.arange(count, dtype=np.int32), alone), artifacts.CURATED)
    job.work.commit("clusters", [artifacts.CURATED], Record("", {}, {}))
    assert (limited.outside(job) != before[0], free.outside(job) != before[1]) == (True, False)


def test_unknown_hosts_are_refused() -> None:
    with pytest.raises(OptionError, match=r"raster.host = 'github-page' is not known: did you mean 'github-pages'\?"):
        RasterStage(host="github-page")
