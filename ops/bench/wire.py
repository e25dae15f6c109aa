"""Just enough of an HTTP/1.1 client to be cheap: one request at a time on a kept connection."""

import asyncio
import contextlib
import re
from collections.abc import Mapping
from typing import cast

import msgspec

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_LOST = 599
"""Stands for a connection that broke before the answer was whole."""


class Answer(msgspec.Struct, frozen=True):
    """Status, head and body as they came."""

    status: int
    head: bytes = b""
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's value, if it is there."""
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return None if found is None else found[1].decode("latin-1")


class _Reader(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[Answer] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it.

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, there, body = self._received.partition(b"\r\n\r\n")
        if not there or self.answer is None:
            return
        length = _LENGTH.search(head)
        if length is None or len(body) < int(length[1]):
            return
        self._received = b""
        answer, self.answer = self.answer, None
        if _CLOSES.search(head) and self.transport is not None:
            self.transport.close()
        if not answer.done():
            answer.set_result(Answer(int(head[9:12]), head, body))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self.transport = None
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(Answer(_LOST))


class Connection:
    """Connects when first used, and again when the other side has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._reader = _Reader()

    async def ask(self, request: bytes) -> Answer:
        """Send one request and wait for its answer. A lost connection is an answer too: 599."""
        loop = asyncio.get_running_loop()
        if self._reader.transport is None or self._reader.transport.is_closing():
            try:
                _, self._reader = await loop.create_connection(_Reader, *self._place)
            except OSError:
                await asyncio.sleep(0.01)
                return Answer(_LOST)
        transport = self._reader.transport
        if transport is None:
            return Answer(_LOST)
        answer: asyncio.Future[Answer] = loop.create_future()
        self._reader.answer = answer
        transport.write(request)
        return await answer

    async def cut(self, request: bytes, *, after: float) -> None:
        """Send one request and break the connection so many seconds later, whatever came."""
        with contextlib.suppress(OSError):
            transport, _ = await asyncio.get_running_loop().create_connection(
                asyncio.Protocol, *self._place
            )
            transport.write(request)
            await asyncio.sleep(after)
            transport.abort()

    def close(self) -> None:
        if self._reader.transport is not None:
            self._reader.transport.close()


def request(
    method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")
