"""The log: what happened, appended in the statement that made it happen, and read by snapshot.

`seq` alone is not a cursor: a slow transaction commits behind its number, and a reader that
remembers the last number loses it. The transaction's id alone is no order. So a reader remembers a
snapshot and takes, by `seq`, the rows that the new snapshot sees and the old one did not
(docs/decisions/0002).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.statements import Write


class Recordable(Protocol):
    """What the log needs to know of an event. See `eduflow.contracts`."""

    @property
    def institution_id(self) -> UUID: ...
    @property
    def aggregate(self) -> UUID: ...
    @property
    def name(self) -> str: ...


APPEND = (
    "INSERT INTO outbox_events (id, type, aggregate_id, institution_id, actor_id, request_id,"
    " at, payload)"
    " SELECT id, type, aggregate, institution, $5::uuid, $6::uuid, $7::timestamptz, payload"
    " FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $8::text[]::jsonb[])"
    " WITH ORDINALITY AS e(id, type, aggregate, institution, payload, n) WHERE {allowed} ORDER BY n"
)


def appended(
    events: Sequence[tuple[UUID, Recordable]], *, access: Access, request: UUID | None, at: datetime
) -> Write:
    """The part of a write that appends events to the log, in the order they were recorded."""
    arguments = (
        [id_ for id_, _ in events],
        [e.name for _, e in events],
        [e.aggregate for _, e in events],
        [e.institution_id for _, e in events],
        access.identity.user if access.identity else None,
        request,
        at,
        [msgspec.json.encode(e).decode() for _, e in events],
    )
    return Write(APPEND, arguments, None)


class Cursor(msgspec.Struct, frozen=True):
    """How far a reader is. While `target` is set, a backlog is being drained to it by `seq`."""

    snapshot: str
    target: str | None = None
    drained: int = 0
    taken_at: datetime | None = None
    """When the newer of the two snapshots was taken."""


NOTHING_SEEN = "1:1:"
"""The snapshot of a reader that has seen no transaction at all."""


class Batch(msgspec.Struct, frozen=True):
    """Events in the order of the log, and where the reader stands once they are applied."""

    events: list[asyncpg.Record]
    after: Cursor

    @property
    def complete(self) -> bool:
        """Whether nothing of the backlog is left."""
        return self.after.target is None


_COLUMNS = "seq, id, type, aggregate_id, institution_id, actor_id, at, payload::text AS payload"
_NEW = (
    "xid >= pg_snapshot_xmin($1::text::pg_snapshot)"
    " AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"
)
# A crash forgets which ids were used after the last one in the flushed log, and gives them out
# again; a snapshot that calls them done would hide what comes with them from a reader whose
# checkpoint outlives the crash, in another cluster. So while something is unflushed, the present
# ends with the newest event: it was seen, therefore it was flushed.
_PRESENT = (
    "present AS MATERIALIZED (SELECT clock_timestamp() AS taken_at,"
    " CASE WHEN pg_current_wal_insert_lsn() <= pg_current_wal_flush_lsn() OR"
    " pg_snapshot_xmax(s)::text::numeric <= safe THEN s::text ELSE"
    " least(pg_snapshot_xmin(s)::text::numeric, safe) || ':' || safe || ':' ||"
    " coalesce((SELECT string_agg(x::text, ',' ORDER BY x) FROM pg_snapshot_xip(s) AS x"
    " WHERE x::text::numeric < safe), '') END AS snapshot"
    " FROM pg_current_snapshot() AS s, LATERAL (SELECT greatest("
    "(SELECT max(xid)::text::numeric + 1 FROM outbox_events),"
    " pg_snapshot_xmax($1::text::pg_snapshot)::text::numeric) AS safe) AS n)"
)
# Every row that is seen at all is below this. It tells nothing new but to the planner, who takes a
# range for a small one and uses the index on xid. With one bound it reads the whole log by seq.
RECENT = "{0}xid < pg_snapshot_xmax(pg_current_snapshot())"


def _read(which: str) -> str:
    # One statement has one snapshot: what it calls the present is exactly what it reads.
    return (
        f"WITH {_PRESENT} SELECT p.snapshot, p.taken_at, e.* FROM present AS p LEFT JOIN LATERAL"
        f" (SELECT {_COLUMNS} FROM outbox_events WHERE {_NEW} AND {which}"
        " AND ($2::text IS NULL OR pg_visible_in_snapshot(xid, $2::text::pg_snapshot))"
        " AND seq > $3 AND type = ANY($4::text[]) AND bucket % $5::int = $6::int"
        " ORDER BY seq LIMIT $7) AS e ON true"
    )


_READ_NEWS = _read(RECENT.format(""))
_READ_BACKLOG = _read("true")
"""By seq, from where the last chunk ended: nearly every row that it meets belongs to the next."""


async def read_new(
    source: asyncpg.Pool | asyncpg.Connection,
    cursor: Cursor,
    *,
    types: Sequence[str],
    shard: int,
    shards: int,
    limit: int,
) -> Batch:
    """What a reader at `cursor` has not seen of the given event types and shard, oldest first.

    At most `limit` events come at once; then the cursor keeps the present as its target and the
    rest follows by `seq`, so that a long backlog needs no long transaction.
    """
    records = await source.fetch(
        _READ_NEWS if cursor.target is None else _READ_BACKLOG,
        cursor.snapshot,
        cursor.target,
        cursor.drained,
        list(types),
        shards,
        shard,
        limit,
    )
    first = records[0]
    events = [r for r in records if r["seq"] is not None]
    target, taken_at = cursor.target, cursor.taken_at
    if target is None:
        target, taken_at = first["snapshot"], first["taken_at"]
    if len(events) < limit:
        after = Cursor(target, taken_at=taken_at)
    else:
        after = Cursor(cursor.snapshot, target, events[-1]["seq"], taken_at)
    return Batch(events, after)
