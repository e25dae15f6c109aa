"""Which replicas are well: asked every second, left out when silent or too far behind."""

import asyncio

import asyncpg
import structlog

from eduflow.kernel.db.pools import AWAY, Database, Replica

log = structlog.get_logger()

_EVERY = 1.0
# Workers move a checkpoint at least every few seconds, so its age tells how far behind a copy is.
_NEWEST = "SELECT extract(epoch FROM max(as_of))::float8 FROM projection_checkpoints"


async def watch(database: Database, *, most_lag: float) -> None:
    """Keep `healthy` of every replica true to the facts, until cancelled."""
    while True:
        await look_once(database, most_lag=most_lag)
        await asyncio.sleep(_EVERY)


async def look_once(database: Database, *, most_lag: float) -> None:
    """Ask the primary and every replica once."""
    newest: float | None = None
    try:
        await asyncio.wait_for(database.learn_cluster(), 2)
        newest = await asyncio.wait_for(database.primary.fetchval(_NEWEST), 2)
    except (*AWAY, asyncpg.PostgresError) as fault:
        log.warning("primary_does_not_answer", database=database.name, reason=type(fault).__name__)
    standbys = [r for r in database.all_replicas().values() if r.standby]
    await asyncio.gather(*(_look(replica, newest, most_lag) for replica in standbys))


async def _look(replica: Replica, newest: float | None, most_lag: float) -> None:
    try:
        mine = await asyncio.wait_for(replica.pool.fetchval(_NEWEST), 2)
    except (*AWAY, asyncpg.PostgresError) as fault:
        _set(replica, False, type(fault).__name__)
        return
    behind = 0.0 if newest is None else newest - (mine or 0.0)
    _set(replica, behind <= most_lag, f"{behind:.1f} s behind")


def _set(replica: Replica, healthy: bool, reason: str) -> None:  # noqa: FBT001 (it is what is set)
    if replica.healthy != healthy:
        log.warning(
            "replica_back" if healthy else "replica_left_out", replica=replica.name, reason=reason
        )
    replica.healthy = healthy
