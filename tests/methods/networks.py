"""Networks to test with: weights that are random, in files as Keras writes them, and what tests need to run at all."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SQUEEZENET = SHARED / "models" / "squeezenet-1.1.keras"
POSTERS = SHARED / "data" / "posters"


def needs(package: str) -> pytest.MarkDecorator:
    """Skip without the package; on CI all are there, and its lack is a failure."""
    lacking = importlib.util.find_spec(package) is None and not os.environ.get("CI")
    return pytest.mark.skipif(lacking, reason=f"NOT CHECKED: the {package} extra is not installed")


def pixels(paths: list[Path]) -> NDArray[np.float32]:
    """Return pictures, all of one size, as they are."""
    return np.stack([np.asarray(Image.open(path), np.float32) for path in paths])


def cosines(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """Return the cosine similarity of each row of `a` to that of `b`."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    found: NDArray[np.float64] = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return found


def randomized(model: Any) -> Any:
    """Give every weight a random value, small enough for finite outputs; a variance is positive."""
    rng = np.random.default_rng(0)
    for weight in model.weights:
        shape = tuple(weight.shape)
        noise = rng.normal(size=shape)
        if weight.name == "moving_variance":
            weight.assign(0.5 + rng.random(shape))
        elif len(shape) == 4:
            weight.assign(noise * np.sqrt(2 / np.prod(shape[:3])))
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


def convolution(keras: Any, side: int | None = None, pooled: bool = True) -> Any:
    """Return the smallest network that sees anything."""
    image = keras.Input((side, side, 3))
    seen = keras.layers.Conv2D(6, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.GlobalAveragePooling2D()(seen) if pooled else seen)
