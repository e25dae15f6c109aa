"""One look for all read models of a database: which have something to fold, and which are quiet.

Whoever waits for a write waits for the checkpoint of each model that is read, also of those that
the write does not concern. So every bell moves all checkpoints; those of quiet models move here,
together, in one statement and one commit, however many models there are.
"""

from collections.abc import Sequence

import asyncpg

from eduflow.kernel.outbox import RECENT
from eduflow.kernel.projections import ReadModel

# One statement has one snapshot: what it calls the present is what it found nothing new in. The
# round number refuses a move where a projector has meanwhile made one. A checkpoint that somebody
# holds is left to its projector, so that no model waits for another.
_LOOK = (
    "WITH present AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot,"
    " clock_timestamp() AS taken_at),"
    " models AS (SELECT consumer, array_agg(type) AS types"
    " FROM unnest($2::text[], $3::text[]) AS u(consumer, type) GROUP BY consumer),"
    " quiet AS MATERIALIZED (SELECT c.consumer, c.shard, c.shards, c.round,"
    " $4::boolean OR c.as_of < p.taken_at - make_interval(secs => $5) AS due"
    " FROM present AS p, projection_checkpoints AS c JOIN models AS m ON m.consumer = c.consumer"
    " WHERE c.source = $1 AND c.target IS NULL AND NOT EXISTS (SELECT FROM outbox_events AS e"
    " WHERE e.xid >= pg_snapshot_xmin(c.snapshot)"
    f" AND {RECENT.format('e.')} AND NOT pg_visible_in_snapshot(e.xid, c.snapshot)"
    " AND e.type = ANY(m.types) AND e.bucket % c.shards = c.shard)),"
    " free AS MATERIALIZED (SELECT c.consumer, c.shard"
    " FROM projection_checkpoints AS c JOIN quiet AS q ON c.source = $1"
    " AND c.consumer = q.consumer AND c.shard = q.shard AND c.round = q.round AND q.due"
    " FOR UPDATE OF c SKIP LOCKED),"
    " moved AS (UPDATE projection_checkpoints AS c SET snapshot = p.snapshot, round = c.round + 1,"
    " as_of = p.taken_at, lsn = pg_current_wal_insert_lsn() FROM free AS f, present AS p"
    " WHERE c.source = $1 AND c.consumer = f.consumer AND c.shard = f.shard)"
    " SELECT q.consumer, q.shard, q.shards FROM quiet AS q WHERE NOT q.due OR EXISTS"
    " (SELECT FROM free AS f WHERE f.consumer = q.consumer AND f.shard = q.shard)"
)


class Lookout:
    """Looks for the models that are folded from the database they live in."""

    def __init__(self, models: Sequence[ReadModel], database: str, *, home: asyncpg.Pool) -> None:
        self._database = database
        self._home = home
        self._shards = {(m.name, shard): m.shards for m in models for shard in range(m.shards)}
        pairs = [(m.name, event) for m in models for event in m.folds]
        self._consumers = [name for name, _ in pairs]
        self._types = [event for _, event in pairs]

    async def look(self, *, asked: bool, heartbeat: float = 5.0) -> set[tuple[str, int]]:
        """Move what is quiet; returns the models and shards that a projector must see to.

        Unasked, a checkpoint moves only when it has stood still for `heartbeat` seconds.
        """
        rows = await self._home.fetch(
            _LOOK, self._database, self._consumers, self._types, asked, heartbeat
        )
        quiet = {(r["consumer"], r["shard"]) for r in rows if self._fits(r)}
        return self._shards.keys() - quiet

    def _fits(self, row: asyncpg.Record) -> bool:
        # Another number of shards than the code's is a fault for the projector to tell of.
        shards: int = row["shards"]
        return self._shards.get((row["consumer"], row["shard"])) == shards
