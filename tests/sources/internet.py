"""An internet for tests: names and public addresses as told, all of them leading to loopback."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
PUBLIC = "93.184.216.34"
"""An address of the internet."""
Names = Mapping[str, str | Callable[[], str]]


class Internet(asyncio.SelectorEventLoop):
    """An event loop on which a name means what `names` says, and who connects to anything reaches this machine.

    What stands for the network is the loop, so that all of the client is as it is: how it finds addresses, what it
    lets pass, and what it connects to, which is kept in `dialled`.
    """

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.dialled: list[str] = []

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        """Return the address that the name has."""
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        named = self.names[host]
        address = named if isinstance(named, str) else named()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        end = (address, port, 0, 0) if family == socket.AF_INET6 else (address, port)
        return [(family, socket.SOCK_STREAM, 6, "", end)]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect to loopback, whatever was dialled."""
        self.dialled.append(address[0])
        await super().sock_connect(sock, ("127.0.0.1", address[1]))


def online(visit: Callable[[], Coroutine[Any, Any, T]], names: Names | None = None) -> tuple[T, list[str]]:
    """Run `visit` on such a loop; return what it returns, and the addresses that were dialled."""
    loop = Internet(names or {})
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(visit()), loop.dialled
