"""`python -m ops.bench.released`: what it takes to bring a regrade into the gradebook.

Fresh servers and a course of 5,000 students with a test. Every round the assessment service's log
tells of a new result for each of them, and api_core's reaction takes them all: in one round many at
once, as it does, in the next each by itself, as any reaction without `together` would. Nothing else
runs, so that the difference is the reaction's. What both have written is compared.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from eduflow.contracts.assessment import AssessmentPublished, ResultReleased
from eduflow.kernel.ids import new_id
from eduflow.kernel.reactions import Reaction, Reactor
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.services import load_services
from eduflow.services.api_core.results import results
from ops.bench.fresh import fresh_servers
from ops.bench.rows import WHEN, copy, record

POINTS = Decimal(20)
LEAST = 3.0
"""Times as fast as one by one; below it the bench fails."""


class Class(msgspec.Struct, frozen=True):
    """Students with a seat in a course that has a test."""

    home: UUID
    course: UUID
    test: UUID
    students: list[UUID]


class Measured(msgspec.Struct, frozen=True):
    """Seconds of each round."""

    together: list[float]
    alone: list[float]


async def seated(connection: asyncpg.Connection, *, students: int) -> Class:
    """Written as it lies; only what a result is decided by."""
    home, course, section = new_id(), new_id(), new_id()
    people = [new_id() for _ in range(students)]
    institution = [(home, "bench", "Bench", WHEN)]
    await copy(connection, "institutions", "id slug name created_at", institution)
    named = [(p, home, f"{p}@bench.test", "Lin", "Lin", WHEN) for p in people]
    columns = "id institution_id email display_name sortable_name created_at"
    await copy(connection, "users", columns, named)
    columns = "id institution_id code title state created_at"
    await copy(connection, "courses", columns, [(course, home, "B", "B", "published", WHEN)])
    columns = "id institution_id course_id name is_default created_at"
    await copy(connection, "course_sections", columns, [(section, home, course, "B", True, WHEN)])
    seats = [(new_id(), home, course, section, p, "student", WHEN) for p in people]
    columns = "id institution_id course_id section_id user_id role created_at"
    await copy(connection, "enrollments", columns, seats)
    await connection.execute("ANALYZE")
    return Class(home, course, new_id(), people)


def published(of: Class) -> AssessmentPublished:
    """Heard of before anything is told of it."""
    return AssessmentPublished(
        institution_id=of.home,
        assessment_id=of.test,
        course_id=of.course,
        title="Test",
        kind="exam",
        points=POINTS,
        form=1,
        scoring_number=1,
        opens_at=None,
        closes_at=None,
    )


def released(of: Class, *, scoring: int) -> list[ResultReleased]:
    """Another score for everybody."""
    return [
        ResultReleased(
            institution_id=of.home,
            assessment_id=of.test,
            course_id=of.course,
            attempt_id=student,
            user_id=student,
            number=1,
            scoring_number=scoring,
            score=Decimal((n + scoring) % 21),
            points=POINTS,
            counts=Decimal((n + scoring) % 21),
            counts_points=POINTS,
            submitted_at=WHEN,
            late=False,
        )
        for n, student in enumerate(of.students)
    ]


def one_by_one() -> Reaction:
    """The same reaction, with a command for every event."""
    together = results.together
    if together is None:
        raise LookupError("the reaction answers each event by itself")
    each = dict.fromkeys(together.types, lambda event: together.answer([event]))
    return Reaction(name=results.name, source=results.source, answers={**results.answers, **each})


async def taken(reaction: Reaction, runtime: Runtime) -> float:
    """Seconds until all that is new was reacted to."""
    reactor = Reactor(
        reaction,
        runtime.commands["api_core"],
        source=runtime.databases[reaction.source].primary,
        home=runtime.databases["api_core"].primary,
    )
    begun = time.perf_counter()
    while (await reactor.round(asked=True)).more:
        pass
    return time.perf_counter() - begun


async def compared(
    runtime: Runtime,
    home: asyncpg.Connection,
    log: asyncpg.Connection,
    *,
    students: int,
    rounds: int,
) -> Measured:
    """By turns, after one of each that is not counted: it makes the rows that the others change."""
    of = await seated(home, students=students)
    await record(log, [published(of)])
    await taken(results, runtime)
    found = Measured([], [])
    for turn in range(2 * (rounds + 1)):
        await record(log, released(of, scoring=turn + 1))
        alone = turn % 2 == 1
        seconds = await taken(one_by_one() if alone else results, runtime)
        worth = [Decimal((n + turn + 1) % 21) for n in range(students)]
        whose = await home.fetch("SELECT user_id, score, scoring_number FROM test_results")
        said = {row["user_id"]: (row["score"], row["scoring_number"]) for row in whose}
        if said != {p: (w, turn + 1) for p, w in zip(of.students, worth, strict=True)}:
            raise AssertionError("not everybody has the newest result")
        if turn > 1:
            (found.alone if alone else found.together).append(seconds)
        await home.execute("ANALYZE")
    return found


async def measure(folder: Path, *, students: int, rounds: int) -> Measured:
    """On fresh servers."""
    services = load_services(["api_core"])
    async with fresh_servers(folder, services) as fresh:
        home = await asyncpg.connect(fresh.cluster.admin_dsn("api_core"))
        log = await asyncpg.connect(fresh.cluster.admin_dsn("assessment"))
        try:
            async with open_runtime(fresh.settings, services, worker=True) as runtime:
                return await compared(runtime, home, log, students=students, rounds=rounds)
        finally:
            await home.close()
            await log.close()


def main() -> int:
    """Print the figures; 1 where many at once are not LEAST times as fast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = asyncio.run(measure(Path(folder), students=options.students, rounds=options.rounds))
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {options.students} results, by turns")
    for name, seconds in (("together", found.together), ("one by one", found.alone)):
        each = ", ".join(f"{one:.2f}" for one in seconds)
        print(f"{name}: {statistics.median(seconds):.2f} s median of {each}")
    ratio = statistics.median(found.alone) / statistics.median(found.together)
    print(f"together is {ratio:.1f} times as fast")
    return int(ratio < LEAST)


if __name__ == "__main__":
    sys.exit(main())
