"""The folder of a run: what is replaced and when, what is refused, what goes on, and what is told of posters."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapmaker.errors import DivergedError, OutputError
from mapmaker.learn import Place, Posters, train
from mapmaker.learn.checkpoint import FILE, Standing, write_checkpoint
from mapmaker.learn.recipe import recipe
from mapmaker.learn.saving import splits_within
from mapmaker.learn.sweep import grid, sweep
from mapmaker.workspace import file_digest
from tests.conftest import Command
from tests.learn.conftest import LABELS, Collection

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail(*_: object, **__: object) -> None:
    raise FULL


def test_what_is_there_stays_until_a_fresh_run_is_done_and_that_goes_on_after_a_kill(
    tmp_path: Path, posters: Collection, backbone: Path, command: Command
) -> None:
    out = tmp_path / "run"
    arguments = ["train", "genres", *posters.arguments(), "--backbone", str(backbone), "--least", "5", "--out", "run"]
    arguments += ["--batch", "8", "--precision", "float32", "--workers", "1", "--quiet", "--cache", "pixels"]
    first = command(*arguments, "--epochs", "0")
    assert first.returncode == 0, first.stderr
    before = {name: file_digest(out / name) for name in ("model.keras", "splits.csv", "card.json", "history.csv")}
    longer = [*arguments, "--seed", "1", "--epochs", "0", "--set", "warmup=40"]
    process = subprocess.Popen(
        [sys.executable, "-m", "mapmaker", *longer, "--fresh"], cwd=tmp_path, env=os.environ, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (out / FILE).exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert {name: file_digest(out / name) for name in before} == before
    assert splits_within(out / "model.keras") == (out / "splits.csv").read_text()
    with np.load(out / FILE) as stored:
        done = len(json.loads(str(stored["told"]))["history"])
    assert 0 < done < 40
    again = command(*longer)
    assert again.returncode == 0, again.stderr
    card = json.loads((out / "card.json").read_text())
    assert len(card["history"]) == 40
    assert card["model"] == file_digest(out / "model.keras") != before["model.keras"]
    assert file_digest(out / "splits.csv") == card["splits"] != before["splits.csv"]


def test_a_network_that_was_deleted_is_trained_again(learn: Callable[..., Any]) -> None:
    done = learn("genres", warmup=1, epochs=0)
    done.model.unlink()
    again = learn("genres", warmup=1, epochs=0)
    assert again.model.is_file()
    assert again.card["figures"] == done.card["figures"]


@pytest.mark.parametrize("name", ["model.keras", "splits.csv", "history.csv", "card.md"])
@pytest.mark.parametrize("fresh", [False, True])
def test_what_no_run_left_is_not_replaced(
    tmp_path: Path, posters: Collection, backbone: Path, name: str, fresh: bool
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("my own")
    made = recipe("genres", {"backbone": str(backbone), "warmup": 1, "epochs": 0})
    with pytest.raises(OutputError, match=f"has a {name} and no card.json: no run left it"):
        train(Posters(posters.images, posters.metadata, LABELS), made, Place(tmp_path / "mine", tmp_path, fresh=fresh))
    assert (tmp_path / "mine" / name).read_text() == "my own"


def test_a_network_that_was_put_beside_a_card_is_not_replaced(learn: Callable[..., Any], backbone: Path) -> None:
    done = learn("genres", warmup=1, epochs=0)
    shutil.copy(backbone, done.model)
    with pytest.raises(OutputError, match=r"model\.keras is not the network that card\.json beside it tells of"):
        learn("genres", warmup=1, epochs=0)
    assert done.model.read_bytes() == backbone.read_bytes()


def test_the_backbone_is_not_replaced_by_what_comes_of_it(learn: Callable[..., Any]) -> None:
    done = learn("genres", warmup=1, epochs=0, embedding=4)
    with pytest.raises(OutputError, match="is the backbone, and would be replaced"):
        learn("genres", warmup=1, epochs=0, backbone=str(done.model))


def test_a_checkpoint_of_another_run_is_refused(learn: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write_checkpoint(tmp_path / "run", Standing("another"))
    with pytest.raises(OutputError, match="holds another run: options, posters, back end"):
        learn("genres", warmup=1, epochs=0)
    assert (tmp_path / "run" / FILE).exists()


def test_a_picture_that_has_changed_makes_another_run(
    learn: Callable[..., Any], posters: Collection, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(posters.images, folder)
    mine = Collection(folder, folder / "table.csv")
    learn("genres", collection=mine, warmup=1, epochs=0)
    os.utime(folder / "003.png", (1, 1))  # as a copy has it: the content is what counts
    assert any("trained already" in note for note in learn("genres", collection=mine, warmup=1, epochs=0).notes)
    (folder / "003.png").write_bytes((folder / "004.png").read_bytes())
    with pytest.raises(OutputError, match="another run"):
        learn("genres", collection=mine, warmup=1, epochs=0)


def test_a_full_disk_is_told_before_frozen_layers_are_asked(
    learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", fail)
    with pytest.raises(OutputError, match=r"activations\.tmp, 0 MB .*: No space left .* lower --set cache_limit=MB"):
        learn("genres", warmup=1, epochs=0)
    assert not (tmp_path / "run" / "activations.tmp").exists()


def test_a_checkpoint_on_a_full_disk_is_told_with_what_to_do(
    learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OutputError) as caught:
        learn("genres", warmup=1, epochs=0)
    assert f"cannot write {tmp_path / 'run'}: No space left on device; make room, and the same" in str(caught.value)


def test_what_frozen_layers_say_is_gone_after_a_kill(learn: Callable[..., Any], tmp_path: Path) -> None:
    seen: list[list[str]] = []
    from mapmaker.learn import checkpoint, epochs

    written = checkpoint.write_checkpoint

    def look(folder: Path, standing: Standing) -> None:
        seen.append(sorted(file.name for file in folder.iterdir()))
        written(folder, standing)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(epochs, "write_checkpoint", look)
        learn("genres", warmup=2, epochs=0)
    assert seen[0] == ["lock"]


def test_baselines_stand_beside_what_was_learned(learn: Callable[..., Any], posters: Collection) -> None:
    classified = learn("genres", "classifier", warmup=1, epochs=0)
    baseline = classified.card["baselines"]["most frequent answer"]
    shares = {label: count / 9 for label, count in classified.card["labels"]["val"].items()}
    assert classified.card["posters"]["val"] == 9
    assert baseline["map"] == pytest.approx(np.mean(list(shares.values())))
    most = max(classified.card["labels"]["train"], key=classified.card["labels"]["train"].__getitem__)
    assert baseline["accuracy"] == pytest.approx(shares[most])
    embedded = learn("proxy-anchor", "embedding", embedding=4, warmup=1, epochs=0)
    assert list(embedded.card["baselines"]) == ["frozen features", "chance"]
    # A network that was not trained, on the same features: those of an embedding as long as they are, by a rate of 0.
    assert 0 < embedded.card["baselines"]["frozen features"]["map_at_r"] <= 1
    told = (embedded.model.parent / "card.md").read_text()
    assert "| on val | this network | frozen features | chance |" in told
    assert "Genres" not in told


def test_a_rate_that_is_too_high_is_told_by_the_option_that_it_is(
    learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mapmaker.learn import lesson

    monkeypatch.setattr(lesson, "loss_of", lambda *_: lambda labels, said: said * float("nan"))
    with pytest.raises(DivergedError, match=r"the loss is nan in batch 1 of epoch 1 \(warm-up\).*--set warmup_rate,"):
        learn("genres")
    with pytest.raises(DivergedError, match=r"\(sigmoid\).*give a lower --rate,"):
        learn("genres", warmup=0)


def test_a_network_that_says_no_numbers_of_val_is_told(
    learn: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mapmaker.learn import lesson

    plain = lesson.predicted
    monkeypatch.setattr(lesson, "predicted", lambda *given: plain(*given) * np.float32("nan"))
    for preset in ("genres", "triplet"):
        with pytest.raises(DivergedError, match=r"no numbers of 9 posters after epoch 1 \(warm-up\)"):
            learn(preset, preset, embedding=4, warmup=1, epochs=1)


def test_a_sweep_goes_on_where_a_run_diverges_and_tells_the_most_frequent_answer(
    tmp_path: Path, plain: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mapmaker.learn import sweep as sweeping

    tables = []

    def diverging(posters: Posters, made: Any, place: Place, progress: Any) -> Any:
        tables.append((place.out.parent / "sweep.md").exists())
        if made.rate == 10:
            raise DivergedError("the loss is nan")
        return train(posters, made, place, progress)

    monkeypatch.setattr(sweeping, "train", diverging)
    place = Place(tmp_path / "sweep", cache=tmp_path / "pixels", workers=1)
    recipes = grid(recipe("cnn7", {"epochs": 2, "batch": 32}), ("10", "1e-3"), ("16x24",))
    found = sweep(Posters(plain.images, plain.metadata, LABELS), recipes, place)
    assert tables == [False, True]
    text = (place.out / "sweep.md").read_text()
    assert text.startswith("| accuracy on val | 10 | 1e-3 |")
    assert "| 16x24 | diverged | **" in text
    card = json.loads((place.out / "16x24-1e-3" / "card.json").read_text())
    level = card["baselines"]["most frequent answer"]["accuracy"]
    assert f"The most frequent answer: {level:.3f}." in text
    assert f"most frequent answer: {level:.3f}" in (place.out / "sweep.svg").read_text()
    assert found.rows[1]["most_frequent"] == level
