"""Second chances for events that a read model could not take, and from-zero rebuilds.

A rebuild folds the whole log into temporary tables that have the live tables' names, so that the
same folds fill them; then, while the live folding stands still for a moment, it makes the live
rows equal and says how many were not. Readers see the old rows or the new ones, never half; killed
at any point it leaves nothing (docs/decisions/0007).
"""

from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec
import structlog

from eduflow.kernel.outbox import NOTHING_SEEN, Cursor, read_new
from eduflow.kernel.projections import CHUNK, ReadModel, Tables, apply, fold_alone

log = structlog.get_logger()

_DUE = (
    "SELECT aggregate_id, min(seq) AS first FROM projection_failures WHERE consumer = $1 AND"
    " source = $2"
    " GROUP BY aggregate_id HAVING (array_agg(retry_at ORDER BY seq))[1] <= clock_timestamp()"
    " OR $3"
)
_OF_AGGREGATE = (
    "SELECT seq, event::text AS event, attempts FROM projection_failures"
    " WHERE consumer = $1 AND source = $2 AND aggregate_id = $3 ORDER BY seq FOR UPDATE"
)
_AGAIN = (
    "UPDATE projection_failures SET attempts = attempts + 1, error = $4, failed_at ="
    " clock_timestamp(),"
    " retry_at = clock_timestamp() + least(interval '1 hour', interval '10 seconds' * 2 ^"
    " least(attempts, 12))"
    " WHERE consumer = $1 AND source = $2 AND seq = $3"
)
_DONE = "DELETE FROM projection_failures WHERE consumer = $1 AND source = $2 AND seq = $3"


class _Kept(msgspec.Struct):
    seq: int
    type: str
    at: str
    institution_id: str
    actor_id: str | None
    payload: msgspec.Raw


async def retry_set_aside(model: ReadModel, home: asyncpg.Pool, *, now: bool) -> int:
    """Fold set-aside events again, each aggregate in its order; returns how many went in.

    `now` takes also those whose time has not come.
    """
    folded = 0
    place = (model.name, model.source)
    for due in await home.fetch(_DUE, *place, now):
        async with home.acquire() as connection, connection.transaction():
            for row in await connection.fetch(_OF_AGGREGATE, *place, due["aggregate_id"]):
                kept = msgspec.json.decode(row["event"], type=_Kept)
                event = {**msgspec.structs.asdict(kept), "payload": bytes(kept.payload).decode()}
                failure = await fold_alone(model, event, connection)
                if failure is not None:
                    await connection.execute(_AGAIN, *place, row["seq"], failure)
                    break
                await connection.execute(_DONE, *place, row["seq"])
                folded += 1
    return folded


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild found."""

    events: int
    differing: dict[str, int]
    """By table: how many live rows were missing, superfluous or not what the log says."""


async def rebuild(
    model: ReadModel,
    *,
    source: asyncpg.Pool,
    home: asyncpg.Pool,
    progress: Callable[[int, int], None],
) -> Rebuilt:
    """Fold a read model from zero and put it in the place of the live one.

    `progress` is told (events folded, events there were at the beginning).
    """
    total = await source.fetchval(
        "SELECT count(*) FROM outbox_events WHERE type = ANY($1::text[])", list(model.folds)
    )
    async with home.acquire() as connection:
        # rule: R10 because this connection is closed below, and never borrowed again
        await connection.execute("SET SESSION statement_timeout = 0")
        try:
            for table in model.tables:
                await connection.execute(
                    f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)"
                )
            copy = _Copy(model, source=source, connection=connection)
            await copy.catch_up(lambda folded: progress(folded, max(total, folded)))
            async with connection.transaction():
                await connection.fetch(
                    "SELECT 1 FROM projection_checkpoints WHERE consumer = $1 AND source = $2"
                    " ORDER BY shard FOR UPDATE",
                    model.name,
                    model.source,
                )
                await copy.catch_up(lambda folded: progress(folded, max(total, folded)))
                differing = {t: await _merge(connection, t) for t in model.tables}
                await _point(connection, model, copy.cursor)
            return Rebuilt(copy.folded, differing)
        finally:
            # Its temporary tables would hide the live ones from whoever borrowed it next.
            await connection.close()


class _Copy:
    """The temporary tables of a read model, and how far they are."""

    def __init__(
        self, model: ReadModel, *, source: asyncpg.Pool, connection: asyncpg.Connection
    ) -> None:
        self.cursor = Cursor(NOTHING_SEEN)
        self.folded = 0
        self._model = model
        self._source = source
        self._connection = connection

    async def catch_up(self, tell: Callable[[int], None]) -> None:
        """Fold all there is, a chunk at a time."""
        complete = False
        while not complete:
            batch = await read_new(
                self._source,
                self.cursor,
                types=list(self._model.folds),
                shard=0,
                shards=1,
                limit=CHUNK,
            )
            async with self._connection.transaction():
                await apply(self._model, batch.events, Tables(self._connection))
            self.folded += len(batch.events)
            self.cursor = batch.after
            complete = batch.complete
            tell(self.folded)


async def _merge(connection: asyncpg.Connection, table: str) -> int:
    """Make the live table equal to the temporary one, touching only rows that differ."""
    columns = await connection.fetch(
        "SELECT a.attname AS name, a.attnum = ANY(i.indkey) AS in_key FROM pg_attribute AS a"
        " JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary"
        " WHERE a.attrelid = ('public.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attgenerated = ''",
        table,
    )
    keys = [c["name"] for c in columns if c["in_key"]]
    others = [c["name"] for c in columns if not c["in_key"]]
    same_key = " AND ".join(f"live.{k} = temp.{k}" for k in keys)
    gone = await connection.execute(
        f"DELETE FROM public.{table} AS live WHERE NOT EXISTS"
        f" (SELECT FROM pg_temp.{table} AS temp WHERE {same_key})"
    )
    names = ", ".join([*keys, *others])
    on_conflict = "NOTHING"
    if others:
        assign = ", ".join(f"{c} = excluded.{c}" for c in others)
        here, there = (", ".join(f"{side}.{c}" for c in others) for side in ("live", "excluded"))
        on_conflict = f"UPDATE SET {assign} WHERE ROW({here}) IS DISTINCT FROM ROW({there})"
    changed = await connection.execute(
        f"INSERT INTO public.{table} AS live ({names}) SELECT {names} FROM pg_temp.{table}"
        f" ON CONFLICT ({', '.join(keys)}) DO {on_conflict}"
    )
    return sum(int(tag.rsplit(" ", 1)[1]) for tag in (gone, changed))


async def _point(connection: asyncpg.Connection, model: ReadModel, cursor: Cursor) -> None:
    """Let live folding go on from where the rebuild ended, in as many shards as the code has."""
    place: tuple[Any, ...] = (model.name, model.source)
    top = await connection.fetchval(
        "SELECT coalesce(max(round), 0) FROM projection_checkpoints WHERE consumer = $1 AND"
        " source = $2",
        *place,
    )
    await connection.execute(
        "DELETE FROM projection_checkpoints WHERE consumer = $1 AND source = $2 AND shard >= $3",
        *place,
        model.shards,
    )
    await connection.execute(
        "INSERT INTO projection_checkpoints (consumer, source, shard, shards, snapshot,"
        " round, as_of)"
        " SELECT $1, $2, s, $3, $4::text::pg_snapshot, $5, $6 FROM"
        " generate_series(0, $3 - 1) AS s"
        " ON CONFLICT (consumer, source, shard) DO UPDATE SET shards = excluded.shards,"
        " snapshot = excluded.snapshot, target = NULL, target_at = NULL, drained = 0,"
        " round = excluded.round, as_of = excluded.as_of, lsn = pg_current_wal_insert_lsn()",
        *place,
        model.shards,
        cursor.snapshot,
        top + 1,
        cursor.taken_at,
    )
    await connection.execute(
        "DELETE FROM projection_failures WHERE consumer = $1 AND source = $2", *place
    )
