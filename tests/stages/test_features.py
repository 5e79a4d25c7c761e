"""features: each picture is computed once in its life; numbers from elsewhere fit or are refused."""

import contextlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import mapmaker as mm
from mapmaker import artifacts
from mapmaker.errors import ImagesError, ModelError, OptionError
from mapmaker.methods.embedding import PictureFile
from mapmaker.methods.engines.local import Local
from mapmaker.methods.extractors import Preparation
from mapmaker.methods.extractors.classic import Classic
from mapmaker.model import Images
from mapmaker.progress import Silence
from mapmaker.stages import Job
from mapmaker.stages.features import Cache, FeaturesStage, read_features_file
from mapmaker.stages.features.cache import MANY, Keeper
from mapmaker.stages.features.stage import rows_of_parts
from mapmaker.workspace import Record, Workspace, file_digest
from tests.conftest import Picture


def images(paths: list[Path], folder: Path, gone: int = 0) -> Images:
    """Return the rows of the files at `paths`, behind so many tombstones."""
    names = [f"gone{i}" for i in range(gone)] + [path.relative_to(folder).as_posix() for path in paths]
    digests = [f"gone{i}" for i in range(gone)] + [file_digest(path) for path in paths]
    size = np.ones(len(names), np.int32)
    return Images(names, names, digests, size, size, np.arange(len(names)) >= gone)


def run(job: Job, rows: Images, stage: FeaturesStage | None = None) -> tuple[Any, int]:
    """Run the stage on `rows`; return its values, and how many pictures it computed."""
    artifacts.write_images(job.work, rows)
    job.work.commit("scan", [artifacts.IMAGES], Record("", {}, {}))
    stage = stage or FeaturesStage(Classic(batch=3))
    figures = stage.run(job)
    job.work.commit(stage.name, stage.writes, Record("", {}, figures))
    return artifacts.read_features(job.work).values, int(figures["computed"])


def test_features_are_those_of_extract_and_tombstones_are_zeros(job: Job, pictures: Callable[..., Path]) -> None:
    paths = sorted(pictures(job.images, 5).iterdir())
    values, computed = run(job, images(paths, job.images, gone=2))
    assert computed == 5
    assert not values[:2].any()
    assert np.array_equal(values[2:], mm.extract(paths, extractor="classic"))


def test_one_image_more_computes_one_and_a_moved_one_none(
    job: Job, pictures: Callable[..., Path], picture: Picture
) -> None:
    paths = sorted(pictures(job.images, 5).iterdir())
    before, _ = run(job, images(paths, job.images))
    paths.append(picture(job.images / "z.png", 50))
    after, computed = run(job, images(paths, job.images))
    assert computed == 1
    assert np.array_equal(after[:5], before)
    paths[0] = paths[0].rename(job.images / "moved.png")
    again, computed = run(job, images(paths, job.images))
    assert computed == 0
    assert np.array_equal(again, after)


@dataclass(frozen=True)
class OnlyFullBatches:
    """An extractor that refuses a batch of any other size: sums in another order would be other bits."""

    version: ClassVar[int] = 1
    batch: int = 4

    def preparation(self) -> Any:
        """See `Extractor`."""
        return Classic().preparation()

    def __call__(self, prepared: Any) -> Any:
        """See `Extractor`."""
        assert len(prepared) == self.batch
        return prepared


@pytest.mark.parametrize("count", [1, 3, 4, 5])
def test_a_network_sees_full_batches_only(pictures: Callable[..., Path], tmp_path: Path, count: int) -> None:
    paths = sorted(pictures(tmp_path, count).iterdir())
    values = list(Local(1).embed([PictureFile(path) for path in paths], OnlyFullBatches(), Silence()))
    assert np.array_equal(np.concatenate(values), mm.extract(paths, extractor="classic"))


def test_other_options_are_other_features(job: Job, pictures: Callable[..., Path]) -> None:
    rows = images(sorted(pictures(job.images, 3).iterdir()), job.images)
    first, _ = run(job, rows)
    second, computed = run(job, rows, FeaturesStage(Classic(colour=2.0, batch=3)))
    assert computed == 3
    assert not np.array_equal(first, second)
    assert run(job, rows)[1] == 0


def test_any_byte_of_a_shards_headers_may_be_damaged(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.append(["ab" * 32], np.ones((1, 3), np.float32))
    (shard,) = tmp_path.iterdir()
    whole = shard.read_bytes()
    for place, value in itertools.product(range(len(whole)), (0, 10, 39)):
        if whole[place] != value:
            shard.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            assert len(cache.digests()) <= 1
            assert [name for name, _ in cache.mend()] == [shard.name]
            assert not cache.digests()


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"no array", None])
def test_a_damaged_shard_of_the_cache_is_named_and_computed_again(
    job: Job, pictures: Callable[..., Path], damage: bytes | None
) -> None:
    notes: list[str] = []
    job.progress.note = notes.append  # type: ignore[assignment,method-assign]
    rows = images(sorted(pictures(job.images, 3).iterdir()), job.images)
    before, _ = run(job, rows)
    (shard,) = job.work.cache("features").rglob("*.shard")
    whole = shard.read_bytes()
    turned = whole[:-7] + bytes([whole[-7] ^ 1]) + whole[-6:]  # one bit, and still a number
    shard.write_bytes(turned if damage is None else damage)
    after, computed = run(job, rows)
    assert computed == 3
    assert np.array_equal(after, before)
    assert len(notes) == 1
    assert shard.name in notes[0]
    assert run(job, rows)[1] == 0
    assert len(notes) == 1


@given(
    st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(-9, 9), min_size=1, max_size=40)
)
def test_a_cache_gives_back_what_it_was_given(tmp_path_factory: pytest.TempPathFactory, given_: dict[str, int]) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache") / "deep")
    assert content(cache) == {}
    for digest, number in given_.items():
        cache.append([digest], np.full((1, 3), number, np.float32))
    expected = {digest: [number] * 3 for digest, number in given_.items()}
    assert content(cache) == expected
    assert cache.digests() == set(given_)
    cache.join()
    assert content(cache) == expected
    assert len(list(cache.folder.iterdir())) == (len(given_) if len(given_) < MANY else 1)


def content(cache: Cache) -> dict[str, list[float]]:
    assert cache.mend() == []
    return {
        digest: row.tolist() for digests, values in cache.parts() for digest, row in zip(digests, values, strict=True)
    }


def test_rows_of_one_content_share_what_is_known_and_a_tombstone_has_nothing(tmp_path: Path) -> None:
    size = np.ones(4, np.int32)
    rows = Images("abcd", "abcd", ["x", "y", "x", "z"], size, size, np.array([True, False, True, True]))
    cache = Cache(tmp_path)
    cache.append(["z", "x"], np.array([[5, 6], [1, 2]], np.float32))
    cache.append(["x"], np.array([[1, 2]], np.float32))
    with Workspace(tmp_path / "work") as work:
        assert artifacts.write_features_by_parts(work, 4, rows_of_parts(cache, rows)) == 2
        assert np.load(work.fresh(artifacts.FEATURES)).tolist() == [[1, 2], [0, 0], [1, 2], [5, 6]]


def test_what_is_computed_is_kept_whatever_happens_next(job: Job, pictures: Callable[..., Path]) -> None:
    paths = sorted(pictures(job.images, 7).iterdir())
    rows = images(paths, job.images)
    good = paths[6].read_bytes()
    paths[6].write_bytes(b"no picture")
    with pytest.raises(ImagesError):
        run(job, rows)
    paths[6].write_bytes(good)
    assert run(job, rows)[1] == 1  # two batches of 3 were kept


def test_what_is_computed_is_written_before_half_a_minute_of_work_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("mapmaker.stages.features.cache.time.monotonic", lambda: clock[0])
    cache = Cache(tmp_path)
    lost = []
    with Keeper(cache) as keeper:
        for i in range(50):
            keeper.keep([f"{i}"], np.zeros((1, 2), np.float32))
            keeper._settle()
            lost.append(4.0 * (i + 1 - len(cache.digests())))
            clock[0] += 4.0
    assert 4 < max(lost) + 4 <= 30
    assert len(cache.digests()) == 50


def three(gone: int = 0) -> Images:
    names = [f"gone{i}" for i in range(gone)] + ["a.jpg", "b.jpg", "c/d.jpg"]
    size = np.ones(len(names), np.int32)
    return Images(names, names, names, size, size, np.arange(len(names)) >= gone)


VALUES = np.arange(6, dtype=np.float64).reshape(3, 2)


def test_npy_rows_are_the_images_in_order(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", VALUES)
    rows, values = joined(read_features_file(tmp_path / "f.npy", three(gone=1)))
    assert rows.tolist() == [1, 2, 3]
    assert values.tolist() == VALUES.tolist()


def joined(parts: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Return all rows, and all values."""
    return [np.concatenate(some) for some in zip(*parts, strict=True)]


def test_a_large_file_is_read_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.stages.features.given.PART", 2)
    np.save(tmp_path / "f.npy", VALUES)
    parts = list(read_features_file(tmp_path / "f.npy", three(gone=1)))
    assert [len(rows) for rows, _ in parts] == [2, 1]
    assert joined(parts)[1].tolist() == VALUES.tolist()


def test_npz_rows_are_found_by_name_and_more_do_no_harm(tmp_path: Path) -> None:
    names = np.array(["c/d.jpg", "other.jpg", "b.jpg", "a.jpg"])
    np.savez(tmp_path / "f.npz", filenames=names, features=np.array([[4, 5], [9, 9], [2, 3], [0, 1]]))
    _, values = joined(read_features_file(tmp_path / "f.npz", three()))
    assert values.dtype == np.float32
    assert values.tolist() == VALUES.tolist()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.npy", VALUES[:2], r"has shape \(2, 2\), but there are 3 images"),
        ("f.npy", VALUES.ravel(), r"has shape \(6,\)"),
        ("f.npy", VALUES[:, :0], r"has shape \(3, 0\)"),
        ("f.npy", VALUES * np.nan, r"not finite .*: nan for 'a\.jpg', number 1 of 2; compute"),
        ("f.npy", VALUES * 1e300, r"not finite .*: inf for 'a\.jpg', number 2 of 2; compute"),
        ("f.npy", np.array([["a", "b"]] * 3), "not finite numbers but <U1; save"),
        ("f.npy", VALUES * 1j, "not finite numbers but complex128; save"),
        ("f.npy", np.array([[{}, {}]] * 3, object), "is no file of features"),
        ("f.npz", {"features": VALUES}, "is no file of features"),
        ("f.npz", {"filenames": np.array(["a.jpg", "b.jpg", "x"]), "features": VALUES}, "has no features for 1 image,"),
        ("f.npz", {"filenames": np.array(["a.jpg", "b.jpg", "c/d.jpg"]), "features": VALUES[:2]}, "f.npz"),
        ("f.npz", {"filenames": np.array("a.jpg"), "features": VALUES}, "f.npz"),
        ("f.npy", b"", "is no file of features"),
        ("f.npy", b"text", "is no file of features"),
        ("f.npz", b"PK\3\4", "is no file of features"),
    ],
    ids=str,
)
def test_features_that_do_not_fit_are_refused_in_one_line(tmp_path: Path, name: str, content: Any, said: str) -> None:
    file = tmp_path / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, dict):
        np.savez(file, **content)
    else:
        np.save(file, content)
    with pytest.raises(ModelError, match=said) as error:
        list(read_features_file(file, three()))
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["f.npy", "f.npz"])
def test_whatever_is_damaged_in_a_file_of_features_is_one_line_or_another_number(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    np.save(file, VALUES) if name == "f.npy" else np.savez_compressed(file, filenames=["a.jpg"] * 3, features=VALUES)
    whole = file.read_bytes()
    for place, value in itertools.product(range(len(whole)), (10, 39, 255)):
        file.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
        with contextlib.suppress(ModelError):
            list(read_features_file(file, three()))


def test_classic_tells_shapes_apart_and_takes_any_picture() -> None:
    describe = Classic().preparation()
    stripes = Image.fromarray(np.tile(np.array([[0] * 8, [255] * 8], np.uint8).repeat(4, 0), (12, 8)))
    across, down = (
        describe(picture.convert("RGB")) for picture in (stripes, stripes.transpose(Image.Transpose.ROTATE_90))
    )
    again = describe(stripes.convert("RGB").resize((128, 192)))
    assert np.linalg.norm(across - again) < np.linalg.norm(across - down) / 2
    for size in ((1, 1), (1, 500), (3, 2)):
        for colour in ("black", "white", "red"):
            described = describe(Image.new("RGB", size, colour))
            assert described.shape == across.shape
            assert np.isfinite(described).all()


def test_classic_without_colour_sees_none() -> None:
    red, blue = Image.new("RGB", (60, 90), "#a00000"), Image.new("RGB", (60, 90), "#0000ff")
    blind, seeing = Classic(colour=0).preparation(), Classic().preparation()
    assert np.allclose(blind(red), blind(blue))
    assert not np.allclose(seeing(red), seeing(blue))


def test_extract_of_nothing_and_of_what_is_no_picture(tmp_path: Path, picture: Picture) -> None:
    assert mm.extract([], extractor="classic").shape[0] == 0
    (tmp_path / "text.jpg").write_text("x")
    with pytest.raises(ImagesError, match=r"text\.jpg"):
        mm.extract([tmp_path / "text.jpg"], extractor="classic")
    with pytest.raises(OptionError, match="did you mean 'colour'"):
        mm.extract([], extractor="classic", color=1)
    values = mm.extract([str(picture(tmp_path / "a.png"))], extractor="mean_colour:MeanColour")
    assert values.shape == (1, 3)
    with Image.open(tmp_path / "a.png") as opened:
        expected = np.asarray(opened, float).mean(axis=(0, 1)) / 255
    np.testing.assert_allclose(values[0], expected, atol=1e-5)


@dataclass(frozen=True)
class Unsteady:
    """Returns what is no number for a picture that is black."""

    version: ClassVar[int] = 1
    batch: int = 4

    def preparation(self) -> Preparation:
        return Classic().preparation()

    def __call__(self, prepared: NDArray[Any]) -> NDArray[np.float32]:
        values = np.asarray(prepared, np.float32)
        return np.where(values.sum(axis=1, keepdims=True) == 0, np.float32("nan"), values)


def test_numbers_that_are_none_name_the_extractor_and_the_file(tmp_path: Path) -> None:
    for name, colour in (("a.png", "red"), ("black.png", "black"), ("c.png", "blue")):
        Image.new("RGB", (8, 12), colour).save(tmp_path / name)
    pictures = [PictureFile(path) for path in sorted(tmp_path.iterdir())]
    with pytest.raises(ModelError, match=r"Unsteady returned values that are not finite for .*black\.png"):
        list(Local(1).embed(pictures, Unsteady(), Silence()))


def test_a_picture_that_is_another_than_was_scanned_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 12), "red").save(tmp_path / "a.png")
    picture = PictureFile(tmp_path / "a.png", file_digest(tmp_path / "a.png"))
    assert len(list(Local(1).embed([picture], Classic(), Silence()))) == 1
    Image.new("RGB", (8, 12), "blue").save(tmp_path / "a.png")
    with pytest.raises(ImagesError, match=r"a\.png has changed since the scan; run the build again"):
        list(Local(1).embed([picture], Classic(), Silence()))


def test_one_path_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(ImagesError, match=r"paths = 'a\.png' is one path"):
        mm.extract("a.png", extractor="classic")
