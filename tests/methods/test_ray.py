"""The Ray engine on a real cluster of two nodes, on this machine's loopback: the same bytes, errors and calm."""

import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker import cli
from mapmaker.errors import EngineError, ImagesError, MissingExtra, ModelError, OptionError
from mapmaker.methods.embedding import PictureFile
from mapmaker.methods.engines import Engine
from mapmaker.methods.engines.local import Local
from mapmaker.methods.engines.outpost import Orders, Outpost, read_contents
from mapmaker.methods.engines.ray import Ray, _orders, _task_length
from mapmaker.methods.extractors import Extractor, memory
from mapmaker.methods.extractors.networks import InceptionV3, KerasModel
from mapmaker.model import Floats
from mapmaker.pipeline import hands
from mapmaker.progress import Silence
from mapmaker.workspace import file_digest
from tests.extras import need
from tests.mean_colour import Dying, MeanColour
from tests.slow_weights import Pixels, SlowWeights

LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""How Ray is told, when it is imported, to stay on the loopback."""
ALERT = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 2}
"""How Ray is told to notice soon that a node is gone."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head and a second node, each of one core."""
    need("ray", "ray")
    os.environ[LOOPBACK] = "0"
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": ALERT}
    try:
        made = Cluster(initialize_head=True, head_node_args=head)
    except Exception:  # noqa: BLE001 - Ray's, of a daemon that did not come up in half a minute; once in many runs
        made = Cluster(initialize_head=True, head_node_args=head)
    made.add_node(num_cpus=1)
    yield made
    made.shutdown()  # type: ignore[no-untyped-call]  # Ray's


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pictures: Callable[[Path, int], Path]) -> Path:
    return pictures(tmp_path_factory.mktemp("ray") / "images", 70)


@pytest.fixture(scope="module")
def extractor(folder: Path) -> SlowWeights:
    file = folder.parent / "weights.npy"
    np.save(file, np.random.default_rng(1).normal(size=(48 * 32 * 3, 50)).astype(np.float32))
    return SlowWeights(file)


def all_of(folder: Path) -> list[PictureFile]:
    return [PictureFile(file, file_digest(file)) for file in sorted(folder.iterdir())]


def looked(engine: Engine, pictures: Sequence[PictureFile], extractor: Extractor) -> Floats:
    return np.concatenate(list(engine.embed(pictures, extractor, Silence())))


def test_a_node_that_is_lost_changes_no_byte_and_says_nothing(
    cluster: Any, folder: Path, extractor: SlowWeights, capfd: pytest.CaptureFixture[str]
) -> None:
    batches = []
    for values in Ray(cluster=cluster.address).embed(all_of(folder), extractor, Silence()):
        batches.append(values)
        if len(batches) == 2:
            cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    assert [len(values) for values in batches] == [4] * 17 + [2]
    assert np.concatenate(batches).tobytes() == looked(Local(1), all_of(folder), extractor).tobytes()
    assert capfd.readouterr() == ("", "")


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_network_and_pictures_that_are_sent_give_the_same_bytes(
    cluster: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("tensorflow", "tensorflow")
    import keras

    keras.utils.set_random_seed(1)
    layers = [keras.Input((64, 64, 3)), keras.layers.Conv2D(16, 5, activation="relu"), keras.layers.Conv2D(32, 5)]
    network = tmp_path / "network.keras"
    keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()]).save(network)
    extractor = KerasModel(model=network, batch=16)
    monkeypatch.setattr("mapmaker.methods.engines.ray.SHARES", 1)  # more than one batch a task
    sent = looked(Ray(cluster=cluster.address, ship=True), all_of(folder), extractor)
    assert sent.shape == (70, 32)
    assert sent.tobytes() == looked(Local(1), all_of(folder), extractor).tobytes()


def test_a_picture_that_is_gone_is_told_in_the_line_that_one_machine_says(
    cluster: Any, folder: Path, extractor: SlowWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    pictures = [PictureFile(Path("images") / one.file.name, one.sha256) for one in all_of(folder)[:8]]
    pictures[6] = PictureFile(Path("images/gone.png"))
    said = []
    for engine in (Local(1), Ray(cluster=cluster.address, ship=True)):
        with pytest.raises(ImagesError) as error:
            looked(engine, pictures, extractor)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert said[0].startswith("images/gone.png: ")


def test_a_picture_that_has_changed_is_called_as_the_user_calls_it(
    folder: Path, extractor: SlowWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    error = answer(Outpost(orders(extractor, folder)), [PictureFile(Path("images/p06.png"), "0" * 64)])
    assert isinstance(error, ImagesError)
    assert str(error) == "images/p06.png has changed since the scan; run the build again"


def test_workers_that_always_die_are_an_engine_error(
    cluster: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapmaker.methods.engines.ray.TRIES", 1)
    with pytest.raises(EngineError, match="Ray's workers died, perhaps for want of memory: The actor died") as error:
        looked(Ray(cluster=cluster.address), all_of(folder)[:4], Dying())
    assert "\n" not in str(error.value)


def test_where_nothing_listens_the_command_says_in_a_line_that_there_is_no_cluster(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need("ray", "ray")
    config = tmp_path / "mapmaker.toml"
    config.write_text('engine = "ray"\ncluster = "127.0.0.1:2"\n')
    words = [
        "build",
        str(folder),
        "--out",
        str(tmp_path / "map"),
        "--extractor",
        "classic",
        "--quiet",
        "--workers",
        "1",
    ]
    for more, port in ((["--engine", "ray", "--cluster", "127.0.0.1:1"], 1), (["--config", str(config)], 2)):
        assert cli.main([*words, *more]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"mapmaker: engine.cluster = '127.0.0.1:{port}': no Ray cluster answers there (")
        assert said.endswith("give HOST:PORT of its head, as `ray start --head` printed it\n")
        assert said.count("\n") == 1


def test_options_of_the_cluster_reach_it_and_no_other_engine() -> None:
    need("ray", "ray")
    assert hands("ray", 3, "head:6379", ship=True) == Ray(3, "head:6379", True)
    with pytest.raises(OptionError, match=r"no option engine.ship with 'local'"):
        hands("local", ship=True)
    with pytest.raises(OptionError, match=r"engine.cluster = 'ray://x:1' is an address for Ray's client"):
        hands("ray", cluster="ray://x:1")


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"'mapmaker\[ray\]'"):
        Ray()


def orders(extractor: SlowWeights, folder: Path | None, version: str = "") -> Orders:
    made = Orders(extractor, Pixels(), Path.cwd(), folder, {}, "")
    return replace(made, version=version) if version else made


@pytest.mark.parametrize("ship", [False, True])
def test_outposts_take_the_back_end_of_the_driver_though_it_has_loaded_none(
    folder: Path, ship: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert _orders(all_of(folder)[:4], InceptionV3(precision="float32", batch=4), ship).keras == "torch"
    assert _orders(all_of(folder)[:4], MeanColour(), ship).keras == ""


def test_what_a_killed_build_loses_of_one_machine_is_a_few_batches() -> None:
    for batches in (1, 15, 16, 100, 100_000):
        for actors in (1, 2, 64):
            assert 1 <= _task_length(batches, actors) <= 4
    assert _task_length(100, 2) == 4
    assert _task_length(16, 2) == 1


def answer(outpost: Outpost, pictures: Sequence[PictureFile]) -> Any:
    (told,) = outpost({"pictures": [pickle.dumps([list(pictures)])]})["values"]
    (values,) = pickle.loads(told)
    return values


@dataclass(frozen=True)
class Waiting:
    """An extractor that looks at its first batch until the second is being decoded."""

    version: ClassVar[int] = 1
    decoded: ClassVar[list[int]] = []
    batch: int = 4

    def preparation(self) -> "Counting":
        """See `Extractor`."""
        return Counting()

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """See `Extractor`."""
        deadline = time.monotonic() + 5
        while len(self.decoded) <= self.batch:
            assert time.monotonic() < deadline, "the second batch waits for the first"
            time.sleep(0.01)
        return prepared.reshape(self.batch, -1)


@dataclass(frozen=True)
class Counting(Pixels):
    """Counts what it has prepared."""

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        Waiting.decoded.append(1)
        return super().__call__(image)


@pytest.mark.parametrize("ship", [False, True])
def test_what_memory_suffices_for_reaches_outposts(
    folder: Path, ship: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_ROOMS", {})
    weights = tmp_path / "weights.h5"
    weights.write_bytes(b"weights")
    extractor = InceptionV3(precision="float32", batch=32, weights=weights)
    memory.room(extractor).most = 5
    monkeypatch.setattr("mapmaker.methods.extractors.architectures.check_file", lambda file: None)
    told = _orders(all_of(folder)[:4], extractor, ship)
    monkeypatch.setattr(memory, "_ROOMS", {})  # another process
    outpost = Outpost(told)
    assert isinstance(outpost._extractor, InceptionV3)
    assert memory.room(outpost._extractor).most == 5
    assert memory.room(replace(extractor, batch=31)).most == 0
    if ship:
        outpost._held.cleanup()


@pytest.mark.parametrize("ship", [False, True])
def test_a_batch_is_decoded_while_the_one_before_it_is_looked_at(folder: Path, ship: bool) -> None:
    Waiting.decoded.clear()
    pictures = all_of(folder)[:7]
    rows: dict[str, Any] = {"pictures": [pickle.dumps([pictures[:4], pictures[4:]])]}
    if ship:
        rows = read_contents(rows, Path.cwd())
    told = Orders(Waiting(), Counting(), Path.cwd(), None if ship else folder, {}, "")
    (values,) = map(pickle.loads, Outpost(told)(rows)["values"])
    assert [len(some) for some in values] == [4, 3]
    expected = np.stack([Pixels()(Image.open(picture.file)).ravel() for picture in pictures])
    assert np.array_equal(np.concatenate(values), expected)


def test_an_outpost_says_in_a_line_why_it_cannot_work(folder: Path, extractor: SlowWeights) -> None:
    pictures = all_of(folder)[:4]
    assert answer(Outpost(orders(extractor, folder)), pictures).shape == (4, 50)
    elsewhere = answer(Outpost(orders(extractor, Path("/no/such/folder"))), pictures)
    assert isinstance(elsewhere, ImagesError)
    assert "finds no folder /no/such/folder: share it with all machines" in str(elsewhere)
    assert str(elsewhere).endswith("or send the files with --ship")
    older = answer(Outpost(orders(extractor, folder, version="0.0.1")), pictures)
    assert isinstance(older, EngineError)
    assert "has mapmaker 0.1.0, and the build 0.0.1: install the same on all" in str(older)
    broken = answer(Outpost(orders(replace(extractor, weights=Path("/none.npy")), folder)), pictures)
    assert isinstance(broken, EngineError)
    assert "failed: FileNotFoundError: " in str(broken)
    assert "\n" not in str(broken)


def test_numbers_that_are_none_are_told_of_the_file_as_the_user_knows_it(
    folder: Path, extractor: SlowWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = folder.parent / "infinite.npy"
    np.save(weights, np.full((48 * 32 * 3, 2), np.inf, np.float32))
    monkeypatch.chdir(folder)
    with np.errstate(all="ignore"):
        error = answer(Outpost(orders(replace(extractor, weights=weights), folder)), [PictureFile(Path("p00.png"))])
    assert isinstance(error, ModelError)
    assert str(error) == "SlowWeights returned values that are not finite for p00.png"
