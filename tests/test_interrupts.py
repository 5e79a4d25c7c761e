"""Ctrl-C and SIGTERM that a library loses come again at the next word of progress."""

import contextlib
import signal
import threading
from collections.abc import Iterator

import pytest

from mapmaker.cli.terminal import Terminal


@pytest.fixture(params=["SIGINT", "SIGTERM"])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that is handled as the commands handle it."""
    number = signal.Signals[request.param]
    before = signal.signal(number, signal.default_int_handler)
    yield number
    signal.signal(number, before)


def lost(number: signal.Signals) -> None:
    """Send ourselves the signal, and lose what it raises, as C code may."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(number)
        pytest.fail("the signal raised nothing")


@pytest.mark.parametrize("word", ["begin", "advance"])
def test_an_interrupt_that_was_lost_comes_again(number: signal.Signals, word: str) -> None:
    with Terminal(quiet=True) as progress:
        progress.begin("scan")
        progress.advance()
        lost(number)
        with pytest.raises(KeyboardInterrupt):
            progress.begin("features") if word == "begin" else progress.advance()


def test_afterwards_the_signal_is_handled_as_before(number: signal.Signals) -> None:
    with Terminal(quiet=True):
        assert signal.getsignal(number) is not signal.default_int_handler
    assert signal.getsignal(number) is signal.default_int_handler


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda *_: None])
def test_a_signal_that_is_somebody_elses_is_left_alone(number: signal.Signals, handler: signal.Handlers) -> None:
    signal.signal(number, handler)
    with Terminal(quiet=True) as progress:
        assert signal.getsignal(number) is handler
        signal.raise_signal(number)
        progress.begin("scan")


def test_only_the_main_thread_is_interrupted(number: signal.Signals) -> None:
    raised: list[BaseException] = []

    def advance() -> None:
        try:
            progress.advance()
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    with Terminal(quiet=True) as progress:
        lost(number)
        thread = threading.Thread(target=advance)
        thread.start()
        thread.join()
    assert not raised
