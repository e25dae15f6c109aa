"""Connections, by address and by purpose."""

import asyncio
import zlib
from typing import Any

import asyncpg
import msgspec
import structlog

from eduflow.kernel.settings import DatabaseSettings, Settings

log = structlog.get_logger()

# A role's statement may run this long, in milliseconds.
STATEMENT_TIMEOUTS = {"write": 10_000, "api": 5_000, "analytics": 30_000, "reports": 300_000}

_CLOSING = 5.0
"""Seconds that running statements are given when a pool is closed."""

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # asyncpg's word for a connection on which the server has said goodbye, but not yet hung up.
    asyncpg.InternalClientError,
    OSError,
    asyncio.TimeoutError,
)
"""The connection is gone, and with it the knowledge of what became of the statement."""
TURNED_AWAY = (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""The server would not have us, and has heard nothing."""
AWAY = (*LOST, *TURNED_AWAY, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
"""The server does not serve at this moment."""


async def _keep_as_it_is(_: object) -> None:
    """Instead of asyncpg's RESET ALL on every release, a third of PostgreSQL's work on a read.

    Allowed because nothing in EduFlow sets anything for longer than a statement; a test and a lint
    rule hold that.
    """


async def open_pool(dsn: str, *, purpose: str, size: int, read_only: bool) -> asyncpg.Pool:
    """A pool that connects when it is first used, so that a server may be away at the start."""
    session = {
        "application_name": f"eduflow-{purpose}",
        "statement_timeout": str(STATEMENT_TIMEOUTS[purpose]),
        "idle_in_transaction_session_timeout": "30000",
        "jit": "off",
    }
    if read_only:
        session["default_transaction_read_only"] = "on"
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=5,
        reset=_keep_as_it_is,
        server_settings=session,
        statement_cache_size=1024,
        max_inactive_connection_lifetime=120,
    )


class Replica(msgspec.Struct):
    """One server that may be read, and whether it should be."""

    pool: asyncpg.Pool
    name: str
    standby: bool
    healthy: bool = True

    async def fetchrow(self, sql: str, *arguments: Any) -> asyncpg.Record:
        """One row, in one round trip; a lost server is left out until it answers again."""
        try:
            row = await self.pool.fetchrow(sql, *arguments)
        except AWAY as fault:
            if self.standby and self.healthy:
                log.warning("replica_left_out", replica=self.name, reason=type(fault).__name__)
            self.healthy = not self.standby
            raise
        if row is None:
            raise AssertionError("a statement of the kernel always has one row")
        return row


class Database:
    """One service database: its primary, and its replicas by role."""

    def __init__(
        self, name: str, *, primary: asyncpg.Pool, roles: dict[str, list[Replica]]
    ) -> None:
        self.name = name
        self.primary = primary
        self.roles = roles
        self.cluster = ""
        """System identifier and timeline of the primary; empty until it was reached."""
        self.set_aside = 0
        """Events that read models could not take, when last looked at."""
        self.oldest_model: float | None = None
        """Seconds since the read model furthest behind was folded; None: unknown."""

    async def learn_cluster(self) -> None:
        """Ask the primary which cluster it is, and on which timeline."""
        self.cluster = await self.primary.fetchval(
            "SELECT system_identifier || '.' ||"
            " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
            " FROM pg_control_system()"
        )

    def cluster_on(self, timeline: str) -> str:
        """The cluster's name for what was written on `timeline` just now; "" is the present one."""
        if timeline:
            self.cluster = f"{self.cluster.partition('.')[0]}.{timeline}"
        return self.cluster

    @classmethod
    async def open(cls, name: str, settings: Settings, *, worker: bool) -> "Database":
        """Make the pools; nothing is connected yet.

        `worker` chooses the role of the workers, which sees every institution.
        """
        addresses = settings.databases[name]
        home = addresses.worker if worker else addresses.app
        size = settings.pool_size
        primary = await open_pool(home.value, purpose="write", size=size, read_only=False)
        roles = {
            role: await _open_role(name, role, addresses=addresses, size=size) for role in ROLES
        }
        return cls(name, primary=primary, roles=roles)

    def candidates(self, role: str, session: bytes) -> list[Replica]:
        """Who may answer, best first: the caller's own standby while it is well, then the primary.

        A caller stays with one standby, which by itself never goes back.
        """
        replicas = self.roles[role]
        standbys = [r for r in replicas if r.standby and r.healthy]
        standbys.sort(key=lambda r: zlib.crc32(session + r.name.encode()))
        return [*standbys[:1], *(r for r in replicas if not r.standby)]

    def all_replicas(self) -> dict[str, Replica]:
        """Every server that is read, once, by name."""
        return {r.name: r for replicas in self.roles.values() for r in replicas}

    async def close(self) -> None:
        """Let running statements end, then disconnect."""
        pools = [self.primary, *(r.pool for r in self.all_replicas().values())]
        await asyncio.gather(*(_close(pool) for pool in pools), return_exceptions=True)


async def _close(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(_CLOSING):
        await pool.close()


ROLES = ("api", "analytics", "reports")


async def _open_role(
    name: str, role: str, *, addresses: DatabaseSettings, size: int
) -> list[Replica]:
    # A role with no replica of its own shares the next quicker role's.
    shared = {
        "api": ("api",),
        "analytics": ("analytics", "api"),
        "reports": ("reports", "analytics", "api"),
    }
    chosen = next((found for r in shared[role] if (found := getattr(addresses, r))), ())
    replicas = [
        Replica(
            await open_pool(dsn.value, purpose=role, size=size, read_only=True),
            name=f"{name}/{role}/{number}",
            standby=True,
        )
        for number, dsn in enumerate(chosen)
    ]
    primary = await open_pool(addresses.app.value, purpose=role, size=size, read_only=True)
    return [*replicas, Replica(primary, name=f"{name}/{role}/primary", standby=False)]
