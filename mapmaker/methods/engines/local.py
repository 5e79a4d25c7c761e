"""Local: processes on this machine decode and prepare, the network runs in this one."""

import collections
import contextlib
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image

from mapmaker.errors import OptionError
from mapmaker.methods.embedding import PictureFile, Prepare, batches, seen
from mapmaker.methods.engines import CHUNK, cores
from mapmaker.methods.engines.hands import Hands
from mapmaker.methods.engines.room import Prepared, Room, lay
from mapmaker.methods.extractors import Extractor
from mapmaker.model import Floats
from mapmaker.progress import Progress

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4
"""Tasks handed out for each worker, so that none waits and memory stays bounded."""
PART = 8
"""Pictures in a task: a batch is shared out evenly, and the first comes soon."""
YIELDING = 10
"""How much decoders give way to the network, which then is never kept waiting for one of its threads."""
FEW = 500
"""Pictures that are decoded sooner than a network is loaded: nobody need give way to it."""


@dataclass(frozen=True)
class Local:
    """Processes on this machine: `workers` of them, as many as there are cores if 0; none but this one if 1.

    Once started they wait for the next call, and end with the engine; where a call fails, and before an `embed` of many
    pictures, which has processes of its own, at once.
    """

    workers: int = 0

    def __post_init__(self) -> None:
        if self.workers < 0:
            raise OptionError(f"workers = {self.workers} is below 0; give 0 for one a core")

    def map(self, function: Callable[[A], B], items: Iterable[A], chunk: int = CHUNK) -> Iterator[B]:
        """See `Engine.map`."""
        workers = self.workers or cores()
        iterator = iter(items)
        chunks = iter(lambda: list(itertools.islice(iterator, chunk)), [])
        first, second = next(chunks, []), next(chunks, [])
        if workers == 1 or not second:  # one task is not worth starting processes
            return map(function, itertools.chain(first, second, iterator))
        return self._spread(function, itertools.chain([first, second], chunks))

    def embed(self, pictures: Sequence[PictureFile], extractor: Extractor, progress: Progress) -> Iterator[Floats]:
        """See `Engine.embed`; pictures are decoded several batches ahead, beside the network."""
        workers = self.workers or cores()
        alone = workers == 1 or len(pictures) <= CHUNK
        prepared = _one_by_one(pictures, extractor) if alone else _ahead(pictures, extractor, self._decoders(pictures))
        for some, batch in zip(batches(pictures, extractor.batch), prepared, strict=True):
            yield seen(extractor, batch, some)
            progress.advance(len(some))

    def _spread(self, function: Callable[[A], B], chunks: Iterable[list[A]]) -> Iterator[B]:
        pending: collections.deque[Future[list[B]]] = collections.deque()
        with self._hands() as hands:
            for chunk in chunks:
                pending.append(hands.submit(_each, function, chunk))
                if len(pending) >= hands.workers * AHEAD:
                    yield from hands.result(pending.popleft())
            while pending:
                yield from hands.result(pending.popleft())

    @functools.cached_property
    def _waiting(self) -> list[Hands]:
        return []

    @contextlib.contextmanager
    def _hands(self) -> Iterator[Hands]:
        """Give those that wait, or new ones where none do, and let them wait again unless something fails."""
        with contextlib.ExitStack() as stack:
            hands = stack.enter_context(self._rested() or Hands(self.workers or cores()))
            yield hands
            stack.pop_all()
        self._waiting.append(hands)

    def _rested(self) -> Hands | None:
        """Return those that wait, unless one of them has died meanwhile: no work was lost with it."""
        hands = self._waiting.pop() if self._waiting else None
        if hands is not None and not hands.are_well():
            hands.end()
            return None
        return hands

    def _decoders(self, pictures: Sequence[PictureFile]) -> contextlib.AbstractContextManager[Hands]:
        """Give processes for `embed`: of few pictures those that wait, of many those that give way to the network."""
        if len(pictures) <= FEW:
            return self._hands()
        self._end_waiting()
        return Hands(self.workers or cores(), YIELDING)

    def _end_waiting(self) -> None:
        while self._waiting:
            self._waiting.pop().end()


def _each(function: Callable[[A], B], items: list[A]) -> list[B]:
    return [function(item) for item in items]


def _one_by_one(pictures: Sequence[PictureFile], extractor: Extractor) -> Iterator[Prepared]:
    prepare = Prepare(extractor.preparation())
    return (np.stack(batch) for batch in batches(map(prepare, pictures), extractor.batch))


def _ahead(
    pictures: Sequence[PictureFile], extractor: Extractor, decoders: contextlib.AbstractContextManager[Hands]
) -> Iterator[Prepared]:
    """Yield the pictures prepared, batch by batch; each is valid until the next one is asked for."""
    with contextlib.ExitStack() as after, decoders as hands:
        hands.start(_get_ready)  # beside the network, which the preparation may load
        preparation = extractor.preparation()
        example = preparation(Image.new("RGB", preparation.size))
        slots = 2 + hands.workers * AHEAD * PART // extractor.batch
        room = Room(slots, extractor.batch, example)
        after.callback(room.close)  # once the hands have let go: what is opened next may get its descriptor
        yield from _laid(pictures, Prepare(preparation), _Desk(hands, room, slots, extractor.batch))


@dataclass(frozen=True)
class _Desk:
    hands: Hands
    room: Room
    slots: int
    batch: int


def _laid(pictures: Sequence[PictureFile], prepare: Prepare, desk: _Desk) -> Iterator[Prepared]:
    """Yield batches in order; as many as there are slots are under way or in use."""
    free = collections.deque(range(desk.slots))
    under_way: collections.deque[tuple[int, int, list[Future[list[Prepared] | None]]]] = collections.deque()
    waiting = batches(pictures, desk.batch)
    while True:
        for some in itertools.islice(waiting, len(free)):
            slot = free.popleft()
            parts = enumerate(batches(some, PART))
            tasks = [desk.hands.submit(lay, prepare, part, desk.room.place(slot, i * PART)) for i, part in parts]
            under_way.append((slot, len(some), tasks))
        if not under_way:
            return
        slot, count, tasks = under_way.popleft()
        rows = desk.room.rows(slot)
        for i, task in enumerate(tasks):
            sent = desk.hands.result(task)
            for row, prepared in enumerate(sent or (), i * PART):
                rows[row] = prepared
        yield rows[:count]
        free.append(slot)


def _get_ready() -> None:
    """Import what a worker will need."""
    import mapmaker_tiles  # noqa: F401
