"""A wire between a pool and PostgreSQL that counts what crosses, and can be cut at will.

It understands just enough of PostgreSQL's protocol: which statement a message runs, and where an
answer ends.
"""

import asyncio
import contextlib
import enum
import shutil
import struct
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_SYNC, _QUERY, _PARSE, _BIND = b"S", b"Q", b"P", b"B"
_READY = b"Z"
_HOUSEKEEPING = (b"pg_control_system", b"max(as_of)", b"clock_timestamp() - min(c.as_of)")
"""What pools ask of themselves every second, on nobody's behalf."""


class Cut(enum.Enum):
    """When the wire is cut, seen from the statement that is waited for."""

    BEFORE = "the server never hears of it"
    DURING = "the server hears of it; nobody waits for what it does"
    AFTER = "the server has committed, and its answer is thrown away"


class Wire:
    """One listening socket before one server."""

    def __init__(self, dsn: str, folder: Path) -> None:
        parts = urlsplit(dsn)
        query = parse_qs(parts.query)
        self._upstream = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"
        self.listening = folder / ".s.PGSQL.5432"
        self.dsn = (
            f"{parts.scheme}://{parts.netloc}{parts.path}?host={quote(str(folder))}&port=5432"
        )
        self.round_trips = 0
        """How often a client has said something and waited for the answer."""
        self.cuts = 0
        self._armed: list[tuple[Cut, bytes]] = []
        self._open: set[asyncio.Task[None]] = set()
        self._lines: set[_Line] = set()

    def say_goodbye(self) -> None:
        """What a server says to idle clients when it shuts down, a moment before it hangs up."""
        fields = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"
        for line in self._lines:
            line.silent = True
            line.to_client.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)

    async def hang_up(self) -> None:
        """Close every connection there is."""
        await self.close()

    def cut_next(self, when: Cut, *, running: str) -> None:
        """Cut the connection of the next statement with this text; several wait in turn."""
        self._armed.append((when, running.encode()))

    def due(self, sql: bytes) -> Cut | None:
        if self._armed and self._armed[0][1] in sql:
            self.cuts += 1
            return self._armed.pop(0)[0]
        return None

    async def answer(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One connection, from its beginning to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError):
                server, to_server = await asyncio.open_unix_connection(self._upstream)
                try:
                    await self._carry(_Line(self, to_client, to_server), client, server)
                finally:
                    await _close(to_server)
        finally:
            await _close(to_client)
            self._open.discard(task)

    async def _carry(
        self, line: "_Line", client: asyncio.StreamReader, server: asyncio.StreamReader
    ) -> None:
        back = asyncio.create_task(line.bring_back(server))
        forth = asyncio.create_task(line.send_on(client))
        self._lines.add(line)
        try:
            await asyncio.wait((back, forth), return_when=asyncio.FIRST_COMPLETED)
            if line.cut is Cut.DURING:
                line.to_client.transport.abort()
            if line.cut in (Cut.DURING, Cut.AFTER):
                # The server goes on; were its side closed too early, it would notice.
                await back
        finally:
            self._lines.discard(line)
            for each in (back, forth):
                each.cancel()
            await asyncio.gather(back, forth, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class _Line:
    """One connection."""

    def __init__(
        self, wire: Wire, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter
    ) -> None:
        self._wire = wire
        self.to_client = to_client
        self._to_server = to_server
        self._statements: dict[bytes, bytes] = {}
        self._counts = True
        self.cut: Cut | None = None
        self.silent = False

    async def send_on(self, client: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._send_on(client)

    async def _send_on(self, client: asyncio.StreamReader) -> None:
        (length,) = struct.unpack("!i", head := await client.readexactly(4))
        self._to_server.write(head + await client.readexactly(length - 4))
        while True:
            kind = await client.readexactly(1)
            (length,) = struct.unpack("!i", head := await client.readexactly(4))
            body = await client.readexactly(length - 4)
            self._look(kind, body)
            if self.cut is Cut.BEFORE:
                return
            if kind in (_SYNC, _QUERY) and self._counts:
                self._wire.round_trips += 1
            self._to_server.write(kind + head + body)
            await self._to_server.drain()
            if self.cut is not None and kind in (_SYNC, _QUERY):
                return

    def _look(self, kind: bytes, body: bytes) -> None:
        if kind == _PARSE:
            name, sql, _ = body.split(b"\0", 2)
            self._statements[name] = sql
            self._note(sql)
        elif kind == _BIND:
            _, name, _ = body.split(b"\0", 2)
            sql = self._statements.get(name, b"")
            self._note(sql)
            self.cut = self._wire.due(sql)
        elif kind == _QUERY:
            self._note(body)
            self.cut = self._wire.due(body)

    def _note(self, sql: bytes) -> None:
        self._counts = not any(text in sql for text in _HOUSEKEEPING)

    async def bring_back(self, server: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind = await server.readexactly(1)
                (length,) = struct.unpack("!i", head := await server.readexactly(4))
                body = await server.readexactly(length - 4)
                if self.cut is None and not self.silent:
                    self.to_client.write(kind + head + body)
                elif kind == _READY:
                    return


@contextlib.asynccontextmanager
async def wire_to(dsn: str) -> AsyncIterator[Wire]:
    """A wire to the server of this DSN; `.dsn` is the way through it."""
    folder = Path(tempfile.mkdtemp(prefix="eduflow-wire-", dir="/tmp"))
    wire = Wire(dsn, folder)
    listener = await asyncio.start_unix_server(wire.answer, path=wire.listening)
    try:
        yield wire
    finally:
        listener.close()
        await wire.close()
        shutil.rmtree(folder, ignore_errors=True)
