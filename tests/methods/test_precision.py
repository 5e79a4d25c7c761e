"""Low precision: as near to float32 as it has to be, on real posters; what cannot be rebuilt computes as it did."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import mapmaker as mm
from mapmaker.errors import ModelError
from mapmaker.methods.extractors.networks import KerasModel
from mapmaker.methods.extractors.precision import NEAR, in_precision, likeness
from mapmaker.methods.extractors.settling import settle

from .conftest import Saved
from .networks import POSTERS, SQUEEZENET, convolution, cosines, needs, pixels

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.usefixtures("forget"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.mark.shared
@pytest.mark.skipif(not SQUEEZENET.is_file(), reason="NOT CHECKED: no ../shared/models")
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_low_precision_sees_the_same_in_real_posters(precision: str) -> None:
    posters = sorted(POSTERS.rglob("*.jpg"))[::700][:8]
    assert len(posters) == 8
    exact, lower = (
        mm.extract(posters, extractor="model", model=SQUEEZENET, batch=8, precision=one, workers=1)
        for one in ("float32", precision)
    )
    assert exact.dtype == lower.dtype == np.float32
    assert not np.array_equal(exact, lower)
    assert cosines(lower, exact).min() > NEAR


def test_layers_compute_low_and_weights_stay_exact(keras: Any) -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Sequential([keras.Input((8, 8, 3)), convolution(keras), keras.layers.Dense(2)])
    model = keras.Model(image, model(image))  # models within models
    lower = in_precision(model, "bfloat16")
    layers = [layer for layer in lower._flatten_layers() if layer.weights and not isinstance(layer, keras.Model)]
    assert {layer.compute_dtype for layer in layers} == {"bfloat16"}
    assert {str(weight.dtype) for weight in lower.weights} == {"float32"}
    for ours, theirs in zip(lower.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
    assert in_precision(model, "float32") is model


def test_a_model_that_cannot_be_rebuilt_falls_back_to_float32_with_a_note(
    keras: Any, paths: list[Path], saved: Saved, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = convolution(keras, 299)
    file = saved(model)

    def refuse(*_: object, **__: object) -> None:
        raise TypeError("no such class\nin this process")

    monkeypatch.setattr(keras.saving, "serialize_keras_object", refuse)
    asked = KerasModel(model=file, precision="bfloat16", batch=5)
    with pytest.raises(ModelError, match="cannot be rebuilt with precision 'bfloat16'"):
        asked.network()
    notes: list[str] = []
    chosen = settle(asked, None, paths, notes.append)
    assert chosen == KerasModel(model=file, precision="float32", batch=5)
    assert len(notes) == 1
    assert notes[0].endswith("; it computes in float32")
    seen = chosen(pixels(paths).astype(np.uint8))
    np.testing.assert_allclose(seen, model.predict(pixels(paths), verbose=0), atol=1e-5)


@pytest.mark.parametrize(
    ("lower", "exact", "expected"),
    [
        ([[1, 0], [0, 2]], [[2, 0], [0, 1]], 1.0),
        ([[1, 0], [0, 2]], [[2, 0], [1, 0]], 0.0),
        ([[0, 0]], [[1, 0]], 0.0),
        ([[0, 0]], [[0, 0]], 1.0),
        ([[np.nan, 1]], [[0, 1]], 0.0),
        ([[np.inf, 1]], [[3e38, 1]], 0.0),
        ([[3e38, 3e38]], [[1e38, 1e38]], 1.0),
    ],
)
def test_likeness_is_that_of_the_worst_row(lower: Any, exact: Any, expected: float) -> None:
    found: list[NDArray[np.float32]] = [np.array(values, np.float32) for values in (lower, exact)]
    assert likeness(*found) == pytest.approx(expected)
