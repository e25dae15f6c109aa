"""One look finds what has to be folded, moves the rest, and waits for nobody."""

import asyncio

import asyncpg

from eduflow.kernel import outbox
from eduflow.kernel.ids import new_id
from eduflow.kernel.lookout import Lookout
from tests.harness.things import SOURCE, TYPE, Room, append

ROUND = "SELECT round FROM projection_checkpoints WHERE consumer = $1"


async def test_a_look_moves_a_quiet_model_so_that_it_covers_a_write_that_was_none_of_its(
    room: Room,
) -> None:
    model = await room.model("quiet")
    await room.fold(model)
    home = room.work.primary
    lookout = Lookout([model], SOURCE, home=home)
    written = await home.fetchval("SELECT pg_current_xact_id()::text")
    covered = (
        "SELECT pg_visible_in_snapshot($2::text::xid8, snapshot) FROM projection_checkpoints"
        " WHERE consumer = $1"
    )
    assert await lookout.look(asked=False) == set()
    assert not await home.fetchval(covered, model.name, written)
    assert await lookout.look(asked=True) == set()
    assert await home.fetchval(covered, model.name, written)


async def test_a_look_names_the_shard_that_has_news_and_does_not_move_it(room: Room) -> None:
    model = await room.model("busy", shards=2)
    await room.fold(model)
    thing = new_id()
    async with room.sql() as writer:
        await append(writer, thing, 1)
    lookout = Lookout([model], SOURCE, home=room.work.primary)
    (busy,) = await lookout.look(asked=True)
    assert busy[0] == model.name
    assert await lookout.look(asked=True) == {busy}
    await room.fold(model)
    assert (await room.history(model))[thing] == [1]
    assert await lookout.look(asked=True) == set()


async def test_a_model_without_a_checkpoint_or_with_another_number_of_shards_is_not_quiet(
    room: Room,
) -> None:
    model = await room.model("unknown")
    home = room.work.primary
    assert await Lookout([model], SOURCE, home=home).look(asked=True) == {(model.name, 0)}
    await room.fold(model)
    await home.execute(
        "UPDATE projection_checkpoints SET shards = 2 WHERE consumer = $1", model.name
    )
    assert await Lookout([model], SOURCE, home=home).look(asked=True) == {(model.name, 0)}


async def test_a_checkpoint_that_somebody_holds_stops_no_other(room: Room) -> None:
    held, free = await room.model("held"), await room.model("free")
    for model in (held, free):
        await room.fold(model)
    home = room.work.primary
    lookout = Lookout([held, free], SOURCE, home=home)
    before = await home.fetchval(ROUND, free.name)
    async with room.sql() as holder, holder.transaction():
        await holder.execute(
            "SELECT FROM projection_checkpoints WHERE consumer = $1 FOR UPDATE", held.name
        )
        async with asyncio.timeout(5):
            assert await lookout.look(asked=True) == {(held.name, 0)}
        assert await home.fetchval(ROUND, free.name) == before + 1


async def test_what_is_new_is_found_by_transaction_and_not_by_going_through_the_log(
    room: Room,
) -> None:
    async with room.sql() as connection:
        await connection.execute(
            "INSERT INTO outbox_events (id, type, aggregate_id, institution_id, at, payload)"
            " SELECT gen_random_uuid(), 'sample.nothing', gen_random_uuid(), gen_random_uuid(),"
            " now(), '{}' FROM generate_series(1, 20000)"
        )
        await connection.execute("ANALYZE outbox_events")
        plan = await generic_plan(connection)
    assert "outbox_events_xid" in plan
    assert "outbox_events_pkey" not in plan


async def generic_plan(connection: asyncpg.Connection) -> str:
    """How PostgreSQL reads the news once it has stopped looking at the parameters."""
    async with connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        types = "text, text, bigint, text[], int, int, bigint"
        await connection.execute(f"PREPARE news ({types}) AS {outbox._READ_NEWS}")
        seen = await connection.fetchval("SELECT pg_current_snapshot()::text")
        rows = await connection.fetch(
            f"EXPLAIN EXECUTE news ('{seen}', NULL, 0, ARRAY['{TYPE}'], 1, 0, 2000)"
        )
        await connection.execute("DEALLOCATE news")
    return "\n".join(row[0] for row in rows)
