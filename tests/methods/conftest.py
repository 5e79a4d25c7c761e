"""What tests of networks share."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mapmaker.methods.extractors import back_end, networks

Saved = Callable[..., Path]


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras, with the back end that it is set to."""
    return back_end.import_keras()


@pytest.fixture
def forget() -> Iterator[None]:
    """Hold no network from one test to the next."""
    networks._network.cache_clear()
    yield


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Five pictures of 299 x 299, which nothing has to scale."""
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(5):
        noise = np.random.default_rng(i).integers(0, 256, (4 + 3 * i, 5, 3), np.uint8)
        Image.fromarray(noise).resize((299, 299), Image.Resampling.BICUBIC).save(folder / f"{i}.png")
    return sorted(folder.iterdir())


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Saves a model and returns its file."""

    def save(model: Any, name: str = "model.keras") -> Path:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Keras warns of a model that is not built
            model.save(tmp_path / name)
        return tmp_path / name

    return save
