"""Models of the user's own: what Keras itself would say of the same pixels; and every model that will not do."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mapmaker as mm
from mapmaker.errors import ModelError
from mapmaker.methods.extractors.networks import KerasModel

from .conftest import Saved
from .networks import SQUEEZENET, convolution, needs, pixels, randomized

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.usefixtures("forget"),
    # NumPy on Keras' own variables, which nobody but these tests looks into.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def look(paths: list[Path], model: Path, **options: Any) -> Any:
    """Return what the model sees, computed in float32 as Keras does by itself."""
    return mm.extract(paths, extractor="model", model=model, precision="float32", **options)


def test_any_model_of_one_picture_says_what_keras_says(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras, 299)
    values = look(paths, saved(model), batch=2)
    np.testing.assert_allclose(values, model.predict(pixels(paths), verbose=0), atol=1e-5)


def test_places_in_the_picture_are_averaged(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras, 299, pooled=False)
    values = look(paths, saved(model))
    assert values.shape == (5, 6)
    np.testing.assert_allclose(values, model.predict(pixels(paths), verbose=0).mean(axis=(1, 2)), atol=1e-5)


def test_a_model_of_any_size_gets_the_size_asked_for(keras: Any, paths: list[Path], saved: Saved) -> None:
    model = convolution(keras)
    file = saved(model)
    scaled = np.stack(
        [np.asarray(Image.open(p).resize((64, 64), Image.Resampling.BICUBIC, reducing_gap=3.0)) for p in paths]
    )
    values = look(paths, file, size=64)
    np.testing.assert_allclose(values, model.predict(scaled.astype(np.float32), verbose=0), atol=1e-5)
    assert not np.allclose(values, look(paths, file), atol=1e-5)


def test_a_network_is_set_aside_from_the_search_for_garbage_until_all_is_seen(
    keras: Any, paths: list[Path], saved: Saved
) -> None:
    file = saved(convolution(keras, 299))
    gc.unfreeze()
    KerasModel(model=file).network()
    assert gc.get_freeze_count() > 1000
    look(paths, file)
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()


def test_a_model_saved_anew_under_the_same_name_is_loaded_anew(keras: Any, paths: list[Path], saved: Saved) -> None:
    before = look(paths, saved(convolution(keras, 299)))
    after = look(paths, saved(randomized(convolution(keras, 299))))
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
            look(paths, file)
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
            look(paths, tmp_path / name)
    with pytest.raises(ModelError, match=r"missing\.keras"):
        look(paths, tmp_path / "missing.keras")


@pytest.mark.parametrize("batch", [1, 4, 32])
def test_a_pictures_features_do_not_depend_on_its_companions(
    keras: Any, paths: list[Path], saved: Saved, batch: int
) -> None:
    file = saved(randomized(convolution(keras, 96)))
    together = look(paths, file, batch=batch)
    alone = np.concatenate([look([path], file, batch=batch) for path in paths])
    reversed_ = look(paths[::-1], file, batch=batch)[::-1]
    assert together.tobytes() == alone.tobytes() == reversed_.tobytes()


@pytest.mark.shared
@pytest.mark.skipif(not SQUEEZENET.is_file(), reason="NOT CHECKED: no ../shared/models")
def test_a_real_network_does_not_mind_companions_either(paths: list[Path]) -> None:
    together = look(paths, SQUEEZENET)
    alone = np.concatenate([look([path], SQUEEZENET) for path in paths])
    assert together.tobytes() == alone.tobytes()
