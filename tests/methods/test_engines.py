"""Engines: results in order, errors as they were, workers that can die."""

import gc
import itertools
import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from mapmaker.errors import EngineError, ImagesError, OptionError
from mapmaker.methods.embedding import PictureFile, Prepare
from mapmaker.methods.engines.hands import Hands
from mapmaker.methods.engines.local import AHEAD, Local
from mapmaker.methods.engines.room import Room, lay
from mapmaker.model import Floats
from mapmaker.progress import Silence


def square(number: int) -> int:
    return number * number


def fail_at_7(number: int) -> int:
    if number == 7:
        raise ImagesError("seven")
    return number


def die_at_7(number: int) -> int:
    if number == 7:
        os._exit(9)
    return number


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 100])
def test_results_come_in_the_order_of_the_items(workers: int, n: int) -> None:
    assert list(Local(workers).map(square, iter(range(n)))) == [i * i for i in range(n)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_function_raises_arrives(workers: int) -> None:
    with pytest.raises(ImagesError, match="seven"):
        list(Local(workers).map(fail_at_7, range(40), chunk=2))


def test_a_worker_that_dies_is_an_engine_error() -> None:
    with pytest.raises(EngineError, match="a worker process died, perhaps for want of memory"):
        list(Local(2).map(die_at_7, range(40), chunk=2))


def test_a_script_that_maps_at_its_top_level_is_told_what_to_do(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import math\nfrom mapmaker.methods.engines.local import Local\nlist(Local(2).map(math.sqrt, range(100)))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line.startswith("mapmaker.errors.EngineError: ")]
    assert [line for line in told if "the script calls mapmaker at its top level" in line]
    assert 'below if __name__ == "__main__"' in told[-1]


def die_while_sending(number: int) -> object:
    if number == 3:
        import threading

        threading.Timer(0.2, os._exit, [1]).start()
        return [bytes(400_000_000)]
    return number


def test_a_worker_that_dies_while_it_sends_is_an_engine_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.methods.engines.hands.PERIOD", 0.5)
    with pytest.raises(EngineError, match="a worker process died"):
        list(Local(2).map(die_while_sending, range(8), chunk=1))


def process(_: int) -> int:
    time.sleep(0.01)
    return os.getpid()


def processes_of(engine: Local) -> set[int]:
    return set(engine.map(process, range(40), chunk=1))


def left_of(processes: set[int]) -> set[int]:
    """Return those that have not ended, after some seconds at most."""
    deadline = time.monotonic() + 20
    while (left := {pid for pid in processes if psutil.pid_exists(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_processes_wait_for_the_next_call_and_end_with_the_engine() -> None:
    engine = Local(2)
    first, second = processes_of(engine), processes_of(engine)
    assert first & second
    del engine
    gc.collect()
    assert not left_of(first | second)


def test_a_process_that_dies_while_it_waits_is_replaced() -> None:
    engine = Local(2)
    before = processes_of(engine)
    os.kill(min(before), signal.SIGKILL)
    assert not left_of(before)  # the pool notices, and ends the others
    assert not processes_of(engine) & before


def test_a_call_that_fails_ends_the_processes_and_the_next_has_its_own() -> None:
    engine = Local(2)
    before = processes_of(engine)
    with pytest.raises(ImagesError, match="seven"):
        list(engine.map(fail_at_7, range(40), chunk=2))
    assert not left_of(before)
    assert not processes_of(engine) & before


def test_processes_that_wait_decode_few_pictures(tmp_path: Path) -> None:
    engine = Local(2)
    before = processes_of(engine)
    running = psutil.Process().children()
    batches = engine.embed(drawn(tmp_path, 40), Corners(), Silence())
    next(batches)
    assert set(psutil.Process().children()) <= set(running)
    list(batches)
    assert processes_of(engine) & before


def test_processes_that_wait_make_way_for_decoders_of_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.methods.engines.local.FEW", 39)
    engine = Local(2)
    before = processes_of(engine)
    batches = engine.embed(drawn(tmp_path, 40), Corners(), Silence())
    next(batches)
    assert not left_of(before)
    batches.close()  # type: ignore[attr-defined]  # a generator, which ends its workers when closed


def test_items_are_taken_only_as_far_ahead_as_work_needs() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        for number in itertools.count(1):
            taken.append(number)
            yield number

    results = Local(2).map(square, endless(), chunk=4)
    assert [next(results) for _ in range(3)] == [1, 4, 9]
    assert len(taken) <= 4 * (2 * AHEAD + 2)
    results.close()  # type: ignore[attr-defined]  # a generator, which ends its workers when closed


def test_fewer_than_no_workers_are_refused() -> None:
    with pytest.raises(OptionError, match="workers = -1 is below 0"):
        Local(-1)


def test_workers_end_when_their_driver_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "from mapmaker.methods.engines.local import Local\n"
        "if __name__ == '__main__':\n"
        "    workers = set()\n"
        "    for pid in Local(2).map(slowly, range(1_000), chunk=1):\n"
        "        print(pid, flush=True)\n"
    )
    script = tmp_path / "driver.py"
    script.write_text("def slowly(_):\n    import os, time\n    time.sleep(0.05)\n    return os.getpid()\n" + program)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        workers = {int(driver.stdout.readline()) for _ in range(10)}
        driver.kill()
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if psutil.pid_exists(pid)]


def test_an_interrupted_driver_ends_at_once_with_its_workers(tmp_path: Path) -> None:
    script = tmp_path / "driver.py"
    script.write_text(
        "import os, signal, time\n"
        "from mapmaker.methods.engines.local import Local\n"
        "def pid_then_nothing(number):\n"
        "    if number < 2:\n"
        "        return os.getpid()\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    for pid in Local(2).map(pid_then_nothing, range(20), chunk=1):\n"
        "        print(pid, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as driver:
        assert driver.stdout is not None
        workers = {int(driver.stdout.readline()) for _ in range(2)}
        driver.send_signal(signal.SIGINT)
        driver.communicate(timeout=60)
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if psutil.pid_exists(pid)]


@dataclass(frozen=True)
class Corners:
    """Prepares a picture's pixels, 8 x 12, as they are; sees all of them."""

    version: ClassVar[int] = 1
    batch: int = 7
    misfortune: str = ""

    def preparation(self) -> "Pixels":
        """See `Extractor`."""
        return Pixels(self.misfortune)

    def __call__(self, prepared: NDArray[Any]) -> Floats:
        """See `Extractor`."""
        assert len(prepared) == self.batch
        return prepared.reshape(len(prepared), -1).astype(np.float32)


@dataclass(frozen=True)
class Pixels:
    """Its misfortune befalls whoever prepares a picture that is black."""

    misfortune: str
    size: tuple[int, int] = (8, 12)

    def __call__(self, image: Image.Image) -> NDArray[Any]:
        """See `Preparation`."""
        pixels = np.asarray(image)
        if multiprocessing.parent_process() is not None and not pixels.any():
            if self.misfortune == "death":
                os._exit(9)
            if self.misfortune == "error":
                raise ImagesError("black")
            if self.misfortune == "another shape":
                return pixels[:5]
        return pixels


def drawn(folder: Path, count: int, black: int | None = None) -> list[PictureFile]:
    for i in range(count):
        colour = (0, 0, 0) if i == black else (1 + i % 250, i // 250, 7)
        Image.new("RGB", (8, 12), colour).save(folder / f"{i}.png")
    return [PictureFile(folder / f"{i}.png") for i in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("count", "batch"), [(0, 7), (1, 7), (100, 7), (105, 7), (21, 64)])
def test_batches_come_in_order_each_as_it_was_asked_for(tmp_path: Path, workers: int, count: int, batch: int) -> None:
    seen = list(Local(workers).embed(drawn(tmp_path, count), Corners(batch), Silence()))
    assert [len(values) for values in seen] == [min(batch, count - start) for start in range(0, count, batch)]
    if count:
        assert np.concatenate(seen)[:, 0].tolist() == [1 + i % 250 for i in range(count)]
        assert len({values.ctypes.data for values in seen}) == len(seen)  # each has memory of its own


def test_without_shared_memory_pictures_come_through_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = drawn(tmp_path, 40)
    with_it = np.concatenate(list(Local(2).embed(pictures, Corners(), Silence())))
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert np.concatenate(list(Local(2).embed(pictures, Corners(), Silence()))).tobytes() == with_it.tobytes()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="this system has no such memory")
def test_a_worker_never_maps_another_file_that_got_the_descriptor(tmp_path: Path) -> None:
    (picture,) = drawn(tmp_path, 1)
    preparation = Pixels("")
    room = Room(1, 4, np.zeros((12, 8, 3), np.uint8))
    place = room.place(0, 0)
    room.close()
    other = tmp_path / "another.file"
    other.write_bytes(bytes(4096))
    assert place.memory is not None
    opened, again = os.open(other, os.O_RDWR), int(place.memory.file.name)
    os.dup2(opened, again)
    try:
        prepared = lay(Prepare(preparation), [picture], place)
    finally:
        for descriptor in {opened, again}:
            os.close(descriptor)
    assert prepared is not None and [one.shape for one in prepared] == [(12, 8, 3)]
    assert other.read_bytes() == bytes(4096)


def test_the_room_is_there_until_the_workers_are_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    for owner, name in ((Hands, "__exit__"), (Room, "close")):
        monkeypatch.setattr(owner, name, noting(told, getattr(owner, name)))
    with pytest.raises(ImagesError):
        list(Local(2).embed(drawn(tmp_path, 60, black=30), Corners(4, "error"), Silence()))
    assert told == ["__exit__", "close"]


def noting(told: list[str], function: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*arguments: object) -> Any:
        told.append(function.__name__)
        return function(*arguments)

    return noted


@pytest.mark.parametrize(
    ("misfortune", "error", "said"),
    [
        ("death", EngineError, "a worker process died"),
        ("error", ImagesError, "black"),
        ("another shape", ValueError, r"30\.png was prepared as uint8 \(5, 8, 3\)"),
    ],
)
def test_what_befalls_a_decoder_is_told_and_what_was_seen_before_stays(
    tmp_path: Path, misfortune: str, error: type[Exception], said: str
) -> None:
    seen: list[Floats] = []
    with pytest.raises(error, match=said):
        seen.extend(Local(2).embed(drawn(tmp_path, 60, black=30), Corners(4, misfortune), Silence()))
    assert len(seen) <= 7
    assert [values[0, 0] for values in seen] == [1 + 4 * i for i in range(len(seen))]


def test_pictures_are_decoded_only_as_far_ahead_as_there_is_room_for(tmp_path: Path) -> None:
    count = sum(1 for _ in open_descriptors())
    batches = Local(2).embed(drawn(tmp_path, 300), Corners(), Silence())
    assert next(batches)[0, 0] == 1
    for picture in tmp_path.glob("29?.png"):
        picture.unlink()  # not asked for so far
    batches.close()  # type: ignore[attr-defined]  # a generator, which lets go of its memory and workers when closed
    gc.collect()
    assert sum(1 for _ in open_descriptors()) <= count + 3


def open_descriptors() -> Iterator[Path]:
    return (Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")).iterdir()


def new_pages(_: int) -> int:
    """Return how many pages the system makes for twenty arrays of 1 MB, one after the other, of a process at work."""
    import resource

    np.ones(1 << 20, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(1 << 20, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone can be told to keep memory")
def test_a_worker_keeps_the_memory_that_it_has_freed() -> None:
    assert max(Local(2).map(new_pages, range(2), chunk=1)) < 256  # one array, in pages of 4 kB; it would be twenty
