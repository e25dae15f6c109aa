"""Bodies of requests: files, as the OpenAPI document tells of them, and what nobody wants to read.

A connection that is closed while its client still sends is reset, and a client that reads only when
it has sent all never sees the refusal. So the refusal goes out first, to whoever looks for it, and
what is on its way is then read and dropped: a bounded number of bytes, for a bounded time.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.types import Receive

_TIMES = 2
"""So many times what the route takes a body may have, and its sender still reads the refusal."""
_AT_LEAST = 4 * 1024 * 1024
_SECONDS = 30.0
_PAUSE = 5.0
"""Seconds without a byte, after which nothing more is waited for."""


class Incoming:
    """The body of one request, on its way."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self._over = False

    async def receive(self) -> Any:
        """The server's `receive`."""
        message: Any = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
        self._over = not message.get("more_body", False)
        return message

    async def read_on(
        self, *, limit: int, seconds: float = _SECONDS, pause: float = _PAUSE
    ) -> None:
        """Drop what comes, after a refusal: until the body is over, or is beyond all bounds."""
        most = max(_TIMES * limit, _AT_LEAST)
        try:
            async with asyncio.timeout(seconds):
                while not self._over and self._bytes <= most:
                    async with asyncio.timeout(pause):
                        await self.receive()
        except TimeoutError:
            return


@dataclass
class TakesFile(Operation):
    """The body is the file itself: `operation_class` of a route that reads `request.stream()`."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        media = {"application/octet-stream": OpenAPIMediaType(schema=schema)}
        self.request_body = RequestBody(content=media, required=True)
