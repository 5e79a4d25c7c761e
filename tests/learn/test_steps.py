"""The small parts of training, each on its own: order, augmentation, cuts, proxies, figures, pixels."""

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mapmaker.learn import Labelling, read_dataset
from mapmaker.learn.augmentation import Augmented
from mapmaker.learn.backbones import load_backbone
from mapmaker.learn.batches import Order
from mapmaker.learn.lesson import prepare_lesson
from mapmaker.learn.network import make_network
from mapmaker.learn.phases import phases_of
from mapmaker.learn.pixels import Pictures, decoded
from mapmaker.learn.recipe import Recipe, recipe
from mapmaker.learn.validation import classifier_figures, embedding_figures
from mapmaker.methods.engines.local import Local
from mapmaker.progress import Silence
from mapmaker.workspace import file_digest
from tests.learn.conftest import Collection

# Keras asks TensorFlow's tensors for arrays in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LABELS = np.eye(3, dtype=bool)[[0] * 60 + [1] * 30 + [2] * 10]


def test_an_epoch_shows_each_poster_once_and_the_next_in_another_order() -> None:
    order = Order(LABELS, 32, 0, seed=1)
    first, second = order.epoch(0), order.epoch(1)
    assert first.shape == (3, 32)
    assert len(np.unique(first)) == 96
    assert (first != second).any()
    np.testing.assert_array_equal(first, Order(LABELS, 32, 0, seed=1).epoch(0))


def test_balance_shows_each_class_as_often() -> None:
    drawn = np.concatenate([Order(LABELS, 50, 1.0, seed=0).epoch(epoch).ravel() for epoch in range(60)])
    np.testing.assert_allclose(LABELS[drawn].mean(axis=0), 1 / 3, atol=0.02)


def test_augmentation_is_a_function_of_seed_epoch_and_row() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 24, 16, 3), np.uint8)
    source = Augmented(Pictures(pixels, np.arange(6)), 1.0, seed=2)
    rows = np.array([4, 1, 4])
    shown = source.shown(rows, 3)
    assert shown.shape == (3, 24, 16, 3)
    assert shown.dtype == np.uint8
    np.testing.assert_array_equal(shown[0], shown[2])
    np.testing.assert_array_equal(shown[1], source.shown(np.array([1]), 3)[0])
    assert (shown != source.shown(rows, 4)).any()
    np.testing.assert_array_equal(source.plain(rows), pixels[rows])
    np.testing.assert_array_equal(Augmented(source.pictures, 0.0, 2).shown(rows, 3), pixels[rows])


def test_phases_follow_the_recipe() -> None:
    found = [(one.name, one.objective, one.epochs, one.share) for one in phases_of(recipe("triplet", {}))]
    assert found == [
        ("warm-up", "sigmoid", 3, 0.0),
        ("unfreeze 0.1", "sigmoid", 2, 0.1),
        ("unfreeze 0.3", "sigmoid", 2, 0.3),
        ("triplet", "triplet", 10, 0.3),
    ]


def test_map_at_r_by_hand() -> None:
    """Five posters on a circle at 0, 10, 25, 60 and 90 degrees; the first, second and fifth are of the class."""
    angles = np.deg2rad([0, 10, 25, 60, 90])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = np.array([[True], [True], [False], [False], [True]])
    # R = 2. From the first: second, third: (1 + 0) / 2. From the second: first, third: 1/2. From the fifth: none.
    found = embedding_figures(unit, labels)
    assert found["map_at_r"] == pytest.approx((0.5 + 0.5 + 0) / 3)
    assert found["recall_at_1"] == pytest.approx(2 / 3)
    pairs = [np.cos(a - b) for i, a in enumerate(angles) for b in angles[:i]]
    assert found["spread"] == pytest.approx(1 - np.mean(pairs), abs=1e-6)
    assert embedding_figures(np.ones((4, 1), np.float32), np.ones((4, 1), bool))["spread"] == pytest.approx(0)


def slow_map_at_r(unit: NDArray[np.float32], labels: NDArray[np.bool_]) -> float:
    found = []
    for column in range(labels.shape[1]):
        asked = np.flatnonzero(labels[:, column])
        values = []
        for row in asked if len(asked) > 1 else ():
            order = sorted(
                (one for one in range(len(unit)) if one != row), key=lambda one: -float(unit[row] @ unit[one])
            )
            hits = [bool(labels[one, column]) for one in order[: len(asked) - 1]]
            values.append(sum(sum(hits[: k + 1]) / (k + 1) for k, hit in enumerate(hits) if hit) / len(hits))
        found += [float(np.mean(values))] if values else []
    return float(np.mean(found))


def test_figures_in_blocks_are_those_poster_by_poster(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    unit = random.normal(size=(83, 6)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    labels = random.random((83, 4)) < [0.5, 0.2, 0.04, 0.01]
    whole = embedding_figures(unit, labels)
    monkeypatch.setattr("mapmaker.learn.validation.AT_ONCE", 500)  # 7 rows at a time
    assert embedding_figures(unit, labels) == whole
    assert whole["map_at_r"] == pytest.approx(slow_map_at_r(unit, labels), abs=1e-6)


def test_a_dead_embedding_finds_nothing_wherever_posters_stand_in_the_table() -> None:
    labels = np.zeros((20, 2), bool)
    labels[:10, 0] = labels[10:, 1] = True  # who ties by order finds half of their class
    nothing = {"map_at_r": 0.0, "recall_at_1": 0.0, "spread": 0.0}
    assert embedding_figures(np.zeros((20, 3), np.float32), labels) == nothing
    assert embedding_figures(np.full((20, 3), 3**-0.5, np.float32), labels) == pytest.approx(nothing, abs=1e-7)
    half = np.zeros((20, 2), np.float32)
    half[10:] = (1, 0)
    half[15:] = (0, 1)
    found = embedding_figures(half, labels)
    assert found["spread"] == pytest.approx(25 / 45)  # of pairs of the ten that are no zeros
    assert found["recall_at_1"] == pytest.approx((0 + 1) / 2)


def test_figures_of_a_classifier_leave_out_what_val_lacks() -> None:
    labels = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]], bool)
    found = classifier_figures(np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.3, 0.1, 0.5]], np.float32), labels)
    # The third poster is behind for the second class: 1 and 1/2 precise, after the first poster or beside it.
    assert found["map"] == pytest.approx((1 + (1 + 2 / 3) / 2) / 2)
    assert found["accuracy"] == pytest.approx(2 / 3)


def test_posters_are_decoded_once(posters: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, _ = read_dataset(posters.images, posters.metadata, Labelling(least=5))
    first = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    assert first[1][np.array([3, 5])].shape == (2, 30, 20, 3)

    def fail(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("mapmaker.learn.pixels.Decode.__call__", fail)
    some = dataset.take(np.array([7, 3]))
    _, again, notes = decoded(some, (20, 30), tmp_path, Local(1), Silence())
    np.testing.assert_array_equal(again[np.array([1])], first[1][np.array([3])])
    assert notes == []


def test_a_disk_that_fails_once_says_nothing_of_a_file(
    posters: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, _ = read_dataset(posters.images, posters.metadata, Labelling(least=5))

    def failing(file: Path) -> str:
        if file.name in ("003.png", "005.png"):
            raise OSError(errno.EIO, "Input/output error")
        return file_digest(file)

    monkeypatch.setattr("mapmaker.learn.pixels.file_digest", failing)
    read, _, notes = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    assert len(read) == 88
    assert notes == ["2 posters cannot be read: left out: '003.png', '005.png'"]
    monkeypatch.undo()
    read, pictures, notes = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    assert (len(read), notes) == (90, [])
    assert len(pictures) == 90


def test_a_cache_that_was_cut_off_is_mended_and_one_that_is_broken_begun_anew(
    posters: Collection, tmp_path: Path
) -> None:
    dataset, _ = read_dataset(posters.images, posters.metadata, Labelling(least=5))
    every = np.arange(90)
    _, first, _ = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    kept = first[every]
    index, stored = (tmp_path / "20x30" / name for name in ("index.jsonl", "pixels"))
    index.write_bytes(index.read_bytes()[:-30])  # half a line less
    with stored.open("ab") as stream:
        stream.write(b"half a picture")
    _, again, _ = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    np.testing.assert_array_equal(again[every], kept)
    index.write_text("broken\n")
    _, anew, _ = decoded(dataset, (20, 30), tmp_path, Local(1), Silence())
    np.testing.assert_array_equal(anew[every], kept)
    np.testing.assert_array_equal(first[every], kept)  # who read the old one goes on doing so


@pytest.mark.tensorflow
def test_cuts_are_where_all_goes_through(keras: Any) -> None:
    from mapmaker.learn.activations import cuts_of, highest_cut

    layers = keras.layers
    inputs = keras.Input((8, 8, 3))
    one = layers.Conv2D(4, 1, name="one")(inputs)
    left = layers.Conv2D(4, 1, name="left")(one)
    right = layers.Conv2D(4, 1, name="right")(one)
    joined = layers.Add(name="joined")([left, right])
    around = layers.Add(name="around")([layers.Conv2D(4, 1, name="inner")(joined), joined])
    model = keras.Model(inputs, around)
    assert [model.layers[cut.position].name for cut in cuts_of(model)] == ["one", "joined", "around"]
    for layer in model.layers:
        layer.trainable = layer.name == "inner"
    cut = highest_cut(cuts_of(model), model.layers, 1000, 4000)
    assert cut is not None
    assert model.layers[cut.position].name == "joined"
    assert highest_cut(cuts_of(model), model.layers, 976, 1) is not None  # 8 x 8 x 4 float32 a poster: 1,024 bytes
    assert highest_cut(cuts_of(model), model.layers, 977, 1) is None


@pytest.fixture
def sequential(keras: Any, tmp_path: Path) -> Path:
    """A backbone written as most people write one."""
    layers = keras.layers
    stack = [keras.Input((32, 24, 3)), layers.Conv2D(4, 3, name="low"), layers.ReLU(), layers.Conv2D(6, 3, name="high")]
    keras.Sequential([*stack, layers.GlobalAveragePooling2D()]).save(tmp_path / "sequential.keras")
    return tmp_path / "sequential.keras"


@pytest.mark.tensorflow
def test_a_sequential_backbone_is_cut_and_says_what_it_said(keras: Any, sequential: Path) -> None:
    found = load_backbone(Recipe(backbone=str(sequential)))
    network = make_network(found, Recipe(), 3, "float32")
    cuts = [network.backbone.layers[cut.position].name for cut in network.cuts]
    assert (cuts[0], cuts[2]) == ("low", "high")
    pictures = np.random.default_rng(0).uniform(0, 255, (2, 32, 24, 3)).astype(np.float32)
    expected = keras.saving.load_model(sequential).predict(pictures, verbose=0)
    np.testing.assert_allclose(found.model.predict(pictures, verbose=0).mean(axis=(1, 2)), expected, rtol=1e-4)


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_a_file_that_ends_in_pooling_takes_other_sizes(keras: Any, backbone: Path, sequential: Path, kind: str) -> None:
    file = backbone if kind == "functional" else sequential
    found = load_backbone(Recipe(backbone=str(file), size="40x64"))
    assert found.size == (40, 64)
    assert found.model.input_shape == (None, 64, 40, 3)
    whole = {layer.name: layer.get_weights() for layer in keras.saving.load_model(file).layers if layer.weights}
    for layer in (one for one in found.model.layers if one.weights):
        for one, other in zip(layer.get_weights(), whole[layer.name], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.tensorflow
def test_what_is_kept_is_counted_by_what_is_looked_at(posters: Collection, backbone: Path, tmp_path: Path) -> None:
    """10 numbers of each of 72 posters to train on, 9 of val, none of test: 3.24 kB, less than 3.6 for all 90."""
    from mapmaker.learn import lesson

    dataset, _ = read_dataset(posters.images, posters.metadata, Labelling(least=5))
    assert [len(dataset.rows(split)) for split in ("train", "val", "test")] == [72, 9, 9]
    told: list[str] = []
    seen: list[int] = []
    progress = Silence()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lesson, "highest_cut", lambda *given: seen.append(given[2]))
        patched.setattr(Silence, "note", lambda self, text: told.append(text))
        for views, augment in ((0, 0.0), (4, 0.5)):
            made = Recipe(backbone=str(backbone), views=views, augment=augment, warmup=1)
            network = make_network(load_backbone(made), made, 3, "float32")
            _, pictures, _ = decoded(dataset, (24, 32), tmp_path, Local(1), progress)
            prepare_lesson(network, phases_of(made)[0], dataset, pictures, tmp_path, progress)
    assert set(seen) == {72 + 9, 4 * 72 + 9}


@pytest.mark.tensorflow
def test_frozen_layers_that_cannot_be_kept_are_told(
    keras: Any, posters: Collection, backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, _ = read_dataset(posters.images, posters.metadata, Labelling(least=5))
    outer = keras.Input((32, 24, 3))
    inner = keras.saving.load_model(backbone)
    keras.Model(outer, inner(outer)).save(tmp_path / "nested.keras")
    told: list[str] = []
    monkeypatch.setattr(Silence, "note", lambda self, text: told.append(text))
    for file, limit in ((tmp_path / "nested.keras", 4000), (backbone, 0), (backbone, 4000)):
        made = Recipe(backbone=str(file), warmup=1, cache_limit=limit)
        network = make_network(load_backbone(made), made, 3, "float32")
        _, pictures, _ = decoded(dataset, (24, 32), tmp_path, Local(1), Silence())
        prepare_lesson(network, phases_of(made)[0], dataset, pictures, tmp_path, Silence())
    assert len(told) == 2
    assert "the backbone holds a model within it" in told[0]
    assert "of 81 pictures takes 0 MB, and --set cache_limit is 0" in told[1]


@pytest.mark.tensorflow
def test_short_proxies_turn_as_long_ones_do_at_a_higher_rate(keras: Any) -> None:
    """Adam by hand on a proxy of full length at 100 x the rate, beside Keras' on one of 1/100 at the plain rate."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    long = random.normal(size=6)
    target = random.normal(size=6)
    short = tf.Variable(long / 100, dtype=tf.float64)
    optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-12)
    mean, square = np.zeros(6), np.zeros(6)
    for step in range(1, 20):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_sum(short * target) / tf.norm(short)
        optimizer.apply([tape.gradient(loss, short)], [short])
        length = np.linalg.norm(long)
        gradient = -(target / length - long * (long @ target) / length**3)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        long = long - 0.1 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-12)
    np.testing.assert_allclose(100 * short.numpy(), long, rtol=1e-3)
