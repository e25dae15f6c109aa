"""A reaction carries out each command once, whatever dies between it and the checkpoint."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Command, Commands, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Conflict
from eduflow.kernel.projections import MOVE
from eduflow.kernel.reactions import Happened, Reaction, Reactor
from tests.harness.things import AUDIT, SOURCE, TYPE, Room, ThingStepped, append


class CountStep(Command[int], frozen=True, kw_only=True):
    """Adds one to a thing that no key protects: done twice, it counts two."""

    counter: UUID
    n: int


async def count_step(command: CountStep, work: UnitOfWork) -> int:
    await work.look("SELECT n FROM things WHERE id = $1", command.counter, into=dict[str, int])
    if command.n == 13:
        raise Conflict
    if command.n == 99:
        raise RuntimeError("a bug")
    work.write("UPDATE things SET n = n + 1 WHERE id = $1 AND {allowed}", command.counter)
    return command.n


class DyingError(Exception):
    pass


class DyingPool:
    """The home of a reactor that is killed before it has said how far it is."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.fetchrow, self.fetch = pool.fetchrow, pool.fetch

    async def execute(self, sql: str, *_: Any) -> None:
        assert sql == MOVE
        raise DyingError


def reaction(name: str, mine: set[UUID], counter: UUID) -> Reaction:
    def answer(event: Happened) -> Sequence[Command[Any]]:
        told = msgspec.json.decode(event.payload, type=ThingStepped)
        return [CountStep(counter=counter, n=told.n)] if told.thing_id in mine else []

    return Reaction(name=name, source=SOURCE, answers={TYPE: answer})


async def counter_of(room: Room) -> tuple[UUID, Access]:
    access = room.somebody()
    return await room.thing(access), access


def reactor(room: Room, wanted: Reaction, *, home: Any = None) -> Reactor:
    commands = Commands(
        room.work,
        handlers={CountStep: count_step},
        refusals={},
        clock=utc_now,
        ring=lambda: None,
        audit=AUDIT,
    )
    pool = room.work.primary
    return Reactor(wanted, commands, source=pool, home=home or pool)


async def all_of(one: Reactor) -> int:
    events, more = 0, True
    while more:
        done = await one.round(asked=True)
        events, more = events + done.events, done.more
    return events


async def counted(room: Room, counter: UUID) -> Any:
    return await room.work.primary.fetchval("SELECT n FROM things WHERE id = $1", counter)


async def test_who_is_killed_between_a_command_and_the_checkpoint_does_it_no_second_time(
    room: Room,
) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    wanted = reaction("killed", {thing}, counter)
    await all_of(reactor(room, wanted))
    async with room.sql() as writer:
        for n in range(1, 4):
            await append(writer, thing, n)
    with pytest.raises(DyingError):
        await reactor(room, wanted, home=DyingPool(room.work.primary)).round(asked=True)
    assert await counted(room, counter) == 3
    assert await all_of(reactor(room, wanted)) == 3
    assert await counted(room, counter) == 3
    assert await all_of(reactor(room, wanted)) == 0


async def test_two_that_react_at_once_are_as_one(room: Room) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    wanted = reaction("doubled", {thing}, counter)
    await all_of(reactor(room, wanted))
    async with room.sql() as writer:
        for n in range(14, 44):
            await append(writer, thing, n)
    await asyncio.gather(*(all_of(reactor(room, wanted)) for _ in range(3)))
    assert await counted(room, counter) == 30


async def test_a_refusal_is_an_answer_and_a_bug_waits_without_stopping_the_others(
    room: Room,
) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    wanted = reaction("failing", {thing}, counter)
    await all_of(reactor(room, wanted))
    async with room.sql() as writer:
        for n in (12, 13, 99, 14):
            await append(writer, thing, n)
    await all_of(reactor(room, wanted))
    assert await counted(room, counter) == 2
    home = room.work.primary
    failures = "SELECT attempts FROM projection_failures WHERE consumer = 'failing'"
    assert [r["attempts"] for r in await home.fetch(failures)] == [1]
    await home.execute("UPDATE projection_failures SET retry_at = now() WHERE consumer = 'failing'")
    await all_of(reactor(room, wanted))
    assert [r["attempts"] for r in await home.fetch(failures)] == [2]
    await home.execute(
        "UPDATE projection_failures SET retry_at = now(),"
        " event = jsonb_set(event, '{payload,n}', '15') WHERE consumer = 'failing'"
    )
    await all_of(reactor(room, wanted))
    assert (await home.fetch(failures), await counted(room, counter)) == ([], 3)
