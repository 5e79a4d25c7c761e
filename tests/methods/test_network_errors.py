"""What is wrong with a network, as a user of the command is told: one line, the exit code of what is theirs to mend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapmaker import cli
from mapmaker.methods.extractors import back_end, memory

from .conftest import Saved
from .networks import convolution, legacy_h5, needs

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.usefixtures("forget"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
Prepare = Callable[[Any, Path, Saved, pytest.MonkeyPatch], list[str | Path]]


def no_network(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    def refuse(*_: object, **__: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None -- no route\nand more")

    patch.setattr("keras.src.applications.vgg19.file_utils.get_file", refuse)
    return ["--extractor", "vgg19"]


def wrong_weights(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    return ["--extractor", "resnet50", "--weights", legacy_h5(convolution(keras, 8), folder / "w.h5")]


def two_inputs(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    one, other = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    return ["--extractor", "model", "--model", saved(keras.Model([one, other], keras.layers.Flatten()(one)))]


def full_gpu(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    class ResourceExhaustedError(Exception):
        """Named as TensorFlow's is."""

    def refuse(*_: object) -> None:
        raise ResourceExhaustedError("OOM when allocating tensor\nand a page more")

    patch.setattr(memory, "_ROOMS", {})
    patch.setattr(back_end.Network, "__call__", refuse)
    return ["--extractor", "model", "--model", saved(convolution(keras, 8))]


def not_finite(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    np.save(folder / "f.npy", np.array([[0.5, 1], [2, np.nan], [3, 4]]))
    return ["--features", folder / "f.npy"]


def too_few(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    np.save(folder / "f.npy", np.zeros((2, 5)))
    return ["--features", folder / "f.npy"]


def unknown_precision(keras: Any, folder: Path, saved: Saved, patch: pytest.MonkeyPatch) -> list[str | Path]:
    return ["--precision", "float"]


WRONG: dict[str, tuple[Prepare, list[str]]] = {
    "no weights and no network": (no_network, ["VGG19's weights could not be downloaded (URL fetch", "--weights FILE"]),
    "weights of another network": (wrong_weights, ["w.h5 does not hold weights of ResNet50: ", "give a file for"]),
    "two inputs": (
        two_inputs,
        ["model.keras takes [(None, 8, 8, 3), (None, 8, 8, 3)], not one picture", "save a model"],
    ),
    "a full GPU": (full_gpu, ["out of memory: KerasModel has no room for a single picture", "--precision bfloat16"]),
    "features that are none": (not_finite, ["f.npy holds", "nan for 'p01.png', number 2 of 2; compute them again"]),
    "too few features": (
        too_few,
        ["f.npy has shape (2, 5), but there are 3 images", "save it with shape (3, numbers)"],
    ),
    "a precision that is none": (unknown_precision, ["features.precision = 'float' is not known", "did you mean"]),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_with_a_network_is_one_line_and_the_users_to_mend(
    keras: Any,
    pictures: Callable[[Path, int], Path],
    tmp_path: Path,
    saved: Saved,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    wrong: str,
) -> None:
    prepare, said = WRONG[wrong]
    monkeypatch.chdir(tmp_path)
    arguments = ["build", pictures(tmp_path / "posters", 3), "--workers", "1", "--quiet"]
    arguments += prepare(keras, tmp_path, saved, monkeypatch)
    capfd.readouterr()
    assert cli.main([str(argument) for argument in arguments]) == cli.USER_ERROR
    *_, line = capfd.readouterr().err.splitlines()
    assert line.startswith("mapmaker: ")
    for part in said:
        assert part in line
    assert not (tmp_path / "map").exists()
