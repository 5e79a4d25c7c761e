"""A web server on loopback that fails as it is told: pictures, errors, and bodies that lie about their length."""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

_PIECE = bytes(1 << 16)


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    path: str
    """With its query."""
    headers: Mapping[str, str]
    """By name in lower case."""
    number: int
    """How often this path was asked for, this time included."""
    at: float
    """When, by the monotonic clock."""


@dataclass(frozen=True)
class Answer:
    """What is answered, and how that goes wrong."""

    body: bytes = b""
    status: int = 200
    type: str = "image/jpeg"
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None
    """Length that is told, if not the body's; -1 tells none, and the connection's end is the body's."""
    waits: float = 0.0
    """Seconds before the first byte."""
    endless: bool = False
    """Zeros after the body, until the other side has enough."""
    dripping: float = 0.0
    """Seconds between two bytes."""
    hangs_up: bool = False
    """No answer at all."""


Handler = Callable[[Request], Answer]


class FaultyHost:
    """Serves `answers` by path, or what `otherwise` makes of a request. A context manager; a thread of its own."""

    def __init__(self, answers: Mapping[str, Answer | Handler] | None = None, otherwise: Handler | None = None) -> None:
        self.answers = dict(answers or {})
        self.otherwise = otherwise or (lambda _: Answer(b"no such page", 404, "text/plain"))
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.requests: list[Request] = []
        self.at_once = self.most_at_once = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[asyncio.Task[Any]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.port}{path}"

    async def _end(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(_parsed(await reader.readuntil(b"\r\n\r\n")), writer):
                    pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, parsed: tuple[str, dict[str, str]], writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays."""
        path, headers = parsed
        self.asked[path] += 1
        request = Request(path, headers, self.asked[path], time.monotonic())
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            found = self.answers.get(path, self.otherwise)
            answer = found if isinstance(found, Answer) else found(request)
            return await _send(answer, writer)
        finally:
            self.at_once -= 1


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first.split(" ")[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _send(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(answer.waits)
    if answer.hangs_up:
        return False
    length = len(answer.body) if answer.declared is None else answer.declared
    told = {} if length < 0 or answer.status == 304 else {"Content-Length": str(length)}
    headers = {"Content-Type": answer.type, **told, **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} So it is", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    if answer.dripping:
        for index in range(len(answer.body)):
            writer.write(answer.body[index : index + 1])
            await writer.drain()
            await asyncio.sleep(answer.dripping)
    else:
        writer.write(answer.body)
    await writer.drain()
    while answer.endless:
        writer.write(_PIECE)
        await writer.drain()
    return length == len(answer.body)
