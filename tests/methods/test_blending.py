"""A blend of two networks sees posters as like as both do, each by its share."""

from pathlib import Path

import numpy as np
import pytest

from mapmaker import pipeline
from mapmaker.errors import OptionError
from mapmaker.learn.evaluation.subjects import blended
from mapmaker.methods.extractors.networks import Blend, KerasModel
from tests.conftest import Picture
from tests.methods.networks import cosines, needs, randomized

pytestmark = [
    pytest.mark.tensorflow,
    needs("tensorflow"),
    pytest.mark.usefixtures("forget"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def saved(file: Path, side: int, numbers: int, pooled: bool = True) -> Path:
    import keras

    layers = [keras.Input((side, side, 3)), keras.layers.Conv2D(numbers, 3, strides=2, activation="relu")]
    model = keras.Sequential([*layers, *([keras.layers.GlobalAveragePooling2D()] if pooled else [])])
    randomized(model).save(file)
    return file


def test_likeness_in_a_blend_is_the_mean_of_both(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.keras", 32, 6), saved(tmp_path / "b.keras", 32, 10, pooled=False)
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    one, other = (KerasModel(model=file, precision="float32")(pictures) for file in (first, second))
    both = Blend(model=first, frozen=second, blend=0.3, precision="float32")(pictures)
    assert both.shape == (4, 16)
    assert np.allclose(both, blended(one, other, 0.3), atol=1e-5)
    expected = 0.3 * cosines(one[:3], one[1:]) + 0.7 * cosines(other[:3], other[1:])
    assert np.allclose(cosines(both[:3], both[1:]), expected, atol=1e-5)


def test_the_smaller_network_gets_the_picture_scaled_down(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.keras", 16, 6), saved(tmp_path / "b.keras", 48, 10)
    blend = Blend(model=first, frozen=second)
    assert blend.preparation().size == (48, 48)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3), np.uint8)
    assert np.allclose(np.linalg.norm(blend(pictures), axis=1), 1, atol=1e-4)


def test_another_file_in_its_place_is_another_network(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.keras", 16, 3), saved(tmp_path / "b.keras", 16, 4)
    pictures = np.zeros((1, 16, 16, 3), np.uint8)
    assert Blend(model=first, frozen=second)(pictures).shape == (1, 7)
    saved(second, 16, 5)
    assert Blend(model=first, frozen=second)(pictures).shape == (1, 8)


def test_a_map_is_made_by_a_blend(tmp_path: Path, picture: Picture) -> None:
    for number in range(6):
        picture(tmp_path / "posters" / f"{number}.png", number)
    first, second = saved(tmp_path / "a.keras", 16, 6), saved(tmp_path / "b.keras", 16, 4)
    report = pipeline.build(
        tmp_path / "posters",
        tmp_path / "map",
        extractor="model",
        model=first,
        frozen=second,
        blend="0.5",
        workers=1,
        triage={"near": "off", "placeholder": "off", "template": "off"},
    )
    assert report.figures["features"]["numbers"] == 10


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"blend": 0.5}, "give the second with --frozen"),
        ({"frozen": "b.keras", "blend": 1.5}, "blend = 1.5 is not between 0 and 1"),
        ({"frozen": "b.keras", "blend": "much"}, "blend = 'much' is not float"),
    ],
)
def test_a_blend_that_cannot_be_is_told(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        pipeline.plan(pipeline.tables({"extractor": "model", "model": "a.keras", **chosen}))
