"""Who may ask, and how much: what stands between the network and the app.

A page elsewhere on the web can make a visitor's browser send requests to this machine. Where its host's name is made to
mean 127.0.0.1 (DNS rebinding), it could even read the answers, so only names that are known are answered to. Addresses
are: they cannot be made to mean others. Requests that a browser says come from another site are refused.
"""

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mapmaker.server.search.answering import told_error
from mapmaker.server.search.exchange import Exchange

MOST_BYTES = 32 * 2**20
"""Of what is sent: a picture."""
OWN_NAMES = ("localhost",)
MAP = "/map/"
"""Where the map is; its pages have a policy of their own."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
_SAME = (None, "same-origin", "none")


@dataclass(frozen=True)
class Guard:
    """An ASGI app in front of another: refuses what it must, limits what is read, adds headers to answers.

    `names`: hosts, other than addresses and localhost, that this server goes by.
    """

    app: ASGIApp
    names: Sequence[str] = field(default=())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        policy = {} if scope["path"].startswith(MAP) else {"content-security-policy": POLICY}
        added = [(name.encode(), value.encode()) for name, value in {**HEADERS, **policy}.items()]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await exchange.send(message)

        headers = Headers(scope=scope)
        refused = self._refused(scope["method"], headers)
        if refused is not None:
            status, why = refused
            await told_error(status, why, headers={"connection": "close"})(scope, exchange.receive, send_with_headers)
            return
        try:
            await self.app(scope, _limited(exchange.receive), send_with_headers)
        except asyncio.CancelledError:  # the server ends, and has waited long enough
            if exchange.began:
                raise
            await told_error(503, "this server is ending", {"connection": "close"})(scope, receive, send_with_headers)

    def _refused(self, method: str, headers: Headers) -> tuple[int, str] | None:
        """Return the status and reason with which a request is refused, None if it is not."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_known(hosts[0], self.names):
            told = ", ".join(hosts) or "none"
            return 421, f"this server does not go by the host {told[:100]!r}; start it with --allow-host to have it so"
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != hosts[0]:
            return 403, f"requests from {origin[:100]!r} are refused: only pages of this very server may ask"
        opened = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") not in _SAME and not opened:
            return 403, "requests from other sites are refused: only pages of this very server may ask"
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            return 400, f"content-length {length[:20]!r} is no number"
        if int(length[:20]) > MOST_BYTES:
            return 413, _too_large(f"{int(length[:20]):,} bytes are")
        return None


def is_known(host: str, names: Sequence[str]) -> bool:
    """Return whether a Host header, with or without a port, is an address, localhost, or one of `names`."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name = host
    elif not port.isdigit():
        return False
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return name.lower().removesuffix(".") in (*OWN_NAMES, *(known.lower() for known in names))
    return True


def _limited(receive: Receive) -> Receive:
    """Return what receives a request's body, and no more of it than is allowed, whatever it says of its length."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, _too_large("this is"), headers={"connection": "close"})
        return message

    return receive_some


def _too_large(what: str) -> str:
    return f"{what} more than this server takes, {MOST_BYTES >> 20} MiB; make the picture smaller"
