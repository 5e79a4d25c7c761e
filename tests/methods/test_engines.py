"""Engines: results in order, errors as they were, workers that can die."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mapmaker.errors import EngineError, ImagesError, OptionError
from mapmaker.methods.engines.local import AHEAD, Local


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


def die_while_sending(number: int) -> object:
    if number == 3:
        import threading

        threading.Timer(0.2, os._exit, [1]).start()
        return [bytes(400_000_000)]
    return number


def test_a_worker_that_dies_while_it_sends_is_an_engine_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapmaker.methods.engines.local.PERIOD", 0.5)
    with pytest.raises(EngineError, match="a worker process died"):
        list(Local(2).map(die_while_sending, range(8), chunk=1))


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
