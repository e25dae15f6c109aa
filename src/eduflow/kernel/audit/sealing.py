"""Puts what is new in the audit trail behind what is sealed, in the order it is found.

New is read with a snapshot cursor, as a read model reads the log: what commits late is sealed late,
and never left out (docs/decisions/0002).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from eduflow.kernel.audit.keys import FIRST, NOBODYS, AuditKeys, row_hash
from eduflow.kernel.jobs import Done, Held, JobKind, Outcome

log = structlog.get_logger()

SEAL_AUDIT = "seal_audit"
_AT_ONCE = 2000
COLUMNS = (
    "l.seq, l.xid::text AS xid, l.id, l.institution_id, l.actor_id, l.command, l.permission,"
    " l.kind, l.target_id, l.request_id, l.at, l.event_ids, l.mac"
)
_CURSOR = (
    "SELECT snapshot::text AS snapshot, target::text AS target, drained, round, sealed,"
    " pg_current_snapshot()::text AS present FROM audit_cursor"
)
_NEW = (
    f"SELECT {COLUMNS} FROM audit_log AS l"
    " WHERE l.xid >= pg_snapshot_xmin($1::text::pg_snapshot)"
    " AND NOT pg_visible_in_snapshot(l.xid, $1::text::pg_snapshot)"
    " AND pg_visible_in_snapshot(l.xid, $2::text::pg_snapshot) AND l.seq > $3"
    " ORDER BY l.seq LIMIT $4"
)
_HEADS = "SELECT institution_id, number, last FROM audit_heads WHERE institution_id = ANY($1)"
# Whoever moves the cursor from where it was found writes; a second sealer writes nothing.
_SEAL = (
    "WITH moved AS (UPDATE audit_cursor SET snapshot = $2::text::pg_snapshot, target ="
    " $3::text::pg_snapshot, drained = $4, round = round + 1, sealed = $5, mac = $6"
    " WHERE round = $1 RETURNING 1), links AS (INSERT INTO audit_chain (institution_id, number,"
    " audit_id, row_hash, previous, mac) SELECT l.* FROM unnest($7::uuid[], $8::bigint[],"
    " $9::uuid[], $10::bytea[], $11::bytea[], $12::bytea[]) AS l WHERE EXISTS (SELECT FROM moved)),"
    " heads AS (INSERT INTO audit_heads AS h (institution_id, number, last, mac)"
    " SELECT e.* FROM unnest($13::uuid[], $14::bigint[], $15::bytea[], $16::bytea[]) AS e"
    " WHERE EXISTS (SELECT FROM moved) ON CONFLICT (institution_id) DO UPDATE SET"
    " number = excluded.number, last = excluded.last, mac = excluded.mac)"
    " SELECT count(*) FROM moved"
)


async def seal_new(pool: asyncpg.Pool, keys: AuditKeys) -> int:
    """Put what is new behind what is sealed; returns how many rows, fewer than there are at most.

    Any number may do this at once: one of them does it.
    """
    cursor = await pool.fetchrow(_CURSOR)
    target = cursor["target"] or cursor["present"]
    rows = await pool.fetch(_NEW, cursor["snapshot"], target, cursor["drained"], _AT_ONCE)
    if not rows and cursor["target"] is None:
        return 0  # That nothing is new is no reason to write every few seconds.
    links, heads = await _links(pool, keys, rows)
    complete = len(rows) < _AT_ONCE
    sealed = cursor["sealed"] + len(rows)
    moved = await pool.fetchval(
        _SEAL,
        cursor["round"],
        target if complete else cursor["snapshot"],
        None if complete else target,
        0 if complete else rows[-1]["seq"],
        sealed,
        keys.of_cursor(cursor["round"] + 1, sealed=sealed),
        *(list(column) for column in zip(*links, strict=True)) if links else ([],) * 6,
        list(heads),
        [number for number, _ in heads.values()],
        [last for _, last in heads.values()],
        [keys.of_head(i, number, last=last) for i, (number, last) in heads.items()],
    )
    if not moved:
        return 0
    for institution, (number, last) in heads.items():
        # The log of the process is kept elsewhere: whoever put back an older end of a chain, with
        # everything behind it gone, is found out by it.
        log.info("audit_sealed", institution=str(institution), number=number, head=last.hex())
    return len(rows)


async def _links(
    pool: asyncpg.Pool, keys: AuditKeys, rows: Sequence[asyncpg.Record]
) -> tuple[list[tuple[Any, ...]], dict[UUID, tuple[int, bytes]]]:
    whose = {row["institution_id"] or NOBODYS for row in rows}
    heads = {
        UUID(int=h["institution_id"].int): (h["number"], h["last"])
        for h in await pool.fetch(_HEADS, list(whose))
    }
    links = []
    for row in rows:
        institution = UUID(int=(row["institution_id"] or NOBODYS).int)
        number, previous = heads.get(institution, (0, FIRST))
        number += 1
        hashed = row_hash(row)
        mac = keys.of_link(institution, number, previous=previous, row=hashed)
        links.append((institution, number, row["id"], hashed, previous, mac))
        heads[institution] = (number, mac)
    return links, heads


def sealing(database: str) -> JobKind:
    """The periodic job that each service database needs; the worker adds it by itself."""

    async def seal(_: Held, runtime: Any) -> Outcome:
        keys = AuditKeys(runtime.settings.secret)
        pool = runtime.databases[database].primary
        while await seal_new(pool, keys) == _AT_ONCE:
            pass
        return Done()

    return JobKind(name=SEAL_AUDIT, run=seal, every=timedelta(seconds=5))
