"""features: each picture is computed once in its life; numbers from elsewhere fit or are refused."""

from collections.abc import Callable
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
from mapmaker.stages.features import Cache, FeaturesStage, gather, read_features_file
from mapmaker.workspace import Record, file_digest

Picture = Callable[..., Path]


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


@pytest.mark.parametrize("damage", [b"", b"PK\3\4", b"no archive", None])
def test_a_damaged_shard_of_the_cache_is_computed_again(
    job: Job, pictures: Callable[..., Path], damage: bytes | None
) -> None:
    rows = images(sorted(pictures(job.images, 3).iterdir()), job.images)
    before, _ = run(job, rows)
    (shard,) = job.work.cache("features").rglob("*.npz")
    shard.write_bytes(shard.read_bytes()[:-20] if damage is None else damage)
    after, computed = run(job, rows)
    assert computed == 3
    assert np.array_equal(after, before)
    assert run(job, rows)[1] == 0


@given(
    st.dictionaries(st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(-9, 9), min_size=1, max_size=9)
)
def test_a_cache_gives_back_what_it_was_given(tmp_path_factory: pytest.TempPathFactory, given_: dict[str, int]) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache") / "deep")
    assert cache.read() == {}
    for digest, number in given_.items():
        cache.append({digest: np.full(3, number, np.float32)})
    assert {digest: value.tolist() for digest, value in cache.read().items()} == {
        digest: [number] * 3 for digest, number in given_.items()
    }


def test_gather_leaves_tombstones_zero() -> None:
    size = np.ones(3, np.int32)
    rows = Images("abc", "abc", ["x", "y", "x"], size, size, np.array([True, False, True]))
    values = gather({"x": np.array([1, 2], np.float32)}, rows)
    assert values.tolist() == [[1, 2], [0, 0], [1, 2]]


def three(gone: int = 0) -> Images:
    names = [f"gone{i}" for i in range(gone)] + ["a.jpg", "b.jpg", "c/d.jpg"]
    size = np.ones(len(names), np.int32)
    return Images(names, names, names, size, size, np.arange(len(names)) >= gone)


VALUES = np.arange(6, dtype=np.float64).reshape(3, 2)


def test_npy_rows_are_the_images_in_order(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", VALUES)
    assert read_features_file(tmp_path / "f.npy", three(gone=1)).tolist() == [[0, 0], [0, 1], [2, 3], [4, 5]]


def test_npz_rows_are_found_by_name_and_more_do_no_harm(tmp_path: Path) -> None:
    names = np.array(["c/d.jpg", "other.jpg", "b.jpg", "a.jpg"])
    np.savez(tmp_path / "f.npz", filenames=names, features=np.array([[4, 5], [9, 9], [2, 3], [0, 1]]))
    values = read_features_file(tmp_path / "f.npz", three())
    assert values.dtype == np.float32
    assert values.tolist() == VALUES.tolist()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.npy", VALUES[:2], r"has shape \(2, 2\), but there are 3 images"),
        ("f.npy", VALUES.ravel(), r"has shape \(6,\)"),
        ("f.npy", VALUES[:, :0], r"has shape \(3, 0\)"),
        ("f.npy", VALUES * np.nan, "not finite"),
        ("f.npy", VALUES * 1e300, "not finite"),
        ("f.npy", np.array([["a", "b"]] * 3), "not finite"),
        ("f.npy", VALUES * 1j, "not finite"),
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
        read_features_file(file, three())
    assert str(file) in str(error.value)
    assert "\n" not in str(error.value)


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
