"""One request and its answer, ended so that who sends hears why nothing more is wanted.

An answer may be there before all that is sent: it is too large, or of the wrong type. Closed there and then, a
connection is reset, and with it goes the answer: clients that send all before they listen, Python's among them, never
see it. So what comes is read on and thrown away, for a while.
"""

import asyncio
import time

from starlette.types import Message, Receive, Scope, Send

LINGER_SECONDS = 10.0
"""In all;"""
SILENT_SECONDS = 1.0
"""and as long as something comes at least so often."""
LINGER_BYTES = 2**31


class Exchange:
    """Receives and sends for an app. `began`: the answer has begun."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        self.began = False
        self._receive, self._send = receive, send
        # Who waits to be told to go on has sent nothing.
        self._unread = b"expect" not in headers and (
            headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        )

    async def receive(self) -> Message:
        """See ASGI."""
        message = await self._receive()
        self._unread = bool(message.get("more_body", False))
        return message

    async def send(self, message: Message) -> None:
        """See ASGI. The end of an answer is sent when all that was sent is read."""
        self.began = True
        if message["type"] == "http.response.body" and not message.get("more_body", False) and self._unread:
            await self._send({**message, "more_body": True})
            await self._read_on()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _read_on(self) -> None:
        """Throw away what comes, until nothing does, or for long enough."""
        end, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
        while self._unread and left > 0 and time.monotonic() < end:
            try:
                message = await asyncio.wait_for(self.receive(), SILENT_SECONDS)
            except TimeoutError:
                return
            left -= len(message.get("body", b""))
