"""One Litestar app, with one service or with all of them; the same code behind every port."""

from collections.abc import Awaitable, Callable, Sequence

import httpx
import msgspec
from litestar import Router
from litestar.di import Provide

from eduflow import __version__
from eduflow.kernel.addresses import trust
from eduflow.kernel.auth.guards import provide_access, provide_identity
from eduflow.kernel.auth.middleware import WhoIsAsking
from eduflow.kernel.auth.published import PublishedKeys
from eduflow.kernel.auth.revocation import RevokedSessions
from eduflow.kernel.auth.services import check_service_token
from eduflow.kernel.auth.tokens import CEILING, PLATFORM, TokenVerifier
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.db.pools import Database
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.service import Service
from eduflow.kernel.web import Check, Limiter, Traffic, WebApp, build_app
from eduflow.kernel.web.binding import bound
from eduflow.kernel.web.health import Checks
from eduflow.kernel.web.personal import Telling, personal_data

_STANDS_STILL = 30.0
"""Seconds without a sign of life of the workers, who give one every five."""


class Doors(msgspec.Struct, frozen=True):
    """What the apps of one process share at their doors: who is let in, and how often."""

    keys: PublishedKeys
    revoked: RevokedSessions
    limiter: Limiter | None
    traffic: Traffic
    client: httpx.AsyncClient

    @classmethod
    def make(cls, runtime: Runtime) -> "Doors":
        """Nothing is asked of anybody yet."""
        settings = runtime.settings
        client = httpx.AsyncClient(timeout=2.0, verify=trust(settings.identity_url))
        return cls(
            keys=PublishedKeys(settings.identity_url, client=client),
            revoked=RevokedSessions(settings.identity_url, client=client, clock=runtime.clock),
            limiter=Limiter(settings.broker_url.value) if settings.rate_limits else None,
            traffic=Traffic(most=settings.most_in_flight),
            client=client,
        )

    async def close(self) -> None:
        """Give back what was opened."""
        await self.keys.close()
        if self.limiter is not None:
            await self.limiter.aclose()
        await self.client.aclose()


def create_app(
    runtime: Runtime, services: Sequence[Service], *, doors: Doors, name: str, title: str
) -> WebApp:
    """The app that serves `services`; `name` is the one it goes by in metrics and logs.

    An app that goes by a service's own name, and only that, carries the service's internal routes.
    """
    settings = runtime.settings
    verifier = TokenVerifier(
        doors.keys,
        issuer=settings.public_url,
        audiences=[PLATFORM, *(s.name for s in services)],
        ceiling=CEILING,
        revocations=doors.revoked,
        clock=runtime.clock,
    )
    routers = [
        Router("/api/v1", route_handlers=s.routes, dependencies=bound(runtime, s), tags=[s.name])
        for s in services
    ]
    routers += [
        Router("/.well-known", route_handlers=s.well_known, dependencies=bound(runtime, s))
        for s in services
        if s.well_known
    ]
    routers += [
        Router(
            "/internal/v1",
            route_handlers=[*s.internal, personal_data],
            dependencies={
                **bound(runtime, s),
                "telling": Provide(_telling(runtime, s), sync_to_thread=False),
            },
            include_in_schema=False,
        )
        for s in services
        if s.name == name
    ]

    def check_service(token: str) -> str:
        now = runtime.clock()
        return check_service_token(settings.secret, token, audience=name, now=now)

    return build_app(
        name=name,
        title=title,
        version=__version__,
        routers=routers,
        settings=settings,
        dependencies={
            "access": Provide(provide_access),
            "identity": Provide(provide_identity),
            "runtime": Provide(lambda: runtime, sync_to_thread=False),
        },
        readiness=_checks(runtime, services),
        middleware=[WhoIsAsking(verifier, check_service=check_service)],
        limiter=doors.limiter,
        traffic=doors.traffic,
    )


def _telling(runtime: Runtime, service: Service) -> Callable[[], Telling]:
    return lambda: Telling(runtime, service)


def _checks(runtime: Runtime, services: Sequence[Service]) -> Checks:
    databases = {s.database: runtime.databases[s.database] for s in services}
    checks: dict[str, Callable[[], Awaitable[Check]]] = {}
    for name, database in databases.items():
        checks[f"database {name}"] = _primary(database)
        checks[f"replicas of {name}"] = _replicas(database)
        checks[f"read models of {name}"] = _read_models(database)
    return checks


def _primary(database: Database) -> Callable[[], Awaitable[Check]]:
    async def check() -> Check:
        try:
            await database.primary.fetchval("SELECT 1")
        except AWAY:
            return Check(ok=False, detail="does not answer")
        return Check(ok=True)

    return check


def _read_models(database: Database) -> Callable[[], Awaitable[Check]]:
    async def check() -> Check:
        age = database.oldest_model
        if database.set_aside:
            return Check(ok=False, needed=False, detail=f"{database.set_aside} events set aside")
        if age is not None and age > _STANDS_STILL:
            return Check(ok=False, needed=False, detail=f"not folded for {age:.0f} s")
        return Check(ok=True, needed=False)

    return check


def _replicas(database: Database) -> Callable[[], Awaitable[Check]]:
    async def check() -> Check:
        standbys = [r for r in database.all_replicas().values() if r.standby]
        well = sum(r.healthy for r in standbys)
        return Check(
            ok=well == len(standbys), needed=False, detail=f"{well} of {len(standbys)} well"
        )

    return check
