"""What happened reaches every read model once and in order, however slowly it was committed."""

import asyncio
import random
from typing import Any
from uuid import UUID

import asyncpg

from eduflow.kernel.ids import new_id
from eduflow.kernel.outbox import NOTHING_SEEN, Cursor, read_new
from tests.harness.things import TYPE, Room, append, counted


async def test_a_transaction_that_commits_late_loses_no_event(room: Room) -> None:
    model = await room.model("late")
    await room.fold(model)
    slow_thing, quick_thing = new_id(), new_id()
    async with room.sql() as slow, room.sql() as quick:
        transaction = slow.transaction()
        await transaction.start()
        first = await append(slow, slow_thing, 1)
        second = await append(quick, quick_thing, 1)
        assert first < second
        await room.fold(model)
        assert await room.history(model) | {quick_thing: [1]} == await room.history(model)
        await transaction.commit()
        await room.fold(model)
    folded = await room.history(model)
    assert (folded[slow_thing], folded[quick_thing]) == ([1], [1])


async def test_a_transaction_that_took_its_id_before_the_lock_puts_nothing_out_of_order(
    room: Room,
) -> None:
    model = await room.model("early_id")
    await room.fold(model)
    thing = await room.thing(room.somebody())
    lock = "UPDATE things SET n = n + 1 WHERE id = $1 RETURNING n"
    async with room.sql() as early, room.sql() as other:
        transaction = early.transaction()
        await transaction.start()
        early_id = int(await early.fetchval("SELECT pg_current_xact_id()::text"))
        async with other.transaction():
            await append(other, thing, await other.fetchval(lock, thing))
            assert int(await other.fetchval("SELECT pg_current_xact_id()::text")) > early_id
        await append(early, thing, await early.fetchval(lock, thing))
        await transaction.commit()
        kind: dict[str, Any] = {"types": [TYPE], "shard": 0, "shards": 1, "limit": 1000}
        batch = await read_new(other, Cursor(NOTHING_SEEN), **kind)
        told = [e["seq"] for e in batch.events if e["aggregate_id"] == thing]
        assert len(told) == 2
        assert told == sorted(told)
    await room.fold(model)
    assert (await room.history(model))[thing] == [1, 2]


async def test_a_forgotten_open_transaction_holds_nobody_up(room: Room) -> None:
    model = await room.model("forgotten")
    thing = new_id()
    async with room.sql() as forgotten, room.sql() as writer, forgotten.transaction():
        await forgotten.execute("SELECT pg_current_xact_id()")
        await append(writer, thing, 1)
        await room.fold(model)
        assert (await room.history(model))[thing] == [1]


async def test_a_backlog_is_drained_in_chunks_to_one_snapshot_and_goes_on_behind_it(
    room: Room,
) -> None:
    kind: dict[str, Any] = {"types": [TYPE], "shard": 0, "shards": 1}
    thing, late = new_id(), new_id()
    async with room.sql() as writer, room.sql() as slow:
        present = (await read_new(writer, Cursor(NOTHING_SEEN), **kind, limit=1_000_000)).after
        transaction = slow.transaction()
        await transaction.start()
        await append(slow, late, 1)
        for n in range(1, 8):
            await append(writer, thing, n)
        cursor, seen = present, []
        for _ in range(2):
            batch = await read_new(writer, cursor, **kind, limit=3)
            assert not batch.complete
            cursor = batch.after
            seen += [(e["aggregate_id"], e["seq"]) for e in batch.events]
        # Committed while the backlog is drained, with an older number than what is drained already.
        await transaction.commit()
        batch = await read_new(writer, cursor, **kind, limit=3)
        assert batch.complete
        seen += [(e["aggregate_id"], e["seq"]) for e in batch.events]
        assert [a for a, _ in seen] == [thing] * 7
        batch = await read_new(writer, batch.after, **kind, limit=3)
        assert [e["aggregate_id"] for e in batch.events] == [late]


async def test_many_slow_and_failing_writers_lose_double_and_invert_nothing(room: Room) -> None:
    model = await room.model("crowd", shards=2)
    dice = random.Random(7)  # noqa: S311 (a test that can be repeated)
    somebody = room.somebody()
    things = [await room.thing(somebody) for _ in range(6)]

    async def writer(number: int) -> int:
        mine = random.Random(number)  # noqa: S311
        async with room.sql() as connection:
            return sum([await _one_step(connection, mine, mine.choice(things)) for _ in range(60)])

    async with room.folding(model):
        events = sum(await asyncio.gather(*(writer(dice.randrange(1 << 30)) for _ in range(8))))
    await room.fold(model)
    folded = await room.history(model)
    mine = {thing: folded.get(thing, []) for thing in things}
    assert sum(map(len, mine.values())) == events > 200
    assert [thing for thing in things if not counted(mine[thing])] == []


async def _one_step(connection: asyncpg.Connection, dice: random.Random, thing: UUID) -> int:
    transaction = connection.transaction()
    await transaction.start()
    if dice.random() < 0.5:
        await connection.execute("SELECT pg_current_xact_id()")
        await asyncio.sleep(dice.random() * 0.01)
    n = await connection.fetchval("UPDATE things SET n = n + 1 WHERE id = $1 RETURNING n", thing)
    await append(connection, thing, n)
    if dice.random() < 0.3:
        await asyncio.sleep(dice.random() * 0.02)
    if dice.random() < 0.1:
        await transaction.rollback()
        return 0
    await transaction.commit()
    return 1
