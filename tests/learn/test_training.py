"""Networks are trained: they learn, what is frozen stays, a broken run ends as an unbroken one, and files are whole."""

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapmaker.errors import MetadataError, MissingExtra, ModelError, OptionError, OutputError
from mapmaker.learn import Place, Posters, train
from mapmaker.learn.checkpoint import FILE, Standing, read_checkpoint, write_checkpoint
from mapmaker.learn.network import loss_of
from mapmaker.learn.recipe import PRESETS, Recipe, recipe
from mapmaker.learn.saving import splits_within
from mapmaker.learn.splits import read_splits
from mapmaker.learn.sweep import Swept, grid, sweep
from mapmaker.methods.extractors.networks import KerasModel
from mapmaker.workspace import file_digest
from tests.conftest import Command
from tests.extras import need
from tests.learn.conftest import LABELS, Collection

pytestmark = [
    pytest.mark.tensorflow,
    # Keras asks TensorFlow's tensors for arrays in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
OUTS = ("whole", "broken")


@pytest.mark.parametrize("preset", ["triplet", "proxy-anchor", "genres"])
def test_a_preset_learns_and_its_file_is_an_extractor(learn: Callable[..., Any], preset: str) -> None:
    done = learn(preset, embedding=8, warmup=2, epochs=4, rate=3e-3)
    figure = "map" if preset == "genres" else "map_at_r"
    untaught = learn(preset, "untaught", embedding=8, warmup=0, unfreeze_epochs=0, epochs=1, rate=1e-9)
    assert done.card["figures"][figure] > untaught.card["figures"][figure]
    assert done.card["kind"] == ("classifier" if preset == "genres" else "embedding")
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 24, 3), np.uint8)
    values = KerasModel(model=done.model, precision="float32")(pictures)
    if preset == "genres":
        assert values.shape == (3, 3)
        assert ((values >= 0) & (values <= 1)).all()
    else:
        np.testing.assert_allclose(np.linalg.norm(values, axis=1), 1, atol=1e-5)


def test_cnn7_learns_one_label_by_softmax(learn: Callable[..., Any], plain: Collection) -> None:
    done = learn("cnn7", collection=plain, backbone="cnn7", size="24x36", epochs=12, rate=3e-3, dropout=0.1)
    assert done.card["figures"]["accuracy"] > 0.8
    network = KerasModel(model=done.model, precision="float32")
    values = network(np.zeros((1, 36, 24, 3), np.uint8))
    assert values.sum() == pytest.approx(1, abs=1e-5)


def test_the_card_tells_splits_and_options(learn: Callable[..., Any], posters: Collection) -> None:
    done = learn("genres", warmup=1, epochs=0)
    card = json.loads((done.model.parent / "card.json").read_text())
    assert card == done.card
    assert card["classes"] == ["Drama", "Horror", "War"]
    assert sum(card["posters"].values()) == 90
    assert card["options"]["warmup"] == 1
    splits = read_splits(done.model.parent / "splits.csv")
    assert sum(split == "test" for _, split in splits.by_name.values()) == card["posters"]["test"]
    told = (done.model.parent / "card.md").read_text()
    assert "| Horror |" in told
    assert str(posters.images) not in told


def test_a_network_says_what_it_has_seen_wherever_its_file_goes(
    learn: Callable[..., Any], posters: Collection, backbone: Path, tmp_path: Path
) -> None:
    done = learn("genres", warmup=1, epochs=0)
    beside = (done.model.parent / "splits.csv").read_text()
    copied = done.model.rename(tmp_path / "likeness.keras")
    assert splits_within(copied) == beside
    assert done.card["model"] == file_digest(copied)
    assert done.card["splits"] == file_digest(done.model.parent / "splits.csv")
    (row,) = [row for row in csv.DictReader(beside.splitlines()) if row["filename"] == "007.png"]
    assert row["film"] == "tt7"
    assert row["sha256"] == file_digest(posters.images / "007.png")
    assert splits_within(backbone) is None


def test_a_run_that_is_done_is_not_done_again(learn: Callable[..., Any]) -> None:
    first = learn("genres", warmup=1, epochs=0)
    stamp = first.model.stat().st_mtime_ns
    again = learn("genres", warmup=1, epochs=0)
    assert again.model.stat().st_mtime_ns == stamp
    assert again.card == first.card
    assert any("trained already" in note for note in again.notes)
    with pytest.raises(OutputError, match="another --out, or --fresh"):
        learn("genres", warmup=2, epochs=0)


def test_what_is_frozen_stays_and_the_rest_moves(learn: Callable[..., Any], backbone: Path, keras: Any) -> None:
    done = learn("genres", warmup=0, epochs=2, unfreeze=("0.4",), rate=1e-2)
    before = {layer.name: layer.get_weights() for layer in keras.saving.load_model(backbone).layers}
    trained = next(layer for layer in keras.saving.load_model(done.model).layers if hasattr(layer, "layers"))
    for layer in (one for one in trained.layers if one.weights):
        same = all(np.array_equal(a, b) for a, b in zip(layer.get_weights(), before[layer.name], strict=True))
        # 7 layers have weights, 3 are unfrozen: norm2, which stays as all of its kind, conv2 and branch.
        assert same == (layer.name not in ("conv2", "branch")), layer.name


def test_frozen_layers_asked_once_come_to_the_same(learn: Callable[..., Any]) -> None:
    options = {"warmup": 2, "epochs": 2, "unfreeze": ("0.3",), "augment": 0.0}
    kept = learn("genres", "kept", **options)
    asked = learn("genres", "asked", cache_limit=0, **options)
    for one, other in zip(kept.card["history"], asked.card["history"], strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)
        assert one["map"] == pytest.approx(other["map"], abs=1e-3)


def test_bfloat16_trains_and_what_is_saved_is_float32(learn: Callable[..., Any], keras: Any) -> None:
    done = learn("proxy-anchor", precision="bfloat16", embedding=8, epochs=2)
    assert done.card["precision"] == "bfloat16"
    model = keras.saving.load_model(done.model)
    assert {str(variable.dtype) for variable in model.variables} <= {"float32", "int64", "uint32"}
    assert model.dtype_policy.name == "float32"


def test_training_ends_where_nothing_gets_better(learn: Callable[..., Any]) -> None:
    done = learn("genres", warmup=0, epochs=40, patience=2, rate=1e-9, cosine="false")
    assert len(done.card["history"]) < 40


def test_a_step_is_traced_once_a_phase(learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    traced = list[str]()

    def counted(made: Recipe, objective: str) -> Callable[..., Any]:
        loss = loss_of(made, objective)

        def told(truth: Any, said: Any) -> Any:
            traced.append(objective)
            return loss(truth, said)

        return told

    monkeypatch.setattr("mapmaker.learn.lesson.loss_of", counted)
    learn("genres", warmup=2, epochs=2)
    assert traced == ["sigmoid", "sigmoid"]


def test_a_collapse_is_told(learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from mapmaker.learn import epochs

    monkeypatch.setattr(epochs, "COLLAPSED", 3.0)  # more than any posters are apart
    told: list[str] = []
    monkeypatch.setattr("mapmaker.progress.Silence.warn", lambda self, message: told.append(message))
    learn("triplet", embedding=4, warmup=0, unfreeze_epochs=0, epochs=1)
    assert "the embedding collapses" in told[0]


def test_versions_of_posters_are_kept_and_drawn_from(learn: Callable[..., Any]) -> None:
    options = {"warmup": 1, "epochs": 3, "unfreeze": ("0.3",), "rate": 3e-3}
    kept = learn("genres", "kept", views=3, **options)
    plain = learn("genres", "plain", views=1, **options)
    assert kept.card["history"] != plain.card["history"]
    assert learn("genres", "again", views=3, **options).card["history"] == kept.card["history"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"objective": "triplets"}, "did you mean 'triplet'"),
        ({"rate": "0"}, "rate = 0.0 is not between"),
        ({"rate": "nan"}, "rate = nan is not between"),
        ({"unfreeze": "1,0.5"}, "ascend within 0 to 1"),
        ({"size": "20"}, "write WIDTHxHEIGHT"),
        ({"epochs": 0, "warmup": 0}, "nothing is trained"),
        ({"epoch": 3}, "no option train.epoch: did you mean 'epochs'"),
    ],
)
def test_an_option_that_will_not_do_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        recipe("genres", values)
    assert message in str(caught.value)


def test_a_backbone_without_one_picture_as_input_is_refused(
    learn: Callable[..., Any], keras: Any, tmp_path: Path
) -> None:
    inputs = [keras.Input((8, 8, 3)), keras.Input((4,))]
    pooled = keras.layers.GlobalAveragePooling2D()(inputs[0])
    keras.Model(inputs, keras.layers.Concatenate()([pooled, inputs[1]])).save(tmp_path / "two.keras")
    with pytest.raises(ModelError, match=r"not one picture \(None, height, width, 3\)"):
        learn("genres", backbone=str(tmp_path / "two.keras"))
    with pytest.raises(OptionError, match="did you mean 'resnet50'"):
        learn("genres", backbone="resnet5")


def test_lower_layers_are_tapped(learn: Callable[..., Any], keras: Any) -> None:
    done = learn("genres", warmup=1, epochs=1, taps=("conv0", "norm1"), root=True, pooling="average+max")
    model = keras.saving.load_model(done.model)
    assert model.get_layer("head").input_shape == (None, 2 * (4 + 6 + 16))
    with pytest.raises(ModelError, match="no layer 'conv' to tap; did you mean 'conv"):
        learn("genres", "none", taps=("conv",))


def test_softmax_refuses_several_labels(learn: Callable[..., Any]) -> None:
    with pytest.raises(MetadataError, match="softmax takes one: give --rule first"):
        learn("cnn7", backbone="cnn7")


def test_posters_that_cannot_be_read_are_left_out(
    learn: Callable[..., Any], posters: Collection, tmp_path: Path
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for file in posters.images.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "004.png").write_bytes(b"no picture")
    (folder / "005.png").unlink()
    done = learn("genres", collection=Collection(folder, folder / "table.csv"), warmup=1, epochs=0)
    assert sum(done.card["posters"].values()) == 88
    assert "1 row names no image that is there: left out: '005.png'" in done.notes
    assert "1 poster cannot be read: left out: '004.png'" in done.notes


def test_published_networks_are_prepared_as_keras_does(keras: Any) -> None:
    from mapmaker.learn.backbones import _affine

    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    for module in ("resnet", "inception_v3", "nasnet", "densenet", "vgg16"):
        preprocess = getattr(keras.applications, module).preprocess_input
        expected = np.asarray(preprocess(keras.ops.convert_to_tensor(pixels)))
        np.testing.assert_allclose(np.asarray(_affine(preprocess)(pixels)), expected, atol=1e-3)


def test_a_checkpoint_of_another_run_is_none(tmp_path: Path) -> None:
    standing = Standing("a", phase=1, done=2, history=[{"loss": 0.5}], weights=[np.arange(3.0)], best=[np.ones(2)])
    write_checkpoint(tmp_path, standing)
    again = read_checkpoint(tmp_path, "a")
    assert (again.phase, again.done, again.history) == (1, 2, [{"loss": 0.5}])
    np.testing.assert_array_equal(again.weights[0], standing.weights[0])
    assert read_checkpoint(tmp_path, "b") == Standing("b")
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:100])
    assert read_checkpoint(tmp_path, "a") == Standing("a")


def test_presets_are_recipes() -> None:
    for name in PRESETS:
        assert dataclasses.replace(recipe(name, {})) == recipe(name, {})
    assert Recipe().proxy_rate == 100


def test_a_killed_run_ends_in_the_same_figures(
    tmp_path: Path, posters: Collection, backbone: Path, command: Command
) -> None:
    """Killed with SIGKILL in the middle of an epoch, wherever that is; then told to go on."""
    arguments = ["train", "proxy-anchor", *posters.arguments(), "--backbone", str(backbone), "--least", "5"]
    arguments += ["--epochs", "15", "--batch", "8", "--precision", "float32", "--workers", "1", "--quiet"]
    arguments += ["--set", "embedding=8", "--set", "dropout=0.2", "--cache", "pixels"]
    whole = command(*arguments, "--out", "whole")
    assert whole.returncode == 0, whole.stderr
    words = [sys.executable, "-m", "mapmaker", *arguments, "--out", "broken"]
    killed = subprocess.Popen(words, cwd=tmp_path, env=os.environ, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while _epochs_done(tmp_path / "broken") < 4 and time.monotonic() < deadline and killed.poll() is None:
        time.sleep(0.01)
    time.sleep(0.03)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "broken" / "card.json").exists()
    again = command(*arguments, "--out", "broken")
    assert again.returncode == 0, again.stderr
    cards = [json.loads((tmp_path / out / "card.json").read_text()) for out in OUTS]
    assert [card.pop("model") for card in cards] == [file_digest(tmp_path / out / "model.keras") for out in OUTS]
    assert cards[0] == cards[1]
    assert len(cards[0]["history"]) == 16
    pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 24, 3), np.uint8)
    said = [KerasModel(model=tmp_path / out / "model.keras", precision="float32")(pictures) for out in OUTS]
    np.testing.assert_array_equal(said[0], said[1])


def _epochs_done(folder: Path) -> int:
    try:
        with np.load(folder / FILE) as stored:
            return len(json.loads(str(stored["told"]))["history"])
    except (OSError, ValueError, KeyError):
        return 0


def test_a_sweep_is_resumed_and_told(tmp_path: Path, plain: Collection, keras: Any) -> None:
    place = Place(tmp_path / "sweep", cache=tmp_path / "pixels", workers=1)
    made = recipe("cnn7", {"epochs": 2, "batch": 32})
    labelled = Posters(plain.images, plain.metadata, LABELS)

    def run() -> Swept:
        return sweep(labelled, grid(made, ("1e-3", "1e-2"), ("16x24", "24x36")), place)

    first = run()
    assert next(first.lines()) == "| accuracy on val | 1e-3 | 1e-2 |"
    stamp = (place.out / "16x24-1e-3" / "model.keras").stat().st_mtime_ns
    (place.out / "24x36-1e-2" / "model.keras").unlink()
    again = run()
    assert (place.out / "16x24-1e-3" / "model.keras").stat().st_mtime_ns == stamp
    assert [{**row, "minutes": 0} for row in again.rows] == [{**row, "minutes": 0} for row in first.rows]
    with (place.out / "sweep.csv").open() as stream:
        rows = [(row["size"], row["rate"]) for row in csv.DictReader(stream)]
    assert rows == [("16x24", "1e-3"), ("16x24", "1e-2"), ("24x36", "1e-3"), ("24x36", "1e-2")]
    assert (place.out / "sweep.svg").read_text().count("<polyline") == 4
    with pytest.raises(OptionError, match="a sweep is of classifiers"):
        grid(recipe("triplet", {}), ("1e-3",), ("16x24",))


def test_logs_for_tensorboard_are_written(
    tmp_path: Path, posters: Collection, backbone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("tensorboard", "tensorboard")
    made = recipe("genres", {"backbone": str(backbone), "warmup": 1, "epochs": 1, "precision": "float32"})
    place = Place(tmp_path / "run", cache=tmp_path / "pixels", workers=1, tensorboard=True)
    train(Posters(posters.images, posters.metadata, LABELS), made, place)
    assert list((tmp_path / "run" / "tensorboard").rglob("events.out.tfevents.*"))
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mapmaker\[tensorboard\]'"):
        train(Posters(posters.images, posters.metadata, LABELS), made, dataclasses.replace(place, fresh=True))
