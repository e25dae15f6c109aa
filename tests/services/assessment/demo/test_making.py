"""The tests of the demo schools: made once, whole whatever stopped their making, and judged."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.services import load_services
from eduflow.services.api_core.demo.making import DemoSchools
from eduflow.services.api_core.demo.reading import written
from eduflow.services.api_core.demo.script import Script
from eduflow.services.assessment import demo
from eduflow.story import parts
from eduflow.story.calendar import story_clock
from eduflow.story.hands import Made
from tests.harness.platform import Eduflow
from tests.services.api_core.demo.given_schools import again

STOPS = (1, 3, 6, 8)
"""After so many commands of one making it is stopped, and the next one begins."""
MINE = "-tested"
"""At the end of the slugs, so that the schools are apart from those of other tests."""
SCORES = {
    "amina": 7,
    "ben": 2,
    "chiara": 4,
    "elodie": 5,
    "farid": 5,
    "hana": 6,
}


@pytest.fixture(scope="module")
def scripts() -> list[Script]:
    """Schools of the same people, with no work of theirs: theirs is tried elsewhere."""
    bare = []
    for script in written():
        courses = tuple(
            msgspec.structs.replace(c, modules=(), assignments=(), progress={}, forums=())
            for c in script.courses
        )
        mine = again(script, f"{script.institution.slug}{MINE}")
        bare.append(msgspec.structs.replace(mine, courses=courses))
    return bare


@pytest.fixture
async def runtime(eduflow: Eduflow) -> AsyncIterator[Runtime]:
    services = load_services(["api_core", "assessment"])
    async with open_runtime(eduflow.settings, services, worker=True, clock=story_clock) as opened:
        yield opened


async def _make(
    runtime: Runtime, scripts: list[Script], counted: Callable[[int], Any] = lambda _: None
) -> int:
    """How many commands the tests took; `counted` is told of them alone."""
    schools = DemoSchools(
        runtime.commands["api_core"],
        runtime.databases["api_core"],
        scripts=scripts,
        counted=lambda _: None,
    )
    await schools.make(None)
    # The files know the schools by the names that these are called after.
    made = [msgspec.structs.replace(s, slug=s.slug.partition(MINE)[0]) for s in schools.schools]
    tests = Made(counted)
    await parts.make(runtime, "assessment", made, counted=tests)
    return tests.commands


async def _told(eduflow: Eduflow, runtime: Runtime, slug: str) -> list[tuple[Any, ...]]:
    """Who sat what, and what came of it, by the names that people give things."""
    async with eduflow.sql() as connection:
        school = await connection.fetchval("SELECT id FROM institutions WHERE slug = $1", slug)
        people = {
            row["id"]: row["email"].partition("@")[0]
            for row in await connection.fetch(
                "SELECT id, email FROM users WHERE institution_id = $1", school
            )
        }
    async with eduflow.sql("assessment") as connection:
        rows = await connection.fetch(
            "SELECT a.title, t.user_id, t.state, t.score, t.unjudged, t.released_at IS NOT NULL,"
            " (SELECT count(*) FROM responses AS r WHERE r.attempt_id = t.id),"
            " t.submitted_at - t.started_at, (SELECT count(*) FROM questions AS q"
            " WHERE q.institution_id = t.institution_id), (SELECT count(*) FROM attempts AS o"
            " WHERE o.assessment_id = t.assessment_id)"
            " FROM attempts AS t JOIN assessments AS a ON a.id = t.assessment_id"
            " WHERE t.institution_id = $1",
            school,
        )
    return sorted((row[0], people[row[1]], *tuple(row)[2:]) for row in rows)


async def test_the_tests_are_there_once_with_what_was_answered(
    eduflow: Eduflow, runtime: Runtime, scripts: list[Script]
) -> None:
    assert await _make(runtime, scripts) > 30
    assert await _make(runtime, scripts) == 0
    algebra = await _told(eduflow, runtime, f"lantern-hill{MINE}")
    assert {who: float(score) for _, who, _, score, *_ in algebra} == SCORES
    mixed = await _told(eduflow, runtime, f"north-harbour{MINE}")
    assert [(state, released) for _, _, state, _, _, released, *_ in mixed] == [
        ("submitted", True)
    ] * 6
    assert {who: float(score) for _, who, _, score, *_ in mixed}["lucia"] == 16
    essays = await _told(eduflow, runtime, f"ashgrove{MINE}")
    told = [(who, score, released) for _, who, _, score, _, released, *_ in essays]
    assert told == [("lena", 2, False), ("oliver", 2, True), ("yasmin", 12, True)]
    async with eduflow.sql("assessment") as connection:
        waiting = await connection.fetchval(
            "SELECT (SELECT count(*) FROM ai_grading_jobs) + (SELECT count(*) FROM grading_queue)"
        )
    assert waiting >= 1, "a reader is asked for what the teacher has not read"


async def test_a_making_that_is_stopped_again_and_again_ends_in_the_same_tests(
    eduflow: Eduflow, runtime: Runtime, scripts: list[Script]
) -> None:
    script = next(s for s in scripts if s.institution.slug == f"lantern-hill{MINE}")
    stopped = again(script, f"lantern-hill{MINE}-stopped")

    class Stopped(Exception):  # noqa: N818 (what a kill is to the process)
        pass

    def stop_after(commands: int) -> Callable[[int], None]:
        def counted(done: int) -> None:
            if done >= commands:
                raise Stopped

        return counted

    for commands in STOPS:
        with pytest.raises(ExceptionGroup):
            await _make(runtime, [stopped], stop_after(commands))
    await _make(runtime, [stopped])
    await _make(runtime, [script])
    whole = await _told(eduflow, runtime, f"lantern-hill{MINE}")
    assert await _told(eduflow, runtime, f"lantern-hill{MINE}-stopped") == whole


def test_every_file_can_be_read_and_is_of_a_school_and_a_course(scripts: list[Script]) -> None:
    for test in demo.written():
        school = next(s for s in scripts if s.institution.slug == f"{test.school}{MINE}")
        course = next(c for c in school.courses if c.code == test.course)
        assert {s.student for s in test.sittings} <= set(course.students)
        assert test.teacher == course.teacher
