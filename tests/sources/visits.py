"""A client on one visit to hosts: what it brings, whom it dialled, and why something did not come."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from faulty_host import Answer

from mapmaker.sources.answers import Missed
from mapmaker.sources.client import Client
from mapmaker.sources.pace import Manners
from tests.sources.internet import Names, online

T = TypeVar("T")
QUICK = Manners(rate=10_000, backoff=0.01, silence=0.4, connecting=2, max_bytes=200_000)


def visit(
    action: Callable[[Client], Coroutine[Any, Any, T]],
    manners: Manners = QUICK,
    names: Names | None = None,
    **more: Any,
) -> tuple[T, list[str]]:
    """Return what `action` returns of a client, and the addresses that it dialled."""

    async def run() -> T:
        async with Client("mapmaker/test", manners, **{"allowed": ["127.0.0.1"], **more}) as client:
            return await action(client)

    return online(run, names)


async def missed(client: Client, url: str, part: Path) -> Missed:
    """Return why a client cannot have `url`."""
    with pytest.raises(Missed) as caught:
        await client.save(url, part)
    return caught.value


def miss(url: str, part: Path, **more: Any) -> Missed:
    """Return why `url` cannot be had, on a visit for it alone."""
    return visit(lambda client: missed(client, url, part), **more)[0]


def redirect(to: str, status: int = 302) -> Answer:
    """Return an answer that sends elsewhere."""
    return Answer(status=status, headers={"Location": to})
