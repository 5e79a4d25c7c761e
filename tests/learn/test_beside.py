"""What was learned is measured beside the features that its head was given, before anything was learned."""

from pathlib import Path

import numpy as np
import pytest

from mapmaker.learn.evaluation.beside import FROZEN, LEARNED, TAPPED, extractors
from mapmaker.learn.evaluation.origin import Origin
from mapmaker.methods.extractors import Extractor
from mapmaker.methods.extractors.networks import KerasModel
from tests.methods.networks import needs


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    """A network of two convolutions."""
    import keras

    keras.utils.set_random_seed(0)
    picture = keras.Input((16, 16, 3))
    low = keras.layers.Conv2D(4, 3, activation="relu", name="low")(keras.layers.Rescaling(1 / 255)(picture))
    high = keras.layers.Conv2D(6, 3, activation="relu", name="high")(low)
    keras.Model(picture, high).save(tmp_path / "backbone.keras")
    return tmp_path / "backbone.keras"


@pytest.mark.tensorflow
@needs("tensorflow")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_head_on_taps_is_measured_beside_what_its_taps_say(backbone: Path, tmp_path: Path) -> None:
    import keras

    learned = {"backbone": str(backbone), "taps": ["low"], "root": True, "pooling": "average", "weights": None}
    origin = Origin(backbone, {"options": learned})
    found = extractors(origin, "", None, tmp_path / "cache")
    assert list(found) == [LEARNED, FROZEN, TAPPED]
    file = _file(found[TAPPED])
    pictures = np.random.default_rng(0).uniform(0, 255, (3, 16, 16, 3)).astype(np.float32)
    network = keras.models.load_model(backbone)
    both = keras.Model(network.inputs[0], [network.get_layer("low").output, network.outputs[0]])(pictures)
    means = np.concatenate([np.asarray(one).mean(axis=(1, 2)) for one in both], axis=1)
    told = np.asarray(keras.models.load_model(file)(pictures))
    assert np.allclose(told, means / np.sqrt(np.abs(means) + 0.01), atol=1e-5)
    written = file.stat().st_mtime_ns
    assert _file(extractors(origin, "", None, tmp_path / "cache")[TAPPED]) == file
    assert file.stat().st_mtime_ns == written


def _file(extractor: Extractor) -> Path:
    assert isinstance(extractor, KerasModel)
    assert extractor.model is not None
    return extractor.model


def test_a_head_on_the_network_itself_has_nothing_else_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    learned = {"backbone": str(tmp_path / "model.keras"), "taps": [], "root": False, "pooling": "average"}
    found = extractors(Origin(tmp_path / "model.keras", {"options": learned}), "", None, tmp_path / "cache")
    assert list(found) == [LEARNED, FROZEN]
    assert isinstance(found[FROZEN], KerasModel)
    nothing = extractors(Origin(tmp_path / "model.keras", {"options": {"backbone": "cnn7"}}), "", None, tmp_path)
    assert list(nothing) == [LEARNED]
