"""The audit trail: a row for every command, and a chain in which nothing is changed unseen."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.audit.keys import FIRST, row_hash
from eduflow.kernel.audit.sealing import COLUMNS, seal_new
from eduflow.kernel.audit.verifying import Verified, verify
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Conflict
from tests.harness.servers import Servers
from tests.harness.things import AUDIT, MakeThing, Room, open_room

Tampering = Callable[[asyncpg.Connection, Sequence[Any], random.Random], Awaitable[None]]


async def _seal(room: Room) -> None:
    while await seal_new(room.work.primary, AUDIT):
        pass


async def _faults(room: Room, access: Access) -> Verified:
    assert access.identity is not None
    return await verify(room.work.primary, AUDIT, institution=access.identity.institution)


async def test_a_command_says_who_had_what_done_and_a_refused_one_nothing(room: Room) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    request = new_id()
    name = f"audited {request}"
    await room.commands.execute(MakeThing(name=name), access=somebody, request=request)
    with pytest.raises(Conflict):
        await room.commands.execute(MakeThing(name=name), access=somebody)
    async with room.sql() as admin:
        (row,) = await admin.fetch(
            f"SELECT {COLUMNS} FROM audit_log AS l WHERE institution_id = $1",
            somebody.identity.institution,
        )
        event = await admin.fetchval(
            "SELECT id FROM outbox_events WHERE institution_id = $1", somebody.identity.institution
        )
    assert (row["command"], row["actor_id"]) == ("MakeThing", somebody.identity.user)
    assert (row["request_id"], row["event_ids"]) == (request, [event])
    assert name not in str(dict(row))


async def test_neither_services_nor_workers_nor_the_owner_change_a_row(room: Room) -> None:
    somebody = room.somebody()
    await room.commands.execute(MakeThing(name=f"kept {new_id()}"), access=somebody)
    await _seal(room)
    for pool in (room.app.primary, room.work.primary):
        for table in ("audit_log", "audit_chain"):
            for sql in (
                f"UPDATE {table} SET mac = ''",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await pool.execute(sql)
    async with room.sql() as admin:
        before = await admin.fetchval("SELECT count(*) FROM audit_log")
        await admin.execute("SET ROLE api_core_owner")
        assert await admin.execute("DELETE FROM audit_log") == "DELETE 0"
        await admin.execute("RESET ROLE")
        assert await admin.fetchval("SELECT count(*) FROM audit_log") == before


async def test_many_writers_and_sealers_at_once_make_one_chain_with_every_row(room: Room) -> None:
    people = [room.somebody() for _ in range(3)]
    done = asyncio.Event()

    async def keep_sealing() -> None:
        while not done.is_set():
            await seal_new(room.work.primary, AUDIT)

    async def write(number: int) -> None:
        command = MakeThing(name=f"busy {number} {new_id()}")
        await room.commands.execute(command, access=people[number % 3])

    sealers = [asyncio.create_task(keep_sealing()) for _ in range(3)]
    await asyncio.gather(*(write(n) for n in range(60)))
    done.set()
    await asyncio.gather(*sealers)
    await _seal(room)
    for somebody in people:
        found = await _faults(room, somebody)
        assert (found.rows, found.unsealed, found.faults) == (20, 0, [])


async def test_a_row_whose_transaction_commits_late_is_sealed_late(room: Room) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    await room.commands.execute(MakeThing(name=f"first {new_id()}"), access=somebody)
    columns = (new_id(), somebody.identity.institution, None, "Late", "", "", None, None)
    async with room.sql() as slow:
        at = await slow.fetchval("SELECT now()")
        signed: tuple[Any, ...] = (*columns, at, [])
        async with slow.transaction():
            await slow.execute(
                "INSERT INTO audit_log (id, institution_id, actor_id, command, permission, kind,"
                " target_id, request_id, at, event_ids, mac)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                *signed,
                AUDIT.of_row(*signed),
            )
            await room.commands.execute(MakeThing(name=f"second {new_id()}"), access=somebody)
            await _seal(room)
            assert (await _faults(room, somebody)).rows == 2
    found = await _faults(room, somebody)
    assert (found.rows, found.unsealed, found.faults) == (2, 1, [])
    await _seal(room)
    assert (await _faults(room, somebody)).rows == 3


_COPY = (
    "INSERT INTO audit_log (id, institution_id, actor_id, command, permission, kind, target_id,"
    " request_id, at, event_ids, mac) SELECT $2, institution_id, actor_id, command, permission,"
    " kind, target_id, request_id, at, event_ids, mac FROM audit_log WHERE id = $1"
)


async def _edit(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    change = luck.choice(
        [
            "actor_id = gen_random_uuid()",
            "command = command || 'x'",
            "permission = 'user:read'",
            "kind = 'course'",
            "target_id = gen_random_uuid()",
            "request_id = gen_random_uuid()",
            "at = at + interval '1 microsecond'",
            "event_ids = event_ids || gen_random_uuid()",
            "institution_id = gen_random_uuid()",
            "institution_id = NULL",
            "mac = sha256(mac)",
            "xid = (xid::text::bigint + 1)::text::xid8",
        ]
    )
    await sql.execute(f"UPDATE audit_log SET {change} WHERE id = $1", luck.choice(rows)["id"])


async def _remove(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    await sql.execute("DELETE FROM audit_log WHERE id = $1", luck.choice(rows)["id"])


async def _remove_with_link(
    sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random
) -> None:
    row = luck.choice(rows)
    await sql.execute("DELETE FROM audit_log WHERE id = $1", row["id"])
    await sql.execute("DELETE FROM audit_chain WHERE audit_id = $1", row["id"])
    if luck.random() < 0.5:
        await sql.execute(
            "UPDATE audit_chain SET number = number - 1 WHERE institution_id = $1 AND number > $2",
            row["institution_id"],
            row["number"],
        )


async def _cut_the_end(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    keep = luck.randrange(len(rows))
    await sql.execute("DELETE FROM audit_log WHERE id = ANY($1)", [r["id"] for r in rows[keep:]])
    await sql.execute(
        "DELETE FROM audit_chain WHERE institution_id = $1 AND number > $2",
        rows[0]["institution_id"],
        keep,
    )
    if luck.random() < 0.5:
        last = rows[keep - 1]["link_mac"] if keep else FIRST
        await sql.execute(
            "UPDATE audit_heads SET number = $2, last = $3 WHERE institution_id = $1",
            rows[0]["institution_id"],
            keep,
            last,
        )


async def _add(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    row = luck.choice(rows)
    await sql.execute(_COPY, row["id"], new_id())
    if luck.random() < 0.5:
        await sql.execute(
            "INSERT INTO audit_chain SELECT institution_id, number + 1, id, row_hash, mac, mac"
            " FROM (SELECT c.*, l.id FROM audit_chain AS c, audit_log AS l"
            " WHERE c.institution_id = $1 AND l.institution_id = $1"
            " AND NOT EXISTS (SELECT FROM audit_chain WHERE audit_id = l.id)"
            " ORDER BY number DESC LIMIT 1) AS last",
            row["institution_id"],
        )


async def _move(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    one, other = luck.sample(list(rows), 2)
    away = new_id()
    if luck.random() < 0.5:
        for old, new in ((one["id"], away), (other["id"], one["id"]), (away, other["id"])):
            await sql.execute("UPDATE audit_log SET id = $2 WHERE id = $1", old, new)
        return
    for old, new in ((one, -1), (other, one["number"]), (None, other["number"])):
        await sql.execute(
            "ALTER TABLE audit_chain DROP CONSTRAINT IF EXISTS audit_chain_begins_at_one"
        )
        await sql.execute(
            "UPDATE audit_chain SET number = $3 WHERE institution_id = $1 AND number = $2",
            one["institution_id"],
            -1 if old is None else old["number"],
            new,
        )


async def _edit_and_hash_again(
    sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random
) -> None:
    id_ = luck.choice(rows)["id"]
    await sql.execute("UPDATE audit_log SET actor_id = gen_random_uuid() WHERE id = $1", id_)
    row = await sql.fetchrow(f"SELECT {COLUMNS} FROM audit_log AS l WHERE id = $1", id_)
    await sql.execute(
        "UPDATE audit_chain SET row_hash = $2 WHERE audit_id = $1", id_, row_hash(row)
    )


async def _spoil_a_link(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    column = luck.choice(["row_hash", "previous", "mac"])
    await sql.execute(
        f"UPDATE audit_chain SET {column} = sha256({column}) WHERE audit_id = $1",
        luck.choice(rows)["id"],
    )


async def _spoil_the_end(sql: asyncpg.Connection, rows: Sequence[Any], luck: random.Random) -> None:
    column = luck.choice(["last", "mac"])
    await sql.execute(
        f"UPDATE audit_heads SET {column} = sha256({column}) WHERE institution_id = $1",
        rows[0]["institution_id"],
    )


TAMPERINGS: list[Tampering] = [
    _edit,
    _remove,
    _remove_with_link,
    _cut_the_end,
    _add,
    _move,
    _edit_and_hash_again,
    _spoil_a_link,
    _spoil_the_end,
]


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda t: t.__name__.strip("_"))
async def test_whatever_is_done_to_the_trail_is_found(room: Room, tampering: Tampering) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    home: UUID = somebody.identity.institution
    for number in range(12):
        await room.commands.execute(MakeThing(name=f"{number} {new_id()}"), access=somebody)
    await _seal(room)
    luck = random.Random(tampering.__name__)  # noqa: S311 (the same every time)
    async with room.sql() as sql:
        rows = await sql.fetch(
            "SELECT l.id, l.institution_id, c.number, c.mac AS link_mac FROM audit_log AS l"
            " JOIN audit_chain AS c ON c.audit_id = l.id WHERE l.institution_id = $1"
            " ORDER BY c.number",
            home,
        )
        assert len(rows) == 12
        for _ in range(34):  # Nine ways, 306 times in all.
            transaction = sql.transaction()
            await transaction.start()
            await tampering(sql, rows, luck)
            found = await verify(sql, AUDIT, institution=home)
            await transaction.rollback()
            assert found.faults, tampering.__name__
        assert (await verify(sql, AUDIT, institution=home)).faults == []


async def test_an_institution_whose_whole_trail_is_gone_is_missed(servers: Servers) -> None:
    async with open_room(servers, "trails") as room:
        for _ in range(2):
            access = room.somebody()
            await room.commands.execute(MakeThing(name=f"whole {new_id()}"), access=access)
        await _seal(room)
        assert access.identity is not None
        async with room.sql() as sql:
            assert (await verify(sql, AUDIT, institution=None)).faults == []
            for table in ("audit_log", "audit_chain", "audit_heads"):
                await sql.execute(
                    f"DELETE FROM {table} WHERE institution_id = $1", access.identity.institution
                )
            assert (await verify(sql, AUDIT, institution=None)).faults
