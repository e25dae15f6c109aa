"""Whoever has written sees it, and whoever has seen something never sees it undone."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.db.pools import Replica
from eduflow.kernel.db.reading import Stale
from eduflow.kernel.ids import new_id
from eduflow.kernel.positions import Position, Positions
from eduflow.kernel.projections import ReadModel
from eduflow.kernel.repair import rebuild
from eduflow.kernel.settings import Secret
from tests.harness.things import Room, history_of, number_of, positions, until


@contextlib.asynccontextmanager
async def paused(room: Room, *standbys: int) -> AsyncIterator[None]:
    """Standbys that receive and do not show, until the block ends."""
    cluster = room.servers.cluster
    cluster.catch_up()
    try:
        for number in standbys:
            await asyncio.to_thread(cluster.pause_standby, number)
        yield
    finally:
        for number in standbys:
            await asyncio.to_thread(cluster.resume_standby, number)
        await asyncio.to_thread(cluster.catch_up)


@contextlib.asynccontextmanager
async def only(room: Room, number: int) -> AsyncIterator[None]:
    """One of the standbys is well, counted from 1; the others are left out."""
    standbys = _standbys(room)
    try:
        for n, replica in enumerate(standbys, 1):
            replica.healthy = n == number
        yield
    finally:
        for replica in standbys:
            replica.healthy = True


def _standbys(room: Room) -> list[Replica]:
    return [r for r in room.app.roles["api"] if r.standby]


async def test_a_read_right_after_the_write_is_fresh_though_no_standby_shows_it(room: Room) -> None:
    model = await room.model("read_your_writes")
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.fold(model)
    async with paused(room, 1, 2):
        receipt = await room.step(somebody, thing)
        await room.fold(model)
        replica = room.reads(somebody, positions(receipt.position))
        assert await history_of(replica, thing, model=model.name) == [1]
        assert not replica.freshness.stale
        rows = room.reads(somebody, positions(receipt.position))
        assert await number_of(rows, thing) == 1
        assert not rows.freshness.stale
        old = room.reads(somebody, {})
        assert await history_of(old, thing, model=model.name) == []
        assert await number_of(room.reads(somebody, {}), thing) == 0


async def test_a_read_model_that_has_not_heard_of_the_write_says_that_it_is_stale(
    room: Room,
) -> None:
    model = await room.model("not_heard")
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.fold(model)
    receipt = await room.step(somebody, thing)
    room.servers.cluster.catch_up()
    replica = room.reads(somebody, positions(receipt.position))
    assert await history_of(replica, thing, model=model.name) == []
    assert replica.freshness.stale
    strict = room.reads(somebody, positions(receipt.position), strict=True)
    with pytest.raises(Stale):
        await history_of(strict, thing, model=model.name)
    await room.fold(model)
    again = room.reads(somebody, positions(receipt.position))
    assert await history_of(again, thing, model=model.name) == [1]
    assert not again.freshness.stale


async def test_a_session_that_is_moved_to_a_standby_further_behind_sees_nothing_undone(
    room: Room,
) -> None:
    model = await room.model("monotonic")
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.fold(model)
    async with paused(room, 2):
        await room.step(somebody, thing)
        await room.fold(model)
        cluster = room.servers.cluster
        lsn = cluster.ask("SELECT pg_current_wal_flush_lsn()")
        shown = f"SELECT pg_last_wal_replay_lsn() >= '{lsn}'"

        async def replayed() -> bool:
            return await asyncio.to_thread(cluster.ask_standby, shown, 1) == "t"

        await until(replayed)
        for read in (_history(room, thing, model), _number(room, thing)):
            async with only(room, 1):
                seen, known = await read(somebody, {})
                assert seen == 1
            async with only(room, 2):
                assert (await read(somebody, known))[0] == 1
                assert (await read(room.somebody(_home(somebody)), {}))[0] == 0


def _home(access: Access) -> UUID:
    assert access.identity is not None
    return access.identity.institution


def _history(room: Room, thing: UUID, model: ReadModel) -> Any:
    async def read(access: Access, known: dict[str, Position]) -> tuple[int, Any]:
        session = room.reads(access, dict(known))
        return len(await history_of(session, thing, model=model.name)), session.freshness.positions

    return read


def _number(room: Room, thing: UUID) -> Any:
    async def read(access: Access, known: dict[str, Position]) -> tuple[int | None, Any]:
        session = room.reads(access, dict(known))
        return await number_of(session, thing), session.freshness.positions

    return read


async def test_a_position_of_another_timeline_is_read_on_the_primary(room: Room) -> None:
    model = await room.model("other_age")
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.fold(model)
    async with paused(room, 1, 2):
        receipt = await room.step(somebody, thing)
        await room.fold(model)
        system, _, timeline = receipt.position.cluster.partition(".")
        for cluster in (f"{system}.0000000A", f"1234.{timeline}"):
            # Its number is one that every standby has, and means another transaction.
            old = msgspec.structs.replace(receipt.position, cluster=cluster, xids=(3,))
            replica = room.reads(somebody, positions(old))
            assert await history_of(replica, thing, model=model.name) == [1]
            assert await number_of(room.reads(somebody, positions(old)), thing) == 1


async def test_writes_made_side_by_side_are_all_waited_for(room: Room) -> None:
    model = await room.model("side_by_side")
    somebody = room.somebody()
    things = [await room.thing(somebody) for _ in range(30)]
    receipts = [await room.step(somebody, thing) for thing in things]
    seals = Positions(Secret("x" * 32))
    header = ", ".join(seals.seal([r.position]) for r in receipts)
    known = seals.open(header)
    assert known["api_core"].xids == tuple(sorted(r.position.xids[0] for r in receipts))
    replica = room.reads(somebody, known)
    await history_of(replica, things[0], model=model.name)
    assert replica.freshness.stale


async def test_a_model_rebuilt_into_fewer_shards_is_fresh_for_those_who_knew_more(
    room: Room,
) -> None:
    three = await room.model("fewer", shards=3)
    somebody = room.somebody()
    thing = await room.thing(somebody)
    await room.step(somebody, thing)
    await room.fold(three)
    room.servers.cluster.catch_up()
    before = room.reads(somebody, {})
    await history_of(before, thing, model="fewer")
    known = dict(before.freshness.positions)
    assert len(known["api_core"].rounds["fewer"]) == 3
    home = room.work.primary
    one = msgspec.structs.replace(three, shards=1)
    await rebuild(one, source=home, home=home, progress=lambda *_: None)
    after = room.reads(somebody, known)
    assert await history_of(after, thing, model="fewer") == [1]
    assert not after.freshness.stale


async def test_many_sessions_over_standbys_that_are_unequally_late_see_no_older_world(
    room: Room,
) -> None:
    model = await room.model("checker", shards=2)
    checker = Checker(room, model)
    async with room.folding(model):
        troubles = asyncio.create_task(checker.trouble())
        try:
            with checker.counting():
                await asyncio.gather(*(checker.session(number) for number in range(12)))
        finally:
            troubles.cancel()
            await asyncio.gather(troubles, return_exceptions=True)
            await checker.calm()
    assert checker.violations == []
    print(dict(checker.counts))  # noqa: T201 (shown with -s)
    assert checker.counts["reads"] > 400
    assert checker.counts["pauses"] > 3
    # A checker that never left the primary would prove nothing.
    assert checker.counts["from standbys"] > checker.counts["reads"] / 3


class _Counted:
    def __init__(self, way: Any, counts: Counter[str], kind: str) -> None:
        self._way, self._counts, self._kind = way, counts, kind

    async def fetchrow(self, sql: str, arguments: Any, *, group: object) -> Any:
        self._counts[self._kind] += 1
        return await self._way.fetchrow(sql, arguments, group=group)


class Checker:
    """Sessions that write and read, and remember what they must never see undone."""

    def __init__(self, room: Room, model: ReadModel) -> None:
        self.room = room
        self.model = model
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self._home = new_id()
        self._things: list[UUID] = []
        self._seals = Positions(room.settings.secret)

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count which kind of server is asked; a read may ask several times."""
        replicas = self.room.app.roles["api"]
        ways = [replica._together for replica in replicas]
        try:
            for replica in replicas:
                kind = "from standbys" if replica.standby else "from the primary"
                replica._together = _Counted(replica._together, self.counts, kind)  # type: ignore[assignment]
            yield
        finally:
            for replica, way in zip(replicas, ways, strict=True):
                replica._together = way

    async def trouble(self) -> None:
        """Pause and resume each standby at its own random times, and leave one out now and then."""
        async with self.room.sql(1) as one, self.room.sql(2) as two:

            async def of(standby: Any, number: int) -> None:
                dice = random.Random(number)  # noqa: S311
                while True:
                    await standby.execute("SELECT pg_wal_replay_pause()")
                    self.counts["pauses"] += 1
                    await asyncio.sleep(dice.random() * 0.3)
                    await standby.execute("SELECT pg_wal_replay_resume()")
                    replica = _standbys(self.room)[number - 1]
                    replica.healthy = dice.random() < 0.8
                    await asyncio.sleep(dice.random() * 0.2)
                    replica.healthy = True

            await asyncio.gather(of(one, 1), of(two, 2))

    async def calm(self) -> None:
        for number in (1, 2):
            await asyncio.to_thread(self.room.servers.cluster.resume_standby, number)
        for replica in _standbys(self.room):
            replica.healthy = True

    async def session(self, number: int) -> None:
        dice = random.Random(number)  # noqa: S311
        access = self.room.somebody(self._home)
        self._things.append(await self.room.thing(access))
        header: str | None = None
        must: Counter[tuple[str, UUID]] = Counter()
        for _ in range(40):
            thing = dice.choice(self._things)
            if dice.random() < 0.4:
                known = self._seals.open(header)
                receipt = await self.room.step(access, thing)
                mine = receipt.position
                before = known.get(mine.source, mine)
                known[mine.source] = before.after_write(mine.xids[0], mine.cluster)
                for kind in ("model", "rows"):
                    must[kind, thing] = max(must[kind, thing], receipt.result)
                header = self._seals.seal(known.values())
                self.counts["writes"] += 1
            header = await self._read(dice, access, header, thing, must)

    async def _read(
        self,
        dice: random.Random,
        access: Access,
        header: str | None,
        thing: UUID,
        must: Counter[tuple[str, UUID]],
    ) -> str:
        session = self.room.reads(access, self._seals.open(header), wait=0.02)
        kind = dice.choice(("model", "rows"))
        if kind == "model":
            seen = len(await history_of(session, thing, model=self.model.name))
        else:
            seen = await number_of(session, thing) or 0
        told = session.freshness
        self.counts["reads"] += 1
        if told.stale:
            self.counts["stale"] += 1
        elif seen < must[kind, thing]:
            self.violations.append(f"{kind} {thing}: {seen} after {must[kind, thing]}")
        else:
            must[kind, thing] = seen
        return self._seals.seal(told.positions.values())
