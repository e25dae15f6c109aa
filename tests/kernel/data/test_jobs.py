"""A job is one worker's at a time, and in the end it is done once, given up, or tried again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Command, Commands, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Done, Fenced, GiveUp, Held, JobKind, JobRunner, Outcome, Retry
from tests.harness.things import Room, ThingStepped, until

SHORT = timedelta(seconds=0.3)


class Effect(Command[int], frozen=True, kw_only=True):
    """What a job is for: one step of a thing, and the end of the job, or neither."""

    job: Held
    thing: UUID
    institution: UUID


async def effect(command: Effect, work: UnitOfWork) -> int:
    work.write("UPDATE things SET n = n + 1 WHERE id = $1 AND {allowed}", command.thing)
    work.record(ThingStepped(institution_id=command.institution, thing_id=command.thing, n=1))
    command.job.finish_in(work)
    return 1


def _commands(room: Room) -> Commands:
    return Commands(
        room.work, handlers={Effect: effect}, refusals={}, clock=utc_now, ring=lambda: None
    )


def _runner(room: Room, kind: JobKind, *, at_once: int = 8) -> JobRunner:
    return JobRunner(room.work.primary, {kind.name: kind}, context=None, at_once=at_once)


async def _enqueue(room: Room, kind: str, *, count: int = 1, max_attempts: int = 8) -> list[UUID]:
    jobs = [new_id() for _ in range(count)]
    await room.work.primary.execute(
        "INSERT INTO jobs (id, kind, arguments, max_attempts)"
        " SELECT unnest($1::uuid[]), $2, '{}', $3",
        jobs,
        kind,
        max_attempts,
    )
    return jobs


async def _states(room: Room, kind: str) -> list[str]:
    rows = await room.work.primary.fetch("SELECT state FROM jobs WHERE kind = $1", kind)
    return sorted(r["state"] for r in rows)


async def test_two_runners_share_the_jobs_and_run_none_of_them_twice(room: Room) -> None:
    ran: list[UUID] = []
    both = asyncio.Event()

    async def run(held: Held, _: Any) -> Outcome:
        ran.append(held.id)
        await both.wait()
        return Done()

    kind = JobKind(name="shared", run=run)
    jobs = await _enqueue(room, kind.name, count=40)
    runners = [_runner(room, kind, at_once=30) for _ in range(2)]
    await asyncio.gather(*(r.drain() for r in runners))
    both.set()

    async def finished() -> bool:
        await asyncio.gather(*(r.drain() for r in runners))
        return await _states(room, kind.name) == ["done"] * 40

    await until(finished)
    assert sorted(ran) == sorted(jobs)


async def test_a_job_whose_worker_died_is_run_by_another_and_the_dead_one_can_do_nothing_more(
    room: Room,
) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    institution = somebody.identity.institution
    thing = await room.thing(somebody)
    holding: list[Held] = []
    stopped = asyncio.Event()

    async def run(held: Held, _: Any) -> Outcome:
        holding.append(held)
        if len(holding) == 1:
            await stopped.wait()
        step = Effect(job=held, thing=thing, institution=institution)
        await _commands(room).execute(step, access=Access(None, ""))
        return Done()

    kind = JobKind(name="zombie", run=run, lease=SHORT)
    await _enqueue(room, kind.name)
    zombie, heir = _runner(room, kind), _runner(room, kind)
    # As if the process stood still: it holds the job, and nothing renews the lease.
    zombie._renew = _never  # type: ignore[method-assign,assignment]
    await zombie.drain()

    async def inherited() -> bool:
        await heir.drain()
        return await _states(room, kind.name) == ["done"]

    await until(inherited)
    assert [h.fence for h in holding] == [1, 2]
    late = Effect(job=holding[0], thing=thing, institution=somebody.identity.institution)
    for _ in range(20):
        with pytest.raises(Fenced):
            await _commands(room).execute(late, access=Access(None, ""))
    stopped.set()
    await zombie.stop(within=5)
    n = await room.work.primary.fetchval("SELECT n FROM things WHERE id = $1", thing)
    events = await room.work.primary.fetchval(
        "SELECT count(*) FROM outbox_events WHERE aggregate_id = $1", thing
    )
    assert (n, events, await _states(room, kind.name)) == (1, 1, ["done"])


async def _never(*_: Any) -> None:
    await asyncio.Event().wait()


async def test_a_dead_holder_is_refused_also_while_its_heir_still_works(room: Room) -> None:
    somebody = room.somebody()
    assert somebody.identity is not None
    thing = await room.thing(somebody)
    holding: list[Held] = []
    enough = asyncio.Event()

    async def run(held: Held, _: Any) -> Outcome:
        holding.append(held)
        await enough.wait()
        return Done()

    kind = JobKind(name="heirs", run=run, lease=SHORT)
    await _enqueue(room, kind.name)
    zombie, heir = _runner(room, kind), _runner(room, kind)
    zombie._renew = _never  # type: ignore[method-assign,assignment]
    await zombie.drain()

    async def inherited() -> bool:
        await heir.drain()
        return len(holding) == 2

    await until(inherited)
    late = Effect(job=holding[0], thing=thing, institution=somebody.identity.institution)
    with pytest.raises(Fenced):
        await _commands(room).execute(late, access=Access(None, ""))
    assert await room.work.primary.fetchval("SELECT n FROM things WHERE id = $1", thing) == 0
    enough.set()
    await asyncio.gather(zombie.stop(within=5), heir.stop(within=5))


async def test_a_long_job_keeps_its_lease_by_renewing_it(room: Room) -> None:
    runs = 0
    enough = asyncio.Event()

    async def run(_: Held, __: Any) -> Outcome:
        nonlocal runs
        runs += 1
        await enough.wait()
        return Done()

    kind = JobKind(name="long", run=run, lease=SHORT)
    (job,) = await _enqueue(room, kind.name)
    first, second = _runner(room, kind), _runner(room, kind)
    await first.drain()
    (begun,) = [r["lease_until"] for r in await _leases(room, job)]

    async def renewed() -> bool:
        await second.drain()
        return bool((await _leases(room, job))[0]["lease_until"] > begun + SHORT * 3)

    await until(renewed)
    enough.set()
    await first.stop(within=5)
    assert (runs, await _states(room, kind.name)) == (1, ["done"])


async def _leases(room: Room, job: UUID) -> Any:
    return await room.work.primary.fetch("SELECT lease_until FROM jobs WHERE id = $1", job)


async def test_a_job_ends_done_tried_again_or_given_up(room: Room) -> None:
    outcomes: list[Any] = [
        Retry(timedelta(0), "not yet"),
        RuntimeError("fell over"),
        GiveUp("never"),
    ]

    async def run(held: Held, _: Any) -> Outcome:
        found = outcomes[held.attempts - 1]
        if isinstance(found, Exception):
            # Its next try is seconds away; this test has none.
            raise found
        return found  # type: ignore[no-any-return]

    kind = JobKind(name="ends", run=run)
    (job,) = await _enqueue(room, kind.name)
    runner = _runner(room, kind)

    async def given_up() -> bool:
        await room.work.primary.execute(
            "UPDATE jobs SET run_at = now() WHERE id = $1 AND state = 'waiting'", job
        )
        await runner.drain()
        return await _states(room, kind.name) == ["dead"]

    await until(given_up)
    row = await room.work.primary.fetchrow("SELECT * FROM jobs WHERE id = $1", job)
    assert (row["attempts"], row["last_error"]) == (3, "never")


async def test_a_job_that_kills_whoever_runs_it_is_given_up_after_its_attempts(room: Room) -> None:
    runs = 0

    async def run(_: Held, __: Any) -> Outcome:
        nonlocal runs
        runs += 1
        return Done()

    kind = JobKind(name="killer", run=run)
    (job,) = await _enqueue(room, kind.name, max_attempts=3)
    # Three workers took it and were never heard of again.
    await room.work.primary.execute(
        "UPDATE jobs SET state = 'running', attempts = 3, fence = 3,"
        " lease_until = now() - interval '1 second' WHERE id = $1",
        job,
    )
    runner = _runner(room, kind)

    async def given_up() -> bool:
        await runner.drain()
        return await _states(room, kind.name) == ["dead"]

    await until(given_up)
    assert runs == 0


async def _periodic(room: Room, name: str, every: timedelta) -> list[JobRunner]:
    async def run(_: Held, __: Any) -> Outcome:
        return Done()

    kind = JobKind(name=name, run=run, every=every)
    runners = [_runner(room, kind) for _ in range(3)]
    for runner in runners:
        await runner.register()
    return runners


async def _made(room: Room, name: str) -> int:
    count: int = await room.work.primary.fetchval("SELECT count(*) FROM jobs WHERE kind = $1", name)
    return count


async def test_three_schedulers_make_one_job_for_each_time(room: Room) -> None:
    name = "hourly"
    runners = await _periodic(room, name, timedelta(hours=1))
    for times in range(1, 6):
        await asyncio.gather(*(r.tick() for r in runners for _ in range(4)))
        assert await _made(room, name) == times
        await runners[0].drain()
        await runners[0].stop(within=5)
        await room.work.primary.execute(
            "UPDATE job_schedules SET next_at = next_at - interval '1 hour' WHERE name = $1", name
        )


async def test_times_missed_while_all_was_down_are_made_up_for_once(room: Room) -> None:
    name = "missed"
    runners = await _periodic(room, name, timedelta(minutes=10))
    before = await room.work.primary.fetchval(
        "UPDATE job_schedules SET next_at = clock_timestamp() - interval '65 minutes'"
        " WHERE name = $1 RETURNING next_at",
        name,
    )
    for _ in range(3):
        await asyncio.gather(*(r.tick() for r in runners))
        await runners[0].drain()
        await runners[0].stop(within=5)
    assert await _made(room, name) == 1
    # And the next time is one of the times there always were.
    after = await room.work.primary.fetchval(
        "SELECT next_at FROM job_schedules WHERE name = $1", name
    )
    assert after - before == timedelta(minutes=70)


async def test_a_restart_neither_forgets_a_schedule_nor_begins_it_anew(room: Room) -> None:
    name = "restarted"
    (first, *_) = await _periodic(room, name, timedelta(hours=1))
    await first.tick()
    next_at = "SELECT next_at FROM job_schedules WHERE name = $1"
    before = await room.work.primary.fetchval(next_at, name)
    (again, *_) = await _periodic(room, name, timedelta(hours=1))
    await again.tick()
    assert await room.work.primary.fetchval(next_at, name) == before
    assert await _made(room, name) == 1
