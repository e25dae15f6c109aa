"""A read model is the fold of the log: once, in order, whatever dies or fails on the way."""

import asyncio
from uuid import UUID

import asyncpg
import msgspec
import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.projections import Fold, ReadModel, Run, Tables
from eduflow.kernel.repair import rebuild, retry_set_aside
from tests.harness.things import Room, append, counted, history, plain_fold

FAILURES = "SELECT attempts FROM projection_failures WHERE consumer = $1 ORDER BY seq"


class BrokenFoldError(Exception):
    pass


def refusing(name: str, *, poison: set[UUID]) -> Fold:
    """A fold with a fault in it: it cannot take the second event of some things."""
    good = plain_fold(name)

    async def fold(run: Run, tables: Tables) -> None:
        for event in run.events:
            if event["aggregate_id"] in poison and b'"n": 2' in event["payload"].encode():
                raise BrokenFoldError("cannot take a second")
        await good(run, tables)

    return fold


async def test_an_event_that_cannot_be_folded_waits_with_those_behind_it_and_stops_no_other(
    room: Room,
) -> None:
    bad, good = new_id(), new_id()
    name = "poisoned"
    model = await room.model(name, fold=refusing(name, poison={bad}))
    async with room.sql() as writer:
        for n in range(1, 4):
            await append(writer, bad, n)
            await append(writer, good, n)
        await room.fold(model)
        folded = await room.history(model)
        assert (folded[bad], folded[good]) == ([1], [1, 2, 3])
        for thing in (bad, good):
            await append(writer, thing, 4)
    await room.fold(model)
    folded = await room.history(model)
    assert (folded[bad], folded[good]) == ([1], [1, 2, 3, 4])
    home = room.work.primary
    assert [r["attempts"] for r in await home.fetch(FAILURES, name)] == [1, 0, 0]
    assert await retry_set_aside(model, home, now=True) == 0
    assert [r["attempts"] for r in await home.fetch(FAILURES, name)] == [2, 0, 0]
    assert await retry_set_aside(model, home, now=False) == 0
    assert await retry_set_aside(history(name), home, now=True) == 3
    assert (await room.history(model))[bad] == [1, 2, 3, 4]
    assert await home.fetch(FAILURES, name) == []


async def test_an_event_left_waiting_behind_one_that_has_gone_in_is_not_forgotten(
    room: Room,
) -> None:
    # What a retry leaves that ran while the projector set the next event aside.
    thing = new_id()
    name = "left_waiting"
    model = await room.model(name, fold=refusing(name, poison={thing}))
    home = room.work.primary
    async with room.sql() as writer:
        for n in range(1, 4):
            await append(writer, thing, n)
        await room.fold(model)
        await home.execute(
            "DELETE FROM projection_failures WHERE consumer = $1 AND attempts > 0", name
        )
        await home.execute(
            "UPDATE projection_failures SET retry_at = now() WHERE consumer = $1", name
        )
    assert await retry_set_aside(history(name), home, now=False) == 1
    assert (await room.history(model))[thing] == [1, 3]


async def test_a_worker_that_dies_between_the_checkpoint_and_the_rows_has_done_neither(
    room: Room,
) -> None:
    name = "half_done"
    thing = new_id()
    good = plain_fold(name)
    dying = True

    async def fold(run: Run, tables: Tables) -> None:
        if dying and any(e["aggregate_id"] == thing for e in run.events):
            await tables.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        await good(run, tables)

    model = await room.model(name, fold=fold)
    async with room.sql() as writer:
        await append(writer, thing, 1)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await room.fold(model)
    dying = False
    await room.fold(model)
    assert (await room.history(model))[thing] == [1]
    assert await room.work.primary.fetch(FAILURES, name) == []


async def test_two_projectors_of_one_shard_fold_every_event_once(room: Room) -> None:
    name = "twins"
    good = plain_fold(name)
    met = asyncio.Barrier(2)

    async def fold(run: Run, tables: Tables) -> None:
        await good(run, tables)

    model = await room.model(name, fold=fold)
    await room.fold(model)
    thing = new_id()
    async with room.sql() as writer:
        for n in range(1, 30):
            await append(writer, thing, n)
            twins = [*room.projectors(model), *room.projectors(model)]

            async def round_of(number: int, twins: list = twins) -> None:  # type: ignore[type-arg]
                await met.wait()
                await twins[number].round(asked=True)

            await asyncio.gather(round_of(0), round_of(1))
    await room.fold(model)
    assert (await room.history(model))[thing] == list(range(1, 30))


async def _differing(room: Room, model: ReadModel) -> dict[str, int]:
    home = room.work.primary
    rebuilt = await rebuild(model, source=home, home=home, progress=lambda *_: None)
    return rebuilt.differing


async def test_a_rebuild_beside_writers_ends_equal_and_mends_what_was_wrong(room: Room) -> None:
    model = await room.model("rebuilt", shards=2)
    somebody = room.somebody()
    things = [await room.thing(somebody) for _ in range(4)]
    for thing in things:
        await room.step(somebody, thing)
    await room.fold(model)
    await room.work.primary.execute("UPDATE rebuilt SET ns = '{99}' WHERE thing_id = $1", things[0])
    await room.work.primary.execute("DELETE FROM rebuilt WHERE thing_id = $1", things[1])
    enough = asyncio.Event()

    async def write(thing: UUID) -> int:
        steps = 1
        while not enough.is_set() or steps < 20:
            await room.step(somebody, thing)
            steps += 1
        return steps

    async with room.folding(model):
        writers = [asyncio.create_task(write(thing)) for thing in things]
        found = await _differing(room, model)
        again = await _differing(room, model)
        enough.set()
        steps = await asyncio.gather(*writers)
    await room.fold(model)
    folded = await room.history(model)
    assert found["rebuilt"] >= 2
    assert again["rebuilt"] <= sum(steps)
    assert [len(folded[thing]) for thing in things] == steps
    assert all(counted(folded[thing]) for thing in things)
    assert await _differing(room, model) == {"rebuilt": 0}


async def test_a_rebuild_that_is_killed_in_the_middle_leaves_the_model_as_it_was(
    room: Room,
) -> None:
    name = "interrupted"
    good = plain_fold(name)
    dying = False

    async def fold(run: Run, tables: Tables) -> None:
        await good(run, tables)
        if dying:
            await tables.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    model = await room.model(name, fold=fold)
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.step(somebody, thing)
    await room.fold(model)
    before = await room.history(model)
    dying = True
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await _differing(room, model)
    dying = False
    assert await room.history(model) == before
    await room.step(somebody, thing)
    await room.fold(model)
    assert (await room.history(model))[thing] == [1, 2]
    assert await _differing(room, model) == {name: 0}


async def test_a_model_split_into_another_number_of_shards_asks_for_a_rebuild_and_goes_on_after_it(
    room: Room,
) -> None:
    two = await room.model("resharded", shards=2)
    somebody = room.somebody()
    things = [await room.thing(somebody) for _ in range(4)]
    for thing in things:
        await room.step(somebody, thing)
    await room.fold(two)
    three = msgspec.structs.replace(two, shards=3)
    with pytest.raises(RuntimeError, match="eduflow rebuild resharded"):
        await room.fold(three)
    assert await _differing(room, three) == {"resharded": 0}
    for thing in things:
        await room.step(somebody, thing)
    await room.fold(three)
    folded = await room.history(three)
    assert [folded[thing] for thing in things] == [[1, 2]] * 4


async def test_a_backlog_is_not_called_fresh_before_it_is_drained(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eduflow.kernel.projections.CHUNK", 2)
    model = await room.model("draining")
    (projector,) = room.projectors(model)
    place = "SELECT as_of, clock_timestamp() AS now FROM projection_checkpoints WHERE consumer = $1"
    while (await projector.round(asked=True)).more:
        pass
    thing = new_id()
    async with room.sql() as writer:
        begun = (await room.work.primary.fetchrow(place, model.name))["now"]
        for n in range(1, 6):
            await append(writer, thing, n)
        await projector.round(asked=True)
        told = await room.work.primary.fetchrow(place, model.name)
        assert (await room.history(model))[thing] == [1, 2]
        assert told["as_of"] < begun
        late = told["now"]
        await append(writer, thing, 6)
    while (await projector.round(asked=True)).more:
        pass
    told = await room.work.primary.fetchrow(place, model.name)
    folded = (await room.history(model))[thing]
    assert folded == [1, 2, 3, 4, 5, 6] or told["as_of"] < late
