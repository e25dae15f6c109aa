"""What is answered together is answered once, in order, and one bad event holds up no other."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Command, Commands, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Conflict
from eduflow.kernel.reactions import Happened, Reaction, Reactor, Together
from tests.harness.log import logged
from tests.harness.things import AUDIT, SOURCE, TYPE, Room, ThingStepped, append
from tests.kernel.data.test_reactions import DyingError, DyingPool, all_of, counted, counter_of

REFUSED, BROKEN = 13, 99


class CountUpTo(Command[int], frozen=True, kw_only=True):
    """Counts up to the highest number: done twice, or in other parts, it is done once."""

    counter: UUID
    ns: tuple[int, ...]


async def count_up_to(command: CountUpTo, work: UnitOfWork) -> int:
    sql = "SELECT n FROM things WHERE id = $1"
    found = await work.look_one(sql, command.counter, into=dict[str, int])
    assert found is not None
    if REFUSED in command.ns:
        raise Conflict
    if BROKEN in command.ns:
        raise RuntimeError("a bug")
    assert list(command.ns) == sorted(command.ns)
    most = max(command.ns)
    if most > found["n"]:
        write = "UPDATE things SET n = $2, version = version + 1 WHERE id = $1 AND n = $3"
        work.write(f"{write} AND {{allowed}}", command.counter, most, found["n"])
    return most


class Counting:
    """A reaction to some things, and the runs in which it was asked for commands."""

    def __init__(self, room: Room, name: str, counter: UUID, *, mine: set[UUID]) -> None:
        self._room = room
        self.asked: list[tuple[int, ...]] = []
        self.institutions: list[set[UUID]] = []

        def answer(events: Sequence[Happened]) -> Sequence[Command[Any]]:
            told = [msgspec.json.decode(event.payload, type=ThingStepped) for event in events]
            ns = tuple(one.n for one in told if one.thing_id in mine)
            if ns:
                self.asked.append(ns)
                self.institutions.append({event.institution_id for event in events})
            return [CountUpTo(counter=counter, ns=ns)] if ns else []

        together = Together(types=frozenset({TYPE}), answer=answer)
        self._reaction = Reaction(name=name, source=SOURCE, answers={}, together=together)

    def reactor(self, *, home: Any = None) -> Reactor:
        commands = Commands(
            self._room.work,
            handlers={CountUpTo: count_up_to},
            refusals={},
            clock=utc_now,
            ring=lambda: None,
            audit=AUDIT,
        )
        pool = self._room.work.primary
        return Reactor(self._reaction, commands, source=pool, home=home or pool)


async def happened(room: Room, thing: UUID, ns: Sequence[int]) -> None:
    async with room.sql() as writer:
        for n in ns:
            await append(writer, thing, n)


async def test_a_run_of_events_is_one_command_in_the_order_of_the_log(room: Room) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    counting = Counting(room, "run", counter, mine={thing})
    await all_of(counting.reactor())
    await happened(room, thing, [n for n in range(1, 121) if n not in {REFUSED, BROKEN}])
    await all_of(counting.reactor())
    assert await counted(room, counter) == 120
    assert [len(ns) for ns in counting.asked] == [118]


async def test_what_is_told_of_two_institutions_is_never_answered_together(room: Room) -> None:
    counter, _ = await counter_of(room)
    things = [new_id(), new_id()]
    institutions = [new_id(), new_id()]
    counting = Counting(room, "apart", counter, mine={*things})
    await all_of(counting.reactor())
    async with room.sql() as writer:
        for n in range(1, 11):
            of = n % 2
            told = ThingStepped(institution_id=institutions[of], thing_id=things[of], n=n)
            await logged(writer, told)
    await all_of(counting.reactor())
    assert {frozenset(one) for one in counting.institutions} == {
        frozenset({one}) for one in institutions
    }
    assert sorted(counting.asked) == [(1, 3, 5, 7, 9), (2, 4, 6, 8, 10)]


async def test_who_is_killed_before_the_checkpoint_does_it_once_though_more_has_come(
    room: Room,
) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    counting = Counting(room, "killed_together", counter, mine={thing})
    await all_of(counting.reactor())
    await happened(room, thing, range(1, 4))
    with pytest.raises(DyingError):
        await counting.reactor(home=DyingPool(room.work.primary)).round(asked=True)
    assert await counted(room, counter) == 3
    await happened(room, thing, range(4, 7))
    await all_of(counting.reactor())
    assert counting.asked == [(1, 2, 3), (1, 2, 3, 4, 5, 6)]
    assert await counted(room, counter) == 6
    versions = "SELECT version FROM things WHERE id = $1"
    assert await room.work.primary.fetchval(versions, counter) == 3


async def test_several_that_react_together_at_once_are_as_one(room: Room) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    counting = Counting(room, "doubled_together", counter, mine={thing})
    await all_of(counting.reactor())
    await happened(room, thing, range(100, 160))
    await asyncio.gather(*(all_of(counting.reactor()) for _ in range(3)))
    assert await counted(room, counter) == 159


async def test_the_one_that_fails_is_found_and_set_aside_and_the_others_are_answered(
    room: Room,
) -> None:
    counter, _ = await counter_of(room)
    thing = new_id()
    counting = Counting(room, "failing_together", counter, mine={thing})
    await all_of(counting.reactor())
    await happened(room, thing, [n for n in range(1, 151) if n != 120])
    await all_of(counting.reactor())
    assert await counted(room, counter) == 150
    answered = {n for ns in counting.asked if not {REFUSED, BROKEN} & {*ns} for n in ns}
    assert answered == {*range(1, 151)} - {REFUSED, BROKEN, 120}
    # Two in 149 cost as many halvings as it takes to find them, not a command for each.
    assert len(counting.asked) < 40
    home = room.work.primary
    failures = "SELECT event, attempts FROM projection_failures WHERE consumer = $1"
    (failed,) = await home.fetch(failures, "failing_together")
    assert msgspec.json.decode(failed["event"])["payload"]["n"] == BROKEN
    await home.execute(
        "UPDATE projection_failures SET retry_at = now(),"
        " event = jsonb_set(event, '{payload,n}', '200') WHERE consumer = $1",
        "failing_together",
    )
    await all_of(counting.reactor())
    assert (await home.fetch(failures, "failing_together"), await counted(room, counter)) == (
        [],
        200,
    )
