"""Strips cut from mips: they show their posters, and stay while these do, wherever they are on the map."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mapmaker.methods.engines.local import Local
from mapmaker.progress import Silence
from mapmaker.stages.compose.strips import Cutter, strip_zoom
from mapmaker.stages.compose.tile_index import TileIndex
from mapmaker_tiles import Encoding, Painting, Pyramid, Store, TileError

CELL, COLUMNS, ROWS, TILE = (96, 144), 6, 5, 128
COUNT = 24
ON_STRIP = range(12)


@pytest.fixture(scope="module")
def posters(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("posters")
    random = np.random.default_rng(0)
    files = [folder / f"{number}.png" for number in range(COUNT)]
    for file in files:
        Image.fromarray(random.integers(0, 256, (6, 4, 3), np.uint8)).resize(CELL).save(file)
    return files


def painted(folder: Path, posters: Sequence[Path], order: Sequence[int], mips: int, gap: int = 0) -> Cutter:
    """Paint posters on cells in some order, as raster does; return what cuts strips of that map."""
    cells = np.stack(np.divmod(np.array(order), ROWS), axis=1)
    pyramid, encoding = Pyramid(COLUMNS, ROWS, *CELL, tile_size=TILE, gap=gap), Encoding()
    painting = Painting(posters, cells, pyramid, encoding, digests=[str(file) for file in posters])
    store = Store(folder / "store", mips)
    list(painting.missing(store))
    names = {f"{zoom}/{x}/{y}.webp": key for (zoom, x, y), key in painting.keys.items()}
    for name, key in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(store.tile_path(key).read_bytes())
    files = {name: store.digest(key) for name, key in names.items()}
    told = names, painting.mip_zoom(store), painting.framing
    index = TileIndex(folder, CELL, TILE, pyramid.max_zoom, pyramid.margin, "webp", files, *told)
    (folder / "strips").mkdir(exist_ok=True)
    content = {(column, row): str(file) for (column, row), file in zip(cells.tolist(), posters, strict=True)}
    return Cutter(index, folder / "strips", store, content)


def strip(cutter: Cutter) -> Path:
    """Return the strip of the posters `ON_STRIP`."""
    place = {name: cell for cell, name in cutter.content.items()}
    cells = [cell for name, cell in sorted(place.items(), key=lambda item: int(Path(item[0]).stem))]
    return cutter.strips({"one": [cells[poster] for poster in ON_STRIP]}, Local(1), Silence())["one"]


@pytest.mark.parametrize("mips", [10**9, 0], ids=["mips", "tiles"])
@pytest.mark.parametrize("gap", [0, 4])
def test_a_strip_shows_its_posters(posters: list[Path], tmp_path: Path, mips: int, gap: int) -> None:
    cutter = painted(tmp_path, posters, range(COUNT), mips, gap)
    assert cutter.index.cell_at(strip_zoom(cutter.index)) == (48, 72)
    with Image.open(strip(cutter)) as image:
        shown = np.asarray(image.convert("RGB")).astype(int)
    assert shown.shape == (72, 48 * len(ON_STRIP), 3)
    for place, poster in enumerate(ON_STRIP):
        with Image.open(posters[poster]) as whole:
            expected = np.asarray(whole.resize((48, 72), Image.Resampling.BOX)).astype(int)
        found = shown[4:-4, place * 48 + 4 : place * 48 + 44]
        assert np.abs(found - expected[4:-4, 4:44]).mean() < 12, place


@pytest.mark.parametrize(
    ("mips", "gap", "stays"), [(10**9, 0, True), (10**9, 3, True), (0, 0, False)], ids=["mips", "mips, gap", "tiles"]
)
def test_a_strip_stays_while_its_posters_do_whoever_is_beside_them(
    posters: list[Path], tmp_path: Path, mips: int, gap: int, stays: bool
) -> None:
    order = list(range(COUNT))
    before = strip(painted(tmp_path, posters, order, mips, gap))
    data = before.read_bytes()
    order[-12:] = reversed(order[-12:])
    order[0], order[11] = order[11], order[0]  # of those on the strip two trade places
    after = strip(painted(tmp_path, posters, order, mips, gap))
    assert (after == before) == stays
    fresh = tmp_path / "fresh"
    assert strip(painted(fresh, posters, order, mips, gap)).read_bytes() == after.read_bytes()
    assert (after.read_bytes() == data) == stays


def test_a_strip_is_another_when_a_poster_is_or_is_drawn_otherwise(posters: list[Path], tmp_path: Path) -> None:
    order = range(COUNT)
    other = [posters[1], posters[0], *posters[2:]]
    first = strip(painted(tmp_path / "first", posters, order, 10**9)).name
    assert strip(painted(tmp_path / "gap", posters, order, 10**9, gap=4)).name != first
    swapped = painted(tmp_path / "swapped", other, order, 10**9)
    cells = [cell for cell, _ in zip(swapped.content, ON_STRIP, strict=False)]
    assert swapped.strips({"one": cells}, Local(1), Silence())["one"].name != first


def test_a_mip_that_is_damaged_is_named(posters: list[Path], tmp_path: Path) -> None:
    cutter = painted(tmp_path, posters, range(COUNT), 10**9)
    for file in (tmp_path / "store/mips").rglob("*"):
        if file.is_file():
            file.write_bytes(b"no mip")
    with pytest.raises(TileError, match=r"mips/.* is gone or damaged"):
        strip(cutter)
    assert list((tmp_path / "strips").iterdir()) == []
