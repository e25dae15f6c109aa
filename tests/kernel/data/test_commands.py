"""A command is carried out once: said twenty times at once, cut off in the middle, or raced."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.commands import Commands, InDoubt, KeyReused
from eduflow.kernel.db.health import look_once
from eduflow.kernel.db.pools import Database
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import PreconditionFailed, Unavailable
from eduflow.kernel.settings import Secret
from tests.harness.proxy import Cut, Wire, wire_to
from tests.harness.things import SOURCE, MakeThing, NameTaken, Room, StepThing, commands_on, until

WRITE = "INSERT INTO outbox_events"


class Wired(msgspec.Struct, frozen=True):
    """Commands whose every word to the primary goes through a wire that can be cut."""

    wire: Wire
    commands: Commands


@pytest.fixture
async def wired(room: Room) -> AsyncIterator[Wired]:
    addresses = room.settings.databases[SOURCE]
    async with wire_to(addresses.app.value) as wire:
        through = msgspec.structs.replace(addresses, app=Secret(wire.dsn))
        settings = msgspec.structs.replace(room.settings, databases={SOURCE: through})
        database = await Database.open(SOURCE, settings, worker=False)
        await look_once(database, most_lag=60)
        try:
            yield Wired(wire, commands_on(database))
        finally:
            await database.close()


async def _events(room: Room, access: Access) -> int:
    assert access.identity is not None
    count: int = await room.work.primary.fetchval(
        "SELECT count(*) FROM outbox_events WHERE institution_id = $1", access.identity.institution
    )
    return count


async def test_a_receipt_names_the_very_transaction_that_wrote(room: Room) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    receipt = await room.step(somebody, thing)
    xid = await room.work.primary.fetchval(
        "SELECT xid::text FROM outbox_events WHERE aggregate_id = $1", thing
    )
    assert receipt.position.xids == (int(xid),)


async def test_steps_made_at_once_are_all_made_and_none_is_overwritten(room: Room) -> None:
    somebody = room.somebody()
    things = [await room.thing(somebody) for _ in range(3)]
    for _ in range(5):
        made = await asyncio.gather(*(room.step(somebody, t) for t in things * 3))
        assert len(made) == 9
    model = await room.model("at_once")
    await room.fold(model)
    history = await room.history(model)
    assert [history[t] for t in things] == [list(range(1, 16))] * 3


async def test_the_same_key_from_twenty_clients_at_once_is_one_effect_and_one_answer(
    room: Room,
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    receipts = await asyncio.gather(*(room.step(somebody, thing, key="k") for _ in range(20)))
    assert {r.result for r in receipts} == {1}
    assert len({(r.position.cluster, r.position.xids) for r in receipts}) == 1
    assert sum(not r.repeated for r in receipts) == 1
    assert await _events(room, somebody) == 1


async def test_where_a_constraint_stands_against_the_second_a_key_still_gets_the_first_answer(
    room: Room,
) -> None:
    somebody = room.somebody()
    command = MakeThing(name=f"thing {new_id()}")
    receipts = await asyncio.gather(
        *(room.commands.execute(command, access=somebody, key="k") for _ in range(20))
    )
    assert len({r.result for r in receipts}) == 1
    assert await _events(room, somebody) == 1
    with pytest.raises(NameTaken):
        await room.commands.execute(command, access=somebody, key="another")


async def test_a_key_is_its_owners_and_its_requests(room: Room) -> None:
    somebody, other = room.somebody(), room.somebody()
    mine, theirs = await room.thing(somebody), await room.thing(other)
    await room.step(somebody, mine, key="k")
    with pytest.raises(KeyReused):
        await room.step(somebody, await room.thing(somebody), key="k")
    assert not (await room.step(other, theirs, key="k")).repeated


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("when", list(Cut))
async def test_a_connection_cut_at_the_write_leaves_one_effect_and_the_right_answer(
    room: Room, wired: Wired, when: Cut, key: str | None
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    for n in range(1, 6):
        wired.wire.cut_next(when, running=WRITE)
        step = StepThing(thing=thing)
        mine = f"{key}{n}" if key else None
        receipt = await wired.commands.execute(step, access=somebody, key=mine)
        assert receipt.result == n
        xid = await room.work.primary.fetchval(
            "SELECT xid::text FROM outbox_events WHERE aggregate_id = $1 ORDER BY seq DESC", thing
        )
        assert receipt.position.xids == (int(xid),)
    assert (wired.wire.cuts, await _events(room, somebody)) == (5, 5)


@pytest.mark.parametrize("when", list(Cut))
async def test_a_name_that_the_cut_write_has_taken_itself_is_not_taken_by_another(
    room: Room, wired: Wired, when: Cut
) -> None:
    somebody = room.somebody()
    wired.wire.cut_next(when, running=WRITE)
    command = MakeThing(name=f"thing {new_id()}")
    receipt = await wired.commands.execute(command, access=somebody)
    name = await room.work.primary.fetchval("SELECT name FROM things WHERE id = $1", receipt.result)
    assert (name, await _events(room, somebody)) == (command.name, 1)


async def test_where_both_sendings_are_cut_the_caller_hears_of_the_doubt_and_a_retry_ends_it(
    room: Room, wired: Wired
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    for _ in range(2):
        wired.wire.cut_next(Cut.BEFORE, running=WRITE)
    with pytest.raises(InDoubt):
        await wired.commands.execute(StepThing(thing=thing), access=somebody, key="k")
    again = await wired.commands.execute(StepThing(thing=thing), access=somebody, key="k")
    assert (again.result, await _events(room, somebody)) == (1, 1)


async def test_where_the_second_sending_is_cut_too_the_key_tells_what_became_of_the_first(
    room: Room, wired: Wired
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    wired.wire.cut_next(Cut.AFTER, running=WRITE)
    wired.wire.cut_next(Cut.BEFORE, running=WRITE)
    receipt = await wired.commands.execute(StepThing(thing=thing), access=somebody, key="k")
    assert (receipt.result, receipt.repeated, await _events(room, somebody)) == (1, True, 1)


async def test_a_look_that_is_cut_off_is_looked_again(room: Room, wired: Wired) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    wired.wire.cut_next(Cut.AFTER, running="FROM things")
    assert (await wired.commands.execute(StepThing(thing=thing), access=somebody)).result == 1
    for _ in range(2):
        wired.wire.cut_next(Cut.BEFORE, running="FROM things")
    with pytest.raises(Unavailable):
        await wired.commands.execute(StepThing(thing=thing), access=somebody)


async def test_a_server_that_says_goodbye_and_does_not_hang_up_yet_is_away_and_no_fault_of_ours(
    room: Room, wired: Wired
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    assert (await wired.commands.execute(StepThing(thing=thing), access=somebody)).result == 1
    wired.wire.say_goodbye()
    await asyncio.sleep(0.05)  # The client hears it while it is idle.
    made = [
        asyncio.create_task(wired.commands.execute(StepThing(thing=thing), access=somebody))
        for _ in range(5)
    ]
    await asyncio.sleep(0.01)
    await wired.wire.hang_up()
    told = await asyncio.gather(*made, return_exceptions=True)
    refused = [fault for fault in told if isinstance(fault, BaseException)]
    assert [fault for fault in refused if not isinstance(fault, Unavailable)] == []
    assert await _events(room, somebody) == 6 - len(refused)


async def test_a_command_is_two_round_trips_or_one(room: Room, wired: Wired) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    for command, trips in ((StepThing(thing=thing), 2), (MakeThing(name=str(new_id())), 1)):
        for _ in range(2):  # The first prepares the statements.
            before = wired.wire.round_trips
            if isinstance(command, MakeThing):
                command = MakeThing(name=str(new_id()))  # noqa: PLW2901
            await wired.commands.execute(command, access=somebody, key=str(new_id()))
        assert wired.wire.round_trips - before == trips


async def test_who_has_read_a_standby_that_is_ahead_of_the_primary_is_not_refused(
    room: Room, wired: Wired
) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    version = await room.work.primary.fetchval("SELECT version FROM things WHERE id = $1", thing)
    step = StepThing(thing=thing, expected=version + 1)
    async with room.sql() as connection:
        late = connection.transaction()
        await late.start()
        await connection.execute("UPDATE things SET version = version + 1 WHERE id = $1", thing)
        before = wired.wire.round_trips
        stepping = asyncio.create_task(wired.commands.execute(step, access=somebody))

        async def has_looked() -> bool:
            return wired.wire.round_trips > before

        await until(has_looked, what="it has looked")
        await late.commit()
    assert (await stepping).result == 1


async def test_a_version_that_there_never_was_is_refused_all_the_same(room: Room) -> None:
    somebody = room.somebody()
    thing = await room.thing(somebody)
    with pytest.raises(PreconditionFailed):
        await room.commands.execute(StepThing(thing=thing, expected=99), access=somebody)
