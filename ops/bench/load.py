"""The load generator: a process of its own, so that its CPU is on nobody's account but its own.

`python -m ops.bench.load SPEC` reads a `LoadSpec` and prints a `LoadResult` as JSON.

Closed loop: every connection asks again as soon as it is answered, until the time is over; this
finds the most that goes through. It ends with the last answer, so that nobody who is slow is left
out for being slow. Open loop: requests begin at fixed times whether or not earlier ones are
answered, and their time counts from when they should have begun; a server that stalls cannot hide
it.
"""

import asyncio
import random
import sys
from collections import Counter, deque
from pathlib import Path

import msgspec
import uvloop

from ops.bench.wire import Answer, Connection

_GRACE = 10.0
"""Seconds that the last answers are waited for."""


class LoadSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be asked, of whom, and how hard."""

    host: str
    port: int
    requests: list[bytes]
    """Whole requests, asked in turn. The list begins again at its end, unless `once`."""
    connections: int
    seconds: float
    rate: float | None = None
    """Requests a second in the open loop; None is the closed loop."""
    once: bool = False
    expect: int = 200


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. Times are seconds."""

    good: int
    bad: int
    seconds: float
    p50: float
    p99: float
    longest: float
    statuses: dict[int, int]
    asked: int
    size: int = 0
    """Of a good answer's body, in bytes, in the mean."""
    bad_p99: float = 0.0
    """Of what was refused, or failed."""
    sample: str = ""
    """The beginning of the first answer that was not as expected."""


class Load:
    """One run."""

    def __init__(self, spec: LoadSpec) -> None:
        self.spec = spec
        self.times: list[float] = []
        self.bad: list[float] = []
        self.bytes = 0
        self.statuses: Counter[int] = Counter()
        self.asked = 0
        self.sample = ""

    def next_request(self) -> bytes | None:
        """The next of the list; None when it is used up."""
        if self.spec.once and self.asked >= len(self.spec.requests):
            return None
        self.asked += 1
        return self.spec.requests[(self.asked - 1) % len(self.spec.requests)]

    def note(self, answer: Answer, seconds: float) -> None:
        self.statuses[answer.status] += 1
        if answer.status == self.spec.expect:
            self.times.append(seconds)
            self.bytes += len(answer.body)
            return
        self.bad.append(seconds)
        if not self.sample:
            self.sample = f"{answer.status}: {answer.body[:300].decode(errors='replace')}"

    async def run(self) -> LoadResult:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await (self._closed(began) if self.spec.rate is None else self._open(began, self.spec.rate))
        times = sorted(self.times)
        return LoadResult(
            good=len(times),
            bad=len(self.bad),
            seconds=loop.time() - began if self.spec.rate is None else self.spec.seconds,
            p50=_at(times, 0.5),
            p99=_at(times, 0.99),
            longest=_at(times, 1.0),
            statuses=dict(self.statuses),
            asked=self.asked,
            size=self.bytes // max(1, len(times)),
            bad_p99=_at(sorted(self.bad), 0.99),
            sample=self.sample,
        )

    async def _closed(self, began: float) -> None:
        loop = asyncio.get_running_loop()
        end = began + self.spec.seconds

        async def ask() -> None:
            connection = Connection(self.spec.host, self.spec.port)
            while (now := loop.time()) < end:
                request = self.next_request()
                if request is None:
                    break
                self.note(await connection.ask(request), loop.time() - now)
            connection.close()

        await asyncio.gather(*(ask() for _ in range(self.spec.connections)))

    async def _open(self, began: float, rate: float) -> None:
        loop = asyncio.get_running_loop()
        free = deque(
            Connection(self.spec.host, self.spec.port) for _ in range(self.spec.connections)
        )
        tasks: set[asyncio.Task[None]] = set()

        async def ask(due: float, request: bytes) -> None:
            connection = free.popleft() if free else Connection(self.spec.host, self.spec.port)
            answer = await connection.ask(request)
            self.note(answer, loop.time() - due)
            free.append(connection)

        due = began
        while due < began + self.spec.seconds and (request := self.next_request()) is not None:
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            task = asyncio.create_task(ask(due, request))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            # Poisson arrivals: people do not come in step.
            due += random.expovariate(rate)
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for connection in free:
            connection.close()


def _at(times: list[float], share: float) -> float:
    return times[int(share * (len(times) - 1))] if times else 0.0


def main(path: str) -> None:
    """Run what the file says, and print what came of it."""
    spec = msgspec.msgpack.decode(Path(path).read_bytes(), type=LoadSpec)
    result = uvloop.run(Load(spec).run())
    sys.stdout.buffer.write(msgspec.json.encode(result))


if __name__ == "__main__":
    main(sys.argv[1])
