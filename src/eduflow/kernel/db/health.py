"""Which replicas are well: asked every second, left out when silent or too far behind."""

import asyncio

import asyncpg
import structlog
from prometheus_client import Gauge

from eduflow.kernel.db.pools import AWAY, Database, Replica

log = structlog.get_logger()

_EVERY = 1.0
_PATIENCE = 2.0
# Workers move a checkpoint at least every few seconds, so its age tells how far behind a copy is.
_NEWEST = "SELECT extract(epoch FROM max(as_of))::float8 FROM projection_checkpoints"
_MODELS = (
    "SELECT c.consumer, extract(epoch FROM max(c.as_of))::float8 AS newest,"
    " extract(epoch FROM clock_timestamp() - min(c.as_of))::float8 AS age,"
    " (SELECT count(*) FROM projection_failures AS f WHERE f.consumer = c.consumer) AS set_aside"
    " FROM projection_checkpoints AS c GROUP BY c.consumer"
)
AGE = Gauge("eduflow_read_model_age_seconds", "Since it was last folded", ["database", "model"])
SET_ASIDE = Gauge(
    "eduflow_events_set_aside", "Events a read model could not take", ["database", "model"]
)
REPLICA_WELL = Gauge("eduflow_replica_well", "Whether a replica is read", ["replica"])


async def watch(database: Database, *, most_lag: float) -> None:
    """Keep `healthy` of every replica true to the facts, until cancelled."""
    while True:
        await look_once(database, most_lag=most_lag)
        await asyncio.sleep(_EVERY)


async def look_once(database: Database, *, most_lag: float) -> None:
    """Ask the primary and every replica once."""
    newest: float | None = None
    try:
        async with asyncio.timeout(_PATIENCE):
            await database.learn_cluster()
            models = await database.primary.fetch(_MODELS)
        newest = max((m["newest"] for m in models), default=None)
        _tell(database, models)
    except (*AWAY, asyncpg.PostgresError) as fault:
        log.warning("primary_does_not_answer", database=database.name, reason=type(fault).__name__)
    standbys = [r for r in database.all_replicas().values() if r.standby]
    await asyncio.gather(*(_look(replica, newest, most_lag) for replica in standbys))


def _tell(database: Database, models: list[asyncpg.Record]) -> None:
    database.set_aside = sum(m["set_aside"] for m in models)
    database.oldest_model = max((m["age"] for m in models), default=None)
    for model in models:
        AGE.labels(database.name, model["consumer"]).set(model["age"])
        SET_ASIDE.labels(database.name, model["consumer"]).set(model["set_aside"])


async def _look(replica: Replica, newest: float | None, most_lag: float) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            mine = await replica.pool.fetchval(_NEWEST)
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
    REPLICA_WELL.labels(replica.name).set(healthy)
