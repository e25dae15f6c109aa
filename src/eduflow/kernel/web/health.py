"""Is this process alive, and should it be sent requests?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from eduflow.kernel.web.traffic import Traffic

_CHECK_SECONDS = 2.0
_KEPT_SECONDS = 1.0


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one dependency said. `detail` is for everybody's eyes: no address, no secret."""

    ok: bool
    needed: bool = True
    """Whether without it no request can be answered."""
    detail: str = ""


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """A check, and how long it took."""

    ok: bool
    needed: bool
    detail: str
    milliseconds: float


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`ready`, `degraded` (something not needed is missing), `not ready` or `draining`."""

    status: str
    checks: dict[str, CheckView]


Checks = Mapping[str, Callable[[], Awaitable[Check]]]


class Readinesses:
    """Runs the checks together, and keeps what they said for a second: anybody may ask."""

    def __init__(self, checks: Checks, traffic: Traffic) -> None:
        self._checks = checks
        self._traffic = traffic
        self._turn = asyncio.Lock()
        self._kept: dict[str, CheckView] = {}
        self._until = 0.0

    async def now(self) -> Readiness:
        async with self._turn:
            if perf_counter() >= self._until:
                answers = await asyncio.gather(
                    *(self._ask(check) for check in self._checks.values())
                )
                self._kept = dict(zip(self._checks, answers, strict=True))
                self._until = perf_counter() + _KEPT_SECONDS
        failed = [check for check in self._kept.values() if not check.ok]
        if self._traffic.draining:
            status = "draining"
        elif any(check.needed for check in failed):
            status = "not ready"
        else:
            status = "degraded" if failed else "ready"
        return Readiness(status=status, checks=self._kept)

    async def _ask(self, check: Callable[[], Awaitable[Check]]) -> CheckView:
        begun = perf_counter()
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                said = await check()
        except TimeoutError:
            said = Check(ok=False, detail="no answer in time")
        except Exception as error:  # noqa: BLE001 (a check that breaks has failed; its text may hold a secret)
            said = Check(ok=False, detail=type(error).__name__)
        took = round((perf_counter() - begun) * 1000, 1)
        return CheckView(ok=said.ok, needed=said.needed, detail=said.detail, milliseconds=took)


def health_routes(checks: Checks, traffic: Traffic) -> list[HTTPRouteHandler]:
    """`/health/live` and `/health/ready`."""
    readinesses = Readinesses(checks, traffic)
    opt = {"public": True, "quiet": True}

    @get("/health/live", include_in_schema=False, opt=opt, sync_to_thread=False)
    def live() -> dict[str, str]:
        """This process runs its loop."""
        return {"status": "live"}

    @get("/health/ready", include_in_schema=False, opt=opt)
    async def ready() -> Response[Readiness]:
        """What this process stands on answers."""
        found = await readinesses.now()
        good = found.status in {"ready", "degraded"}
        return Response(
            found, status_code=200 if good else 503, headers={"cache-control": "no-store"}
        )

    return [live, ready]
