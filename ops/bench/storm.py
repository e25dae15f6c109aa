"""What everybody else notices while a whole school logs in at once."""

import asyncio
from statistics import median

import msgspec

from ops.bench.cases import DASHBOARD, LOGIN, Attempt
from ops.bench.load import LoadResult
from ops.bench.runner import Runner, generate

RATE = 100.0
"""Dashboards a second: well below what can be answered, so that what is measured is the storm."""
AT_ONCE = 64
_TURNS = 3
_AHEAD = 2.0
"""Seconds that the logins begin before they are measured beside."""


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """Medians of the turns, in seconds."""

    rate: float
    alone_p50: float
    alone_p99: float
    beside_p50: float
    beside_p99: float
    bad: int
    logins: float
    """Right ones, a second."""
    login_p50: float
    refused: int

    @property
    def times(self) -> float:
        """By how much the dashboard's p99 is moved."""
        return self.beside_p99 / max(1e-9, self.alone_p99)

    def table(self) -> str:
        """For people."""
        alone = f"| alone | {self.alone_p50 * 1e3:.1f} | {self.alone_p99 * 1e3:.1f} | |"
        beside = (
            f"| beside the storm | {self.beside_p50 * 1e3:.1f} | {self.beside_p99 * 1e3:.1f}"
            f" | {self.bad} |"
        )
        moved = self.beside_p50 / max(1e-9, self.alone_p50)
        meanwhile = (
            f"Meanwhile {self.logins:.1f} logins a second, p50 {self.login_p50:.1f} s,"
            f" {self.refused} refused."
        )
        head = f"### GET /users/me/dashboard, {self.rate:.0f} a second, beside {AT_ONCE} logins"
        lines = [head, "", "| | p50 ms | p99 ms | bad |", "|---|---|---|---|", alone, beside]
        lines += [f"| times | {moved:.1f} | {self.times:.1f} | |", "", meanwhile]
        return "\n".join(lines)


async def measure(runner: Runner, *, seconds: float) -> Storm:
    """Alone and beside the storm, in turn."""
    alone: list[LoadResult] = []
    beside: list[LoadResult] = []
    logins: list[LoadResult] = []
    dashboards = await runner.load(
        DASHBOARD, Attempt(seconds=seconds, port=runner.site.port, rate=RATE)
    )
    for _ in range(_TURNS):
        alone.append(await generate(dashboards))
        storming = Attempt(seconds=seconds + 2 * _AHEAD, port=runner.site.port, connections=AT_ONCE)
        storm = asyncio.create_task(generate(await runner.load(LOGIN, storming)))
        await asyncio.sleep(_AHEAD)
        beside.append(await generate(dashboards))
        logins.append(await storm)
    return Storm(
        rate=RATE,
        alone_p50=median(r.p50 for r in alone),
        alone_p99=median(r.p99 for r in alone),
        beside_p50=median(r.p50 for r in beside),
        beside_p99=median(r.p99 for r in beside),
        bad=sum(r.bad for r in beside),
        logins=median(r.good / r.seconds for r in logins),
        login_p50=median(r.p50 for r in logins),
        refused=sum(r.bad for r in logins),
    )
