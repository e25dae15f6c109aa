"""Offers more than can be answered: `python -m ops.bench.flood SPEC` prints a `FloodResult`.

An open loop like that of `ops.bench.load`, made to be cheap: no task and no future for a request,
a look at the clock for many of them. Whoever finds no connection free waits for one, and the
waiting counts. It tells how much CPU it used itself: near a whole core it was the bottleneck.
"""

import asyncio
import random
import re
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from ops.bench.load import LoadSpec

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TICK = 0.001
_GRACE = 5.0
"""Seconds that the last answers are waited for."""
_AT_ONCE = 200
"""Connections that are made at a time."""


class FloodResult(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are a second, times are seconds from when a request was due."""

    offered: float
    sent: float
    good: float
    good_p50: float
    good_p99: float
    refused: float
    refused_p50: float
    refused_p99: float
    """From when it was sent: how long the refusal itself took."""
    statuses: dict[int, int]
    lost: int
    """Not answered in time, or cut off."""
    cores: float
    """Of the generator itself."""


class _Connection(asyncio.Protocol):
    def __init__(self, flood: "Flood") -> None:
        self.flood = flood
        self.transport: asyncio.Transport | None = None
        self.due = 0.0
        self.begun = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it.

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        head = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, head) if head > 0 else None
        if length is None or len(data) - head - 4 < int(length[1]):
            self._received = data
            return
        self._received = b""
        self.flood.answered(self, int(data[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self.transport = None
        self.flood.lost(self)


class Flood:
    """One run."""

    def __init__(self, spec: LoadSpec, rate: float) -> None:
        self.spec = spec
        self._rate = rate
        self._free: deque[_Connection] = deque()
        self._due: deque[float] = deque()
        self._busy: set[_Connection] = set()
        self._sent = 0
        self._lost = 0
        self._offered = 0
        self._ends = 0.0
        self._good: list[float] = []
        self._refused: list[float] = []
        self._statuses: Counter[int] = Counter()

    async def run(self) -> FloodResult:
        loop = asyncio.get_running_loop()
        for _ in range(0, self.spec.connections, _AT_ONCE):
            await asyncio.gather(*(self._connect() for _ in range(_AT_ONCE)))
        used, began = time.process_time(), loop.time()
        self._ends = began + self.spec.seconds
        next_due = began
        while (now := loop.time()) < self._ends:
            while next_due <= now:
                self._due.append(next_due)
                self._offered += 1
                next_due += random.expovariate(self._rate)
            self._send(now)
            await asyncio.sleep(_TICK)
        used = time.process_time() - used
        self._due.clear()
        for _ in range(int(_GRACE / 0.01)):
            if not self._busy:
                break
            await asyncio.sleep(0.01)
        seconds = self.spec.seconds
        good, refused = sorted(self._good), sorted(self._refused)
        return FloodResult(
            offered=self._offered / seconds,
            sent=self._sent / seconds,
            good=len(good) / seconds,
            good_p50=_at(good, 0.5),
            good_p99=_at(good, 0.99),
            refused=len(refused) / seconds,
            refused_p50=_at(refused, 0.5),
            refused_p99=_at(refused, 0.99),
            statuses=dict(self._statuses),
            lost=self._lost + len(self._busy),
            cores=used / seconds,
        )

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), self.spec.host, self.spec.port
            )
        except OSError:
            return
        self._free.append(connection)

    def _send(self, now: float) -> None:
        requests = self.spec.requests
        while self._due and self._free:
            connection = self._free.popleft()
            if connection.transport is None:
                continue
            connection.due, connection.begun = self._due.popleft(), now
            self._busy.add(connection)
            connection.transport.write(requests[self._sent % len(requests)])
            self._sent += 1

    def answered(self, connection: _Connection, status: int) -> None:
        now = asyncio.get_running_loop().time()
        self._busy.discard(connection)
        self._free.append(connection)
        if now <= self._ends:
            self._statuses[status] += 1
            if status == self.spec.expect:
                self._good.append(now - connection.due)
            else:
                self._refused.append(now - connection.begun)

    def lost(self, connection: _Connection) -> None:
        """A connection ended; another one takes its place."""
        if connection in self._busy:
            self._busy.discard(connection)
            self._lost += 1
        if (loop := asyncio.get_running_loop()).time() < self._ends:
            loop.create_task(self._connect())


def _at(times: list[float], share: float) -> float:
    return times[int(share * (len(times) - 1))] if times else 0.0


def main(path: str) -> None:
    """Run what the file says, and print what came of it."""
    spec = msgspec.msgpack.decode(Path(path).read_bytes(), type=LoadSpec)
    result = uvloop.run(Flood(spec, spec.rate or 1.0).run())
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main(sys.argv[1])
