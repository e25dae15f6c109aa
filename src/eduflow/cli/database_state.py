"""How far replicas and projections are behind, asked of the databases that the settings name."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import msgspec

from eduflow.kernel.settings import DatabaseSettings, Secret, Settings

_SECONDS = 3.0

_FLUSHED = "SELECT pg_current_wal_flush_lsn()::text"
_REPLAYED = """
SELECT pg_last_wal_replay_lsn()::text AS lsn,
       greatest(0, pg_wal_lsn_diff($1::text::pg_lsn, pg_last_wal_replay_lsn()))::bigint AS bytes,
       CASE WHEN pg_last_wal_replay_lsn() >= $1::text::pg_lsn THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8
       END AS seconds
"""
_PROJECTIONS = """
SELECT consumer, extract(epoch FROM clock_timestamp() - min(as_of))::float8 AS seconds
FROM projection_checkpoints GROUP BY consumer ORDER BY consumer
"""


class ReplicaState(msgspec.Struct, kw_only=True):
    """One standby."""

    address: str
    up: bool
    lag_bytes: int | None = None
    lag_seconds: float | None = None
    fault: str = ""


class DatabaseState(msgspec.Struct, kw_only=True):
    """One database: its primary, who follows it, and what was made from it."""

    name: str
    address: str
    up: bool
    fault: str = ""
    replicas: list[ReplicaState] = []
    projections: dict[str, float] = {}
    """Read model -> seconds since it had seen everything."""


def database_states(settings: Settings) -> list[DatabaseState]:
    """Ask all of them at once; one that does not answer is told as down, not raised."""

    async def ask() -> list[DatabaseState]:
        asked = (_database(name, each) for name, each in settings.databases.items())
        return list(await asyncio.gather(*asked))

    return asyncio.run(ask())


async def _database(name: str, settings: DatabaseSettings) -> DatabaseState:
    state = DatabaseState(name=name, address=_address(settings.worker), up=False)
    target = None
    try:
        connection = await _connect(settings.worker)
        try:
            target = await connection.fetchval(_FLUSHED)
            state.up = True
            state.projections = await _projections(connection)
        finally:
            await connection.close(timeout=_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        state.fault = str(fault) or type(fault).__name__
    addresses = dict.fromkeys((*settings.api, *settings.analytics, *settings.reports))
    state.replicas = list(await asyncio.gather(*(_replica(each, target) for each in addresses)))
    return state


async def _projections(connection: asyncpg.Connection) -> dict[str, float]:
    if await connection.fetchval("SELECT to_regclass('projection_checkpoints')") is None:
        return {}
    rows = await connection.fetch(_PROJECTIONS)
    return {row["consumer"]: round(row["seconds"], 3) for row in rows}


async def _replica(dsn: Secret, target: str | None) -> ReplicaState:
    state = ReplicaState(address=_address(dsn), up=False)
    try:
        connection = await _connect(dsn)
        try:
            state.up = True
            if target is not None:
                row = await connection.fetchrow(_REPLAYED, target)
                state.lag_bytes, state.lag_seconds = row["bytes"], row["seconds"]
        finally:
            await connection.close(timeout=_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        state.fault = str(fault) or type(fault).__name__
    return state


async def _connect(dsn: Secret) -> asyncpg.Connection:
    return await asyncpg.connect(dsn.value, timeout=_SECONDS, command_timeout=_SECONDS)


def _address(dsn: Secret) -> str:
    """The address without the password."""
    _, _, after = dsn.value.rpartition("@")
    return after.partition("?sslmode")[0]


def checked_at() -> str:
    """This moment, as the JSON says it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
