"""Read models: each a fold of the log, applied once, in the order of each aggregate.

The rows and the checkpoint that says how far they are change in one transaction; the checkpoint's
round number decides between two workers that fold the same events. An event that cannot be folded
is set aside with the later ones of its aggregate, and everything else goes on.
"""

import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg
import msgspec
import structlog

from eduflow.kernel.db.away import AWAY
from eduflow.kernel.outbox import NOTHING_SEEN, Cursor, read_new

log = structlog.get_logger()
T = TypeVar("T")
CHUNK = 2000


class Tables:
    """The rows of one read model, within the transaction that moves its checkpoint."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, *arguments: Any) -> None:
        """Change rows. Table names are unqualified: while a model is rebuilt they mean its copy."""
        await self._connection.execute(sql, *arguments)

    async def rows(self, sql: str, *arguments: Any, into: type[T]) -> list[T]:
        """Rows of the same read model, for a fold whose rule is written in Python."""
        body = await self._connection.fetchval(
            f"SELECT json_agg(q)::text FROM ({sql}) AS q", *arguments
        )
        return [] if body is None else msgspec.json.decode(body, type=list[into], strict=False)  # type: ignore[valid-type]


class Run(msgspec.Struct, frozen=True):
    """Consecutive events of one type, oldest first."""

    events: Sequence[Mapping[str, Any]]

    @property
    def json(self) -> str:
        """For `jsonb_to_recordset`: payloads with `seq`, `event_at`, `event_actor_id` beside."""
        return "[" + ",".join(map(_flat, self.events)) + "]"


Fold = Callable[[Run, Tables], Awaitable[None]]


class ReadModel(msgspec.Struct, frozen=True, kw_only=True):
    """A read model by name: which tables it fills, from which events."""

    name: str
    tables: tuple[str, ...]
    folds: Mapping[str, Fold]
    """By event name, `service.fact`."""
    source: str
    """The database whose log it folds."""
    shards: int = 1
    """Into how many the aggregates are split, to be folded side by side."""


def fold_with(sql: str) -> Fold:
    """A fold that is one statement; `$1` is the run as a JSON array."""

    async def fold(run: Run, tables: Tables) -> None:
        await tables.execute(sql, run.json)

    return fold


class Folded(msgspec.Struct, frozen=True):
    """What a round did."""

    events: int
    more: bool
    set_aside: int = 0


CHECKPOINT = (
    "SELECT snapshot::text AS snapshot, target::text AS target, target_at, drained, round, shards,"
    " as_of < clock_timestamp() - make_interval(secs => $4) AS old,"
    " EXISTS (SELECT FROM projection_failures AS f WHERE f.consumer = $1 AND f.source = $2)"
    " AS broken"
    " FROM projection_checkpoints WHERE consumer = $1 AND source = $2 AND shard = $3"
)
BEGIN = (
    "INSERT INTO projection_checkpoints (consumer, source, shard, shards, snapshot, as_of)"
    f" SELECT $1, $2, s, $3, '{NOTHING_SEEN}', 'epoch' FROM generate_series(0, $3 - 1) AS s"
    " ON CONFLICT DO NOTHING"
)
MOVE = (
    "UPDATE projection_checkpoints SET snapshot = $5::text::pg_snapshot, target ="
    " $6::text::pg_snapshot, drained = $7, round = round + 1,"
    " as_of = CASE WHEN $6::text IS NULL THEN $8 ELSE as_of END,"
    " target_at = CASE WHEN $6::text IS NOT NULL THEN $8 END, lsn = pg_current_wal_insert_lsn()"
    " WHERE consumer = $1 AND source = $2 AND shard = $3 AND round = $4"
)
SET_ASIDE = (
    "INSERT INTO projection_failures (consumer, source, seq, aggregate_id, event, attempts,"
    " error, retry_at)"
    " VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7, clock_timestamp() + interval '10 seconds')"
    " ON CONFLICT (consumer, source, seq) DO NOTHING"
)
BROKEN = "SELECT DISTINCT aggregate_id FROM projection_failures WHERE consumer = $1 AND source = $2"


class Projector:
    """Folds one shard of one read model."""

    def __init__(
        self, model: ReadModel, shard: int, *, source: asyncpg.Pool, home: asyncpg.Pool
    ) -> None:
        self.model = model
        self.shard = shard
        self._source = source
        self._home = home

    async def round(self, *, asked: bool, heartbeat: float = 5.0) -> Folded:
        """Fold what is new. Returns how much, and whether more is waiting.

        Where nothing is new the checkpoint moves only if somebody waits for it (`asked`), or if it
        has not moved for `heartbeat` seconds: one that stands still means a worker that does.
        """
        model = self.model
        row = await self._home.fetchrow(CHECKPOINT, model.name, model.source, self.shard, heartbeat)
        if row is None or row["shards"] != model.shards:
            await self._begin(row)
            return Folded(0, more=True)
        cursor = Cursor(row["snapshot"], row["target"], row["drained"], row["target_at"])
        batch = await read_new(
            self._source,
            cursor,
            types=list(model.folds),
            shard=self.shard,
            shards=model.shards,
            limit=CHUNK,
        )
        if not batch.events and batch.complete and not (asked or row["old"]):
            return Folded(0, more=False)
        place = (model.name, model.source, self.shard, row["round"])
        moved = (
            *place,
            batch.after.snapshot,
            batch.after.target,
            batch.after.drained,
            batch.after.taken_at,
        )
        set_aside = 0
        try:
            if row["broken"]:
                set_aside = await self._apply_each(batch.events, moved)
            else:
                await self._apply(batch.events, moved)
        except AWAY:
            raise
        # rule: R4 because a fold may fail in any way, and must not stop the others
        except Exception:
            log.warning("fold_failed_once", model=model.name, shard=self.shard, exc_info=True)
            set_aside = await self._apply_each(batch.events, moved)
        return Folded(len(batch.events), more=not batch.complete, set_aside=set_aside)

    async def _begin(self, row: asyncpg.Record | None) -> None:
        if row is not None:
            raise RuntimeError(
                f"{self.model.name} has {row['shards']} shards in the database and"
                f" {self.model.shards} in the code: run `eduflow rebuild {self.model.name}`"
            )
        await self._home.execute(BEGIN, self.model.name, self.model.source, self.model.shards)

    async def _apply(self, events: Sequence[asyncpg.Record], moved: tuple[Any, ...]) -> None:
        if not events:
            # One statement is its own transaction; most rounds of most models are this.
            await self._home.execute(MOVE, *moved)
            return
        async with self._home.acquire() as connection, connection.transaction():
            if await connection.execute(MOVE, *moved) == "UPDATE 0":
                return  # Another worker has folded these.
            await apply(self.model, events, Tables(connection))

    async def _apply_each(self, events: Sequence[asyncpg.Record], moved: tuple[Any, ...]) -> int:
        """Fold one by one, setting aside what fails and what must wait behind it."""
        name, source = self.model.name, self.model.source
        set_aside = 0
        async with self._home.acquire() as connection, connection.transaction():
            if await connection.execute(MOVE, *moved) == "UPDATE 0":
                return 0
            broken = {r["aggregate_id"] for r in await connection.fetch(BROKEN, name, source)}
            for event in events:
                error, attempts = "waits behind an earlier event", 0
                if event["aggregate_id"] not in broken:
                    failure = await fold_alone(self.model, event, connection)
                    if failure is None:
                        continue
                    error, attempts = failure, 1
                    log.error("event_set_aside", model=name, seq=event["seq"], error=error)
                broken.add(event["aggregate_id"])
                set_aside += 1
                kept = msgspec.json.encode(
                    {**event, "payload": msgspec.Raw(event["payload"].encode())}
                )
                await connection.execute(
                    SET_ASIDE,
                    name,
                    source,
                    event["seq"],
                    event["aggregate_id"],
                    kept.decode(),
                    attempts,
                    error,
                )
        return set_aside


async def fold_alone(
    model: ReadModel, event: Mapping[str, Any], connection: asyncpg.Connection
) -> str | None:
    """Fold one event in a savepoint; returns what went wrong, or None."""
    try:
        async with connection.transaction():
            await apply(model, [event], Tables(connection))
    except AWAY:
        raise
    # rule: R4 because whatever it is, it is this event's and no other's
    except Exception as fault:  # noqa: BLE001
        return f"{type(fault).__name__}: {fault}"
    return None


async def apply(model: ReadModel, events: Iterable[Mapping[str, Any]], tables: Tables) -> None:
    """Fold events in their order, consecutive ones of a type together."""
    for name, run in itertools.groupby(events, key=lambda e: e["type"]):
        await model.folds[name](Run(list(run)), tables)


def _flat(event: Mapping[str, Any]) -> str:
    envelope = {
        "seq": event["seq"],
        "event_at": event["at"],
        "event_actor_id": event["actor_id"],
        "event_institution_id": event["institution_id"],
    }
    head = msgspec.json.encode(envelope).decode()
    payload = event["payload"].strip()
    return head if payload == "{}" else f"{head[:-1]}, {payload[1:]}"
