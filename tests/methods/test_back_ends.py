"""TensorFlow, JAX and PyTorch see the same, on one device and on several; each in a process of its own."""

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.methods.extractors import back_end
from mapmaker.methods.extractors.machine import BACK_ENDS

from .networks import convolution, cosines, legacy_h5, needs, randomized

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
NEAR = 1 - 1e-3
OTHERS = [pytest.param(name, marks=needs(name)) for name in BACK_ENDS if name != "tensorflow"]

Seen = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def folder(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, a small model, and weights of VGG16, for all back ends."""
    folder = tmp_path_factory.mktemp("back_ends")
    coarse = np.random.default_rng(0).integers(0, 256, (5, 7, 7, 3), np.uint8)
    np.save(folder / "pixels.npy", coarse.repeat(32, axis=1).repeat(32, axis=2))
    randomized(convolution(keras, 224, pooled=False)).save(folder / "small.keras")
    legacy_h5(keras.applications.VGG16(include_top=False, weights=None), folder / "vgg16.h5")
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Seen]:
    """What each back end that is installed sees, and whether that is all the same. They run side by side."""
    running = {}
    for name in BACK_ENDS:
        if not needs(name).args[0]:
            words = [sys.executable, "-m", "tests.methods.back_end_program", str(folder)]
            environment = {**os.environ, "KERAS_BACKEND": name}
            root = Path(__file__).resolve().parents[2]
            running[name] = subprocess.Popen(words, cwd=root, env=environment, stderr=subprocess.PIPE, text=True)
    for name, process in running.items():
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, f"{name}: {said[-3000:]}"
    return {name: dict(np.load(folder / f"{name}.npz")) for name in running}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("network", ["small", "vgg16"])
def test_back_ends_see_the_same(seen: dict[str, Seen], name: str, network: str) -> None:
    assert seen[name][network].dtype == np.float32
    assert cosines(seen[name][network], seen["tensorflow"][network]).min() > NEAR
    np.testing.assert_allclose(seen[name][network], seen["tensorflow"][network], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["tensorflow", *OTHERS])
def test_low_precision_is_near_on_each(seen: dict[str, Seen], name: str) -> None:
    assert cosines(seen[name]["bfloat16"], seen[name]["small"]).min() > NEAR
    assert not np.array_equal(seen[name]["bfloat16"], seen[name]["small"])


@pytest.mark.parametrize("name", ["tensorflow", *OTHERS])
def test_two_devices_share_a_batch_and_see_what_one_sees(seen: dict[str, Seen], name: str) -> None:
    assert seen[name]["two"].shape == seen[name]["small"].shape == (5, 6)  # an odd number is shared out, too
    np.testing.assert_allclose(seen[name]["two"], seen[name]["small"], atol=1e-5)
    if name != "torch":  # which cannot play two
        assert seen[name]["in_use"].tolist() == ["cpu:0", "cpu:1"]


def test_garbage_is_looked_for_but_while_a_number_of_pictures_is_compiled(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = back_end.Network(lambda: convolution(keras, 8), lambda pictures, model: model(pictures))
    enabled: list[bool] = []
    (launch,) = network._launches

    def noting(pictures: NDArray[Any]) -> Any:
        enabled.append(gc.isenabled())
        return launch(pictures)

    monkeypatch.setattr(network, "_launches", [noting])
    for count in (2, 2, 3, 2, 3):
        network(np.zeros((count, 8, 8, 3), np.float32))
    assert enabled == [False, True, False, True, True]
    assert gc.isenabled()


def test_a_single_device_is_left_to_the_back_end(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"sent to {name}")

    monkeypatch.setattr(keras, "device", refuse)
    network = back_end.Network(lambda: convolution(keras, 8), lambda pictures, model: model(pictures))
    assert network.devices == 1
    assert network(np.zeros((2, 8, 8, 3), np.float32)).shape == (2, 6)
    with pytest.raises(AssertionError, match="sent to cpu:0"):
        back_end.Network(lambda: convolution(keras, 8), lambda pictures, model: model(pictures), ["cpu:0", "cpu:0"])
