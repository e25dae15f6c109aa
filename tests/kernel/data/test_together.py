"""Reads that go to the server in one message, and are nevertheless each their own."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.away import LOST
from eduflow.kernel.db.together import Together
from eduflow.kernel.problems import NotFound
from tests.harness.proxy import Cut, wire_to
from tests.harness.things import Room, number_of


class _Who(msgspec.Struct):
    person: str
    institution: str


_WHO = "SELECT eduflow_person()::text AS person, eduflow_institution()::text AS institution"
_ALL_THINGS = "SELECT id, n FROM things"


class _Thing(msgspec.Struct):
    id: str
    n: int


async def _things(room: Room, access: Access) -> list[_Thing]:
    return await room.reads(access, {}).rows(_ALL_THINGS, into=_Thing)


async def test_hundreds_at_once_are_each_told_of_themselves(room: Room) -> None:
    homes = [room.somebody() for _ in range(4)]
    people = [*homes]
    for home in homes:
        assert home.identity is not None
        people += [room.somebody(home.identity.institution) for _ in range(50)]
    mine = {id(home): str(await room.thing(home)) for home in homes}
    room.servers.cluster.catch_up()
    told = await asyncio.gather(
        *(room.reads(person, {}).row(_WHO, into=_Who) for person in people for _ in range(2))
    )
    for person, who in zip([p for p in people for _ in range(2)], told, strict=True):
        assert person.identity is not None
        assert (who.person, who.institution) == (
            str(person.identity.user),
            str(person.identity.institution),
        )
    # The policies, too, have seen each one's own institution.
    seen = await asyncio.gather(*(_things(room, home) for home in homes for _ in range(30)))
    for home, things in zip([h for h in homes for _ in range(30)], seen, strict=True):
        assert [thing.id for thing in things] == [mine[id(home)]]


async def test_one_that_is_refused_spoils_no_other(room: Room) -> None:
    home = room.somebody()
    thing = await room.thing(home)
    room.servers.cluster.catch_up()
    stranger = room.somebody()
    pairs = [(home, 0), (stranger, None)] * 40
    numbers = await asyncio.gather(
        *(number_of(room.reads(access, {}), thing) for access, _ in pairs)
    )
    assert numbers == [n for _, n in pairs]
    with pytest.raises(NotFound):
        await room.reads(stranger, {}).row("SELECT n FROM things", into=_Thing)


class Counted(msgspec.Struct):
    """A pool whose connections say how large each message was."""

    pool: asyncpg.Pool
    sizes: list[int]

    async def fetchrow(self, sql: str, *arguments: Any) -> Any:
        self.sizes.append(1)
        return await self.pool.fetchrow(sql, *arguments)

    def acquire(self) -> Any:
        counted = self

        class Context:
            async def __aenter__(self) -> Any:
                self.entered = counted.pool.acquire()
                self.connection = await self.entered.__aenter__()
                return self

            async def __aexit__(self, *fault: object) -> None:
                await self.entered.__aexit__(*fault)

            async def fetchmany(self, sql: str, many: list[Any]) -> Any:
                counted.sizes.append(len(many))
                return await self.connection.fetchmany(sql, many)

        return Context()


async def test_company_is_shared_a_statement_that_fails_is_not(room: Room) -> None:
    counted = Counted(room.app.primary, [])
    together = Together(counted, most=10)
    sql = "SELECT 12 / $1::int AS twelfth"
    asked = [together.fetchrow(sql, (n,), group=None) for n in (1, 2, 3, 0, 4, 6)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    fault = answers.pop(3)
    assert isinstance(fault, asyncpg.DivisionByZeroError)
    assert [a["twelfth"] for a in answers if not isinstance(a, BaseException)] == [12, 6, 4, 3, 2]
    assert counted.sizes[:3] == [1, 1, 4]


async def test_who_waits_behind_something_slow_is_sent_after_all(room: Room) -> None:
    together = Together(room.app.primary, most=6)
    async with room.sql() as other:
        await other.execute("SELECT pg_advisory_lock(4711)")
        lock = "SELECT pg_advisory_xact_lock(4711 + $1::int * 0) AS done"
        slow = [asyncio.create_task(together.fetchrow(lock, (n,), group=None)) for n in range(4)]
        row = await together.fetchrow("SELECT 1 AS one", (), group=None)
        assert row["one"] == 1
        assert not any(task.done() for task in slow)
        await other.execute("SELECT pg_advisory_unlock(4711)")
    await asyncio.gather(*slow)


async def test_a_lost_connection_is_told_to_all_who_went_together(room: Room) -> None:
    dsn = room.settings.databases["api_core"].app.value
    async with wire_to(dsn) as wire:
        pool = await asyncpg.create_pool(wire.dsn, min_size=0, max_size=4)
        together = Together(pool, most=4)
        assert (await together.fetchrow("SELECT 1 AS one", (), group=None))["one"] == 1
        for _ in range(6):
            wire.cut_next(Cut.AFTER, running="'together'")
        asked = [together.fetchrow("SELECT 'together'", (), group=None) for _ in range(6)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(answer, LOST) for answer in answers] == [True] * 6

        row = await together.fetchrow("SELECT 2 AS two", (), group=None)
        assert row["two"] == 2
        await pool.close()
