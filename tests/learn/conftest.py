"""What tests of training share: coloured posters with labels, and a small backbone."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mapmaker.learn import Labelling, Place, Posters, train
from mapmaker.learn.recipe import recipe
from tests.extras import need

LABELS = Labelling(least=5)
QUICK = {"precision": "float32", "batch": 16, "augment": 0.3, "seed": 3}
COLOURS = {"Drama": (200, 40, 40), "Horror": (40, 160, 60), "War": (50, 60, 190)}


@dataclass(frozen=True)
class Collection:
    """A folder of posters and their table."""

    images: Path
    metadata: Path

    def arguments(self) -> list[str]:
        """As the command line has them."""
        return [str(self.images), "--metadata", str(self.metadata)]


def draw(folder: Path, count: int, several: bool = False) -> Collection:
    """Draw posters of noise, tinted by their labels; of `several`, every fifth has two."""
    folder.mkdir()
    names = list(COLOURS)
    random = np.random.default_rng(0)
    rows = []
    for index in range(count):
        labels = [names[index % 3]] + ([names[(index + 1) % 3]] if several and index % 5 == 0 else [])
        tint = np.mean([COLOURS[label] for label in labels], axis=0)
        pixels = np.clip(tint + random.normal(0, 60, (12, 8, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).resize((32, 48), Image.Resampling.NEAREST).save(folder / f"{index:03}.png")
        rows.append({"filename": f"{index:03}.png", "genres": "|".join(labels), "imdb_id": f"tt{index}"})
    write_table(folder / "table.csv", rows)
    return Collection(folder, folder / "table.csv")


def write_table(file: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write the table."""
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def posters(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """90 posters of three labels, some of two."""
    return draw(tmp_path_factory.mktemp("several") / "posters", 90, several=True)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """90 posters of one label each."""
    return draw(tmp_path_factory.mktemp("single") / "posters", 90)


@pytest.fixture(scope="session")
def keras() -> Any:
    """Keras, or the test is skipped, or failed on CI."""
    need("keras", "tensorflow")
    import keras

    return keras


@pytest.fixture(scope="session")
def backbone(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network with two branches and batch normalisation, which ends in average pooling; its weights fixed."""
    layers = keras.layers
    inputs = keras.Input((32, 24, 3))
    values = layers.Rescaling(1 / 255)(inputs)
    for index, filters in enumerate((4, 6, 8)):
        seeded = {"kernel_initializer": keras.initializers.HeNormal(seed=index)}
        values = layers.Conv2D(filters, 3, strides=2, padding="same", name=f"conv{index}", **seeded)(values)
        values = layers.BatchNormalization(name=f"norm{index}")(values)
        values = layers.ReLU()(values)
    branch = layers.Conv2D(8, 1, name="branch", kernel_initializer=keras.initializers.HeNormal(seed=9))(values)
    values = layers.Concatenate(name="joined")([values, branch])
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(values))
    file = tmp_path_factory.mktemp("backbone") / "small.keras"
    model.save(file)
    return Path(file)


@pytest.fixture
def learn(tmp_path: Path, posters: Collection, backbone: Path) -> Callable[..., Any]:
    """Trains a preset on the small backbone."""

    def run(preset: str, out: str = "run", collection: Collection = posters, **values: object) -> Any:
        made = recipe(preset, {"backbone": str(backbone), **QUICK, **values})
        place = Place(tmp_path / out, cache=tmp_path / "pixels", workers=1)
        return train(Posters(collection.images, collection.metadata, LABELS), made, place)

    return run
