"""Published networks: what Keras itself would say of the same pixels; and every way in which there is no network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker.errors import ModelError, OptionError
from mapmaker.methods.extractors import EXTRACTORS
from mapmaker.methods.extractors.networks import Application, Scaling

from .networks import legacy_h5, needs, pixels, randomized

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.usefixtures("forget"),
    # NumPy on Keras' own variables, which nobody but these tests looks into.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

SIDES = {"inception_v3": 299, "vgg16": 224, "vgg19": 224, "resnet50": 224, "nasnet_large": 331}
"""As their papers have them."""


@pytest.mark.parametrize("name", SIDES)
def test_each_network_is_one_of_keras_with_its_own_size_and_preprocessing(keras: Any, name: str) -> None:
    extractor: Application = EXTRACTORS[name]()()
    assert extractor.preparation() == Scaling((SIDES[name], SIDES[name]))
    assert callable(getattr(keras.applications, extractor.architecture.name))
    grey = np.full((1, 2, 2, 3), 51, np.float32)
    seen = np.asarray(extractor.preprocess()(grey))
    if name.startswith(("vgg", "resnet")):  # blue, green, red, less the mean of ImageNet
        np.testing.assert_allclose(seen[0, 0, 0], np.array([51 - 103.939, 51 - 116.779, 51 - 123.68]), atol=1e-3)
    else:  # -1 to 1
        np.testing.assert_allclose(seen, -0.6, atol=1e-6)


def test_inception_v3_says_what_keras_says_from_weights_with_the_classifier(
    keras: Any, paths: list[Path], tmp_path: Path
) -> None:
    model = randomized(keras.applications.InceptionV3(weights=None))
    file = legacy_h5(model, tmp_path / "whole.h5")
    both = keras.Model(model.input, [model.get_layer("avg_pool").output, model.output])
    prepared = keras.applications.inception_v3.preprocess_input(pixels(paths[:2]))
    expected = both(prepared, training=False)[0].numpy()  # not `predict`, which takes half a minute to compile
    assert np.ptp(expected, axis=0).max() > 0.01  # the pictures are told apart, or the rest means nothing
    values = mm.extract(paths[:2], weights=file, batch=2, precision="float32")
    assert values.dtype == np.float32
    assert values.shape == (2, 2048)
    np.testing.assert_allclose(values, expected, atol=1e-4)


def test_vgg16_says_what_keras_says_averaged_or_flat(keras: Any, paths: list[Path], tmp_path: Path) -> None:
    paths = [scaled(path, tmp_path) for path in paths[:2]]
    model = randomized(keras.applications.VGG16(include_top=False, weights=None, input_shape=(224, 224, 3)))
    model.save_weights(tmp_path / "of_keras_3.weights.h5")
    expected = model(keras.applications.vgg16.preprocess_input(pixels(paths)), training=False).numpy()
    assert expected.shape == (2, 7, 7, 512)
    for file in (legacy_h5(model, tmp_path / "published.h5"), tmp_path / "of_keras_3.weights.h5"):
        options: dict[str, Any] = {"extractor": "vgg16", "weights": file, "batch": 2, "precision": "float32"}
        flat = mm.extract(paths, features="flat", **options)
        np.testing.assert_allclose(flat, expected.reshape(2, 25088), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(mm.extract(paths, **options), expected.mean(axis=(1, 2)), rtol=1e-3, atol=1e-3)


def scaled(path: Path, folder: Path) -> Path:
    """Write a picture of 224 x 224, which nothing has to scale."""
    Image.open(path).resize((224, 224)).save(folder / path.name)
    return folder / path.name


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_features_of_vgg_are_one_of_two(name: str) -> None:
    with pytest.raises(OptionError, match=r"features\.features = 'flatt' is not known: did you mean 'flat'\?"):
        mm.extract([], extractor=name, features="flatt")


def test_weights_of_another_network_are_refused(keras: Any, paths: list[Path], tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    others = [legacy_h5(model, tmp_path / "other.h5"), tmp_path / "text.h5", tmp_path / "other.weights.h5"]
    others[1].write_text("no weights at all")
    model.save_weights(others[2])
    for file in others:
        with pytest.raises(ModelError, match="does not hold weights of ResNet50: ") as error:
            mm.extract(paths, extractor="resnet50", weights=file, precision="float32")
        assert str(file) in str(error.value)
        assert "\n" not in str(error.value)
    with pytest.raises(ModelError, match=r"missing\.h5"):
        mm.extract(paths, weights=tmp_path / "missing.h5")


def test_a_download_that_fails_names_the_ways_out(
    keras: Any, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None -- no route\nand more")  # as Keras does

    monkeypatch.setattr("keras.src.applications.vgg16.file_utils.get_file", refuse)
    with pytest.raises(ModelError) as error:
        mm.extract(paths, extractor="vgg16")
    said = str(error.value)
    assert "\n" not in said
    assert "VGG16's weights could not be downloaded (URL fetch failure" in said
    for way in ("--weights FILE", "--extractor model --model FILE.keras", "--features FILE.npy", "--extractor classic"):
        assert way in said
