"""The process that writes at a fixed rate and watches the replica: see `ops.bench.freshness`."""

import asyncio
import random
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import uvloop

from ops.bench.freshness import Freshness, FreshnessSpec
from ops.bench.wire import Answer, Connection

_LOOK_SECONDS = 0.004
_ACCEPTED, _OK = 202, 200
_LOST = 5.0
"""Seconds after which a seat that is not shown counts as this long."""


class Watch:
    """One rate."""

    def __init__(self, spec: FreshnessSpec) -> None:
        self.spec = spec
        self.waiting: dict[UUID, float] = {}
        self.writing: list[float] = []
        self.seen: list[float] = []
        self.reads: list[float] = []
        self.stale = 0
        self.refused = 0
        self.sample = b""
        self._free: deque[Connection] = deque()

    async def run(self) -> Freshness:
        loop = asyncio.get_running_loop()
        began = loop.time()
        looking = asyncio.create_task(self._look())
        spec = self.spec
        writes = zip(_arrivals(began, spec.rate, spec.seconds), spec.writes, strict=False)
        probes = zip(_arrivals(began, spec.probe_rate, spec.seconds), spec.probes, strict=False)
        await asyncio.gather(
            *(self._write(when, request) for when, request in writes),
            *(self._probe(when, *pair) for when, pair in probes),
        )
        for _ in range(int(_LOST / 0.01)):
            if not self.waiting:
                break
            await asyncio.sleep(0.01)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        self.seen += [_LOST] * len(self.waiting)
        if self.refused:
            print(f"{self.refused} writes refused: {self.sample!r}", file=sys.stderr)
        return Freshness(
            rate=self.spec.rate,
            done=len(self.writing) / self.spec.seconds,
            write_p50=_at(self.writing, 0.5),
            write_p99=_at(self.writing, 0.99),
            sql_p50=_at(self.seen, 0.5),
            sql_p99=_at(self.seen, 0.99),
            get_p50=_at(self.reads, 0.5),
            get_p99=_at(self.reads, 0.99),
            reads=len(self.reads),
            stale=self.stale,
        )

    async def _write(self, when: float, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, when - loop.time()))
        answer = await self._ask(request)
        now = loop.time()
        if answer.status != _ACCEPTED:
            self.refused += 1
            self.sample = self.sample or answer.body
            return answer
        self.writing.append(now - when)
        self.waiting[UUID(msgspec.json.decode(answer.body)["id"])] = now
        return answer

    async def _probe(self, when: float, request: bytes, read: bytes) -> None:
        loop = asyncio.get_running_loop()
        written = await self._write(when, request)
        position = written.header("eduflow-position")
        if position is None:
            return
        began = loop.time()
        answer = await self._ask(
            read.replace(b"EduFlow-Position: @", f"EduFlow-Position: {position}".encode())
        )
        self.reads.append(loop.time() - began)
        seat = msgspec.json.decode(written.body)["id"]
        shown = answer.status == _OK and seat.encode() in answer.body
        if not shown or answer.header("eduflow-stale"):
            self.stale += 1

    async def _ask(self, request: bytes) -> Answer:
        connection = (
            self._free.popleft() if self._free else Connection(self.spec.host, self.spec.port)
        )
        answer = await connection.ask(request)
        self._free.append(connection)
        return answer

    async def _look(self) -> None:
        """Asks the standby for all that is awaited, over and over."""
        loop = asyncio.get_running_loop()
        connection = await asyncpg.connect(self.spec.standby)
        sql = "SELECT enrollment_id FROM course_roster WHERE enrollment_id = ANY($1::uuid[])"
        try:
            while True:
                for row in await connection.fetch(sql, list(self.waiting)):
                    self.seen.append(loop.time() - self.waiting.pop(row[0]))
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            await connection.close()


def _arrivals(began: float, rate: float, seconds: float) -> Iterator[float]:
    """Times at which people come who do not know of each other."""
    when = began
    while (when := when + random.expovariate(rate)) < began + seconds:
        yield when


def _at(times: list[float], share: float) -> float:
    times = sorted(times)
    return times[int(share * (len(times) - 1))] if times else 0.0


def main(path: str) -> None:
    """Measure what the file says, and print what came of it."""
    spec = msgspec.msgpack.decode(Path(path).read_bytes(), type=FreshnessSpec)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(Watch(spec).run())))


if __name__ == "__main__":
    main(sys.argv[1])
