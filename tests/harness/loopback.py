"""A real HTTP server on loopback that does what a test says, also what no server should."""

import asyncio
import contextlib
import http
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec


class Heard(msgspec.Struct, frozen=True):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes
    line: asyncio.StreamReader

    async def hung_up(self) -> None:
        """Return when the caller has gone away."""
        with contextlib.suppress(OSError):
            await self.line.read()

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


Speak = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(speak: Speak) -> AsyncIterator[str]:
    """The address of a server that answers every request by `speak`, a connection each."""
    open_ones: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await speak(await _hear(reader), writer)
                await writer.drain()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            open_ones.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(open_ones):
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)
        await server.wait_closed()


async def _hear(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    named = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in named}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(method, path, headers, body, reader)


def whole(
    writer: asyncio.StreamWriter,
    body: bytes,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> None:
    """An answer in one piece."""
    told = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **(headers or {}),
    }
    writer.write(_head(status, told) + body)


def begin_stream(writer: asyncio.StreamWriter) -> None:
    """The beginning of server-sent events; in chunks, so that a cut is seen to be one."""
    told = {
        "content-type": "text/event-stream",
        "transfer-encoding": "chunked",
        "connection": "close",
    }
    writer.write(_head(200, told))


def chunk(writer: asyncio.StreamWriter, text: str) -> None:
    """One piece of a stream; the empty one ends it."""
    data = text.encode()
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase if status != 529 else 'Overloaded'}"
    ]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
