"""What one process holds while it runs: pools, commands, the bell. Opened once, closed in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import structlog

from eduflow.kernel.audit.keys import AuditKeys
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.bell import Bell, open_broker
from eduflow.kernel.clock import Clock, utc_now
from eduflow.kernel.commands import Commands
from eduflow.kernel.db.health import look_once, watch
from eduflow.kernel.db.pools import Database
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.positions import Position, Positions
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings, SettingsError
from eduflow.kernel.storage import Storage

log = structlog.get_logger()


class Runtime:
    """Shared by every service of a process."""

    def __init__(
        self,
        settings: Settings,
        services: Sequence[Service],
        *,
        databases: Mapping[str, Database],
        bell: Bell,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.services = {s.name: s for s in services}
        self.databases = databases
        self.positions = Positions(settings.secret)
        self.audit = AuditKeys(settings.secret)
        self.storage = Storage(settings)
        self.bell = bell
        self.clock = clock
        self.commands = {s.name: self._commands(s) for s in services}
        self.resources: dict[str, Any] = {}
        """What each service keeps for itself, by its name."""

    def _commands(self, service: Service) -> Commands:
        listeners = [
            s.name
            for s in self.services.values()
            if s.database == service.database or service.database in s.sources
        ]

        def ring() -> None:
            for name in listeners:
                self.bell.ring(name)

        return Commands(
            self.databases[service.database],
            handlers=service.handlers,
            refusals=service.refusals,
            clock=self.clock,
            ring=ring,
            audit=self.audit,
            resources=lambda: self.resources.get(service.name),
        )

    def reads(
        self,
        service: Service,
        *,
        access: Access,
        role: str = "api",
        positions: Mapping[str, Position],
        strict: bool = False,
    ) -> ReadSession:
        """A session for the reads of one request."""
        return ReadSession(
            self.databases[service.database],
            access=access,
            role=role,
            positions=positions,
            wait=self.settings.wait_milliseconds / 1000,
            strict=strict,
            grounds=tuple(service.grounds),
        )


@contextlib.asynccontextmanager
async def open_runtime(
    settings: Settings,
    services: Sequence[Service],
    *,
    worker: bool = False,
    clock: Clock = utc_now,  # rule: R7 because tests set it
) -> AsyncIterator[Runtime]:
    """Open what the services need; everything is closed again, whatever happens."""
    names = {s.database for s in services} | {source for s in services for source in s.sources}
    missing = sorted(names - settings.databases.keys())
    if missing:
        raise SettingsError([f"EDUFLOW_{name.upper()}_DSN is not set" for name in missing])
    databases = {name: await Database.open(name, settings, worker=worker) for name in sorted(names)}
    bell = Bell(open_broker(settings))
    watchers = []
    try:
        lag = settings.replica_lag_seconds
        await asyncio.gather(*(look_once(d, most_lag=lag) for d in databases.values()))
        watchers = [asyncio.create_task(watch(d, most_lag=lag)) for d in databases.values()]
        runtime = Runtime(settings, services, databases=databases, bell=bell, clock=clock)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(runtime.storage.close)
            for s in services:
                if s.resources is not None:
                    runtime.resources[s.name] = await stack.enter_async_context(
                        s.resources(runtime)
                    )
            yield runtime
    finally:
        for task in watchers:
            task.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        await asyncio.gather(*(d.close() for d in databases.values()))
        await asyncio.to_thread(bell.close)
