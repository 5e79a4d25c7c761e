"""Networks: what Keras itself would say of the same pixels; and every way in which there is no network."""

import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import mapmaker as mm
from mapmaker.errors import MissingExtra, ModelError
from mapmaker.methods.extractors import networks

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        importlib.util.find_spec("tensorflow") is None, reason="NOT CHECKED: the tensorflow extra is not installed"
    ),
    # NumPy on Keras' own variables, which nobody but these tests looks into.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SQUEEZENET = Path(__file__).resolve().parents[2].parent / "shared" / "models" / "squeezenet-1.1.keras"


@pytest.fixture(scope="module")
def keras() -> Any:
    return networks._import_keras()


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Hold no network from one test to the next."""
    networks._loaded_inception_v3.cache_clear()
    networks._loaded_model.cache_clear()
    yield


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five pictures of 299 x 299, which nothing has to scale."""
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(5):
        noise = np.random.default_rng(i).integers(0, 256, (4 + 3 * i, 5, 3), np.uint8)
        Image.fromarray(noise).resize((299, 299), Image.Resampling.BICUBIC).save(folder / f"{i}.png")
    return sorted(folder.iterdir())


def pixels(paths: list[Path]) -> NDArray[np.float32]:
    return np.stack([np.asarray(Image.open(path), np.float32) for path in paths])


def randomized(model: Any) -> Any:
    """Give every weight a random value, small enough for finite outputs; a variance is positive."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        value = np.asarray(weight)
        noise = rng.normal(size=value.shape)
        if weight.name == "moving_variance":
            weight.assign(0.5 + rng.random(value.shape))
        elif value.ndim == 4:
            weight.assign(noise * np.sqrt(2 / np.prod(value.shape[:3])))
        else:
            weight.assign(noise * 0.05)
    return model


def legacy_h5(model: Any, file: Path) -> Path:
    """Write weights in the layout of Keras' published .h5 files."""
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(file, "w") as group:
        save_weights_to_hdf5_group(group, model)
    return file


@pytest.mark.parametrize("top", [False, True], ids=["without the classifier", "with it"])
def test_inception_v3_says_what_keras_says(keras: Any, paths: list[Path], tmp_path: Path, top: bool) -> None:
    paths = paths[:2]
    options: dict[str, Any] = {"include_top": True} if top else {"include_top": False, "pooling": "avg"}
    model = randomized(keras.applications.InceptionV3(weights=None, **options))
    prepared = keras.applications.inception_v3.preprocess_input(pixels(paths))
    if top:
        model = keras.Model(model.input, [model.get_layer("avg_pool").output, model.output])
        expected, _ = model.predict(prepared, verbose=0)
    else:
        expected = model.predict(prepared, verbose=0)
    assert np.ptp(expected, axis=0).max() > 0.01  # the pictures are told apart, or the rest means nothing
    files = [legacy_h5(model, tmp_path / "legacy.h5")]
    if not top:
        model.save_weights(tmp_path / "of_keras_3.weights.h5")
        files.append(tmp_path / "of_keras_3.weights.h5")
    for file in files:
        values = mm.extract(paths, extractor="inception_v3", weights=file, batch=2)
        assert values.dtype == np.float32
        assert values.shape == (2, 2048)
        np.testing.assert_allclose(values, expected, atol=1e-4)


def test_weights_of_another_network_are_refused(keras: Any, paths: list[Path], tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    others = [legacy_h5(model, tmp_path / "other.h5"), tmp_path / "text.h5", tmp_path / "other.weights.h5"]
    others[1].write_text("no weights at all")
    model.save_weights(others[2])
    for file in others:
        with pytest.raises(ModelError, match="does not hold weights of InceptionV3: ") as error:
            mm.extract(paths, weights=file)
        assert str(file) in str(error.value)
        assert "\n" not in str(error.value)
    with pytest.raises(ModelError, match=r"missing\.h5"):
        mm.extract(paths, weights=tmp_path / "missing.h5")


def test_a_download_that_fails_names_the_ways_out(
    keras: Any, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None -- no route\nand more")  # as Keras does

    monkeypatch.setattr("keras.src.applications.inception_v3.file_utils.get_file", refuse)
    with pytest.raises(ModelError) as error:
        mm.extract(paths)
    said = str(error.value)
    assert "\n" not in said
    assert "URL fetch failure" in said
    for way in ("--weights FILE", "--extractor model --model FILE.keras", "--features FILE.npy", "--extractor classic"):
        assert way in said


def test_without_keras_the_extra_is_named(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mapmaker\[tensorflow\]'"):
        mm.extract(paths)


def convolution(keras: Any, side: int | None = None, pooled: bool = True) -> Any:
    image = keras.Input((side, side, 3))
    seen = keras.layers.Conv2D(6, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(seen) if pooled else seen)


Saved = Callable[[Any], Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    def save(model: Any, name: str = "model.keras") -> Path:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Keras warns of a model that is not built: a case below
            model.save(tmp_path / name)
        return tmp_path / name

    return save


def test_any_model_of_one_picture_says_what_keras_says(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras, 299)
    values = mm.extract(paths, extractor="model", model=saved(model), batch=2)
    np.testing.assert_allclose(values, model.predict(pixels(paths), verbose=0), atol=1e-5)


def test_places_in_the_picture_are_averaged(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras, 299, pooled=False)
    values = mm.extract(paths, extractor="model", model=saved(model))
    assert values.shape == (5, 6)
    np.testing.assert_allclose(values, model.predict(pixels(paths), verbose=0).mean(axis=(1, 2)), atol=1e-5)


def test_a_model_of_any_size_gets_the_size_asked_for(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras)
    file = saved(model)
    scaled = np.stack(
        [np.asarray(Image.open(p).resize((64, 64), Image.Resampling.BICUBIC, reducing_gap=3.0)) for p in paths]
    )
    values = mm.extract(paths, extractor="model", model=file, size=64)
    np.testing.assert_allclose(values, model.predict(scaled.astype(np.float32), verbose=0), atol=1e-5)
    assert not np.allclose(values, mm.extract(paths, extractor="model", model=file), atol=1e-5)


def test_a_model_saved_anew_under_the_same_name_is_loaded_anew(keras: Any, paths: list[Path], saved: Saved) -> None:
    before = mm.extract(paths, extractor="model", model=saved(convolution(keras, 299)))
    after = mm.extract(paths, extractor="model", model=saved(randomized(convolution(keras, 299))))
    assert not np.allclose(before, after)


def test_models_that_will_not_do_are_refused_in_one_line(
    keras: Any, paths: list[Path], saved: Saved, tmp_path: Path
) -> None:
    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(image)
    wrong = {
        "two inputs": (keras.Model([image, keras.Input((8, 8, 3))], flat), "not one picture"),
        "grey": (keras.Model(grey := keras.Input((8, 8, 1)), keras.layers.Flatten()(grey)), "not one picture"),
        "a row": (keras.Model(row := keras.Input((8,)), keras.layers.Dense(2)(row)), "not one picture"),
        "two outputs": (keras.Model(image, [flat, keras.layers.Dense(2)(flat)]), "not one output"),
        "code": (keras.Model(image, keras.layers.Lambda(lambda x: x * 2, name="code")(flat)), "cannot be loaded"),
        "not built": (keras.Sequential([keras.layers.Flatten()]), "model.keras"),
    }
    for model, said in wrong.values():
        file = saved(model)
        with pytest.raises(ModelError, match=said) as error:
            mm.extract(paths, extractor="model", model=file)
        assert str(file) in str(error.value)
        assert "\n" not in str(error.value)


def test_files_that_are_no_models_are_refused_in_one_line(paths: list[Path], tmp_path: Path) -> None:
    for name, content, said in (
        ("empty.keras", b"", "cannot be loaded"),
        ("text.keras", b"no model", "cannot be loaded"),
        ("model.h5", b"", "is not a .keras file"),
        ("model.pt", b"", "is not a .keras file"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=said):
            mm.extract(paths, extractor="model", model=tmp_path / name)
    with pytest.raises(ModelError, match=r"missing\.keras"):
        mm.extract(paths, extractor="model", model=tmp_path / "missing.keras")


@pytest.mark.parametrize("batch", [1, 4, 32])
def test_a_pictures_features_do_not_depend_on_its_companions(
    keras: Any, paths: list[Path], saved: Saved, batch: int
) -> None:
    file = saved(randomized(convolution(keras, 96)))
    together = mm.extract(paths, extractor="model", model=file, batch=batch)
    alone = np.concatenate([mm.extract([path], extractor="model", model=file, batch=batch) for path in paths])
    reversed_ = mm.extract(paths[::-1], extractor="model", model=file, batch=batch)[::-1]
    assert together.tobytes() == alone.tobytes() == reversed_.tobytes()


@pytest.mark.shared
@pytest.mark.skipif(not SQUEEZENET.is_file(), reason="NOT CHECKED: no ../shared/models")
def test_a_real_network_does_not_mind_companions_either(paths: list[Path]) -> None:
    together = mm.extract(paths, extractor="model", model=SQUEEZENET)
    alone = np.concatenate([mm.extract([path], extractor="model", model=SQUEEZENET) for path in paths])
    assert together.tobytes() == alone.tobytes()
