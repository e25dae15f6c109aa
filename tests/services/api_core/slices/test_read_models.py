"""The read models of api_core: equal in every order of events, fresh as the slowest of them."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduflow.kernel.projections import Run, Tables
from eduflow.kernel.repair import rebuild
from eduflow.services.api_core import service
from eduflow.services.api_core.projections.course_progress import course_progress
from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_course, a_person, a_seat

SPACE = UUID("00000000-0000-7000-8000-000000000000")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # who
        st.integers(0, 3),  # which lesson; even ones are of one course, odd ones of another
        st.sampled_from(["viewed", "completed", "reopened"]),
    ),
    max_size=25,
)
Step = tuple[int, int, str]


def event(seq: int, step: Step) -> dict[str, Any]:
    who, lesson, kind = step
    payload = {
        "institution_id": SPACE,
        "user_id": uuid5(SPACE, f"user {who}"),
        "course_id": uuid5(SPACE, f"course {lesson % 2}"),
        "lesson_id": uuid5(SPACE, f"lesson {lesson}"),
        "kind": kind,
        "occurred_at": BEGIN + timedelta(minutes=seq),
    }
    envelope = {"seq": seq, "at": BEGIN, "actor_id": None, "institution_id": SPACE}
    return {**envelope, "payload": msgspec.json.encode(payload).decode()}


def folded(steps: list[Step]) -> dict[tuple[UUID, UUID], tuple[int, datetime]]:
    """What progress is, said plainly: replay the steps and count what is done at the end."""
    done: dict[tuple[UUID, UUID], set[int]] = {}
    last: dict[tuple[UUID, UUID], datetime] = {}
    for seq, (who, lesson, kind) in enumerate(steps):
        key = (uuid5(SPACE, f"user {who}"), uuid5(SPACE, f"course {lesson % 2}"))
        lessons = done.setdefault(key, set())
        if kind == "completed":
            lessons.add(lesson)
        elif kind == "reopened":
            lessons.discard(lesson)
        last[key] = BEGIN + timedelta(minutes=seq)
    return {key: (len(lessons), last[key]) for key, lessons in done.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, cuts=st.sets(st.integers(0, 25)), shuffled=st.randoms(use_true_random=False))
async def test_progress_is_the_same_however_its_events_are_cut_and_ordered(
    eduflow: Eduflow, steps: list[Step], cuts: set[int], shuffled: Any
) -> None:
    events = [event(seq, step) for seq, step in enumerate(steps)]
    shuffled.shuffle(events)
    edges = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    runs = [events[a:b] for a, b in itertools.pairwise(edges)]
    async with eduflow.sql() as connection, connection.transaction():
        for table in course_progress.tables:
            await connection.execute(
                f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP"
            )
        for run in runs:
            fold = course_progress.folds["api_core.lesson_progressed"]
            await fold(Run(run), Tables(connection))
        rows = await connection.fetch(
            "SELECT user_id, course_id, completed, last_at FROM course_progress"
        )
    found = {
        (UUID(int=r["user_id"].int), UUID(int=r["course_id"].int)): (r["completed"], r["last_at"])
        for r in rows
    }
    assert found == folded(steps)


async def test_every_read_model_equals_its_rebuild(eduflow: Eduflow, school: School) -> None:
    course = await a_course(school, lessons=3)
    learner = await a_person(eduflow, school)
    seat = await a_seat(school, course, learner)
    for lesson, kind in itertools.product(course.lessons, ("completed", "reopened", "completed")):
        await learner.post(f"/lessons/{lesson}/progress", {"kind": kind})
    await school.admin.patch(f"/enrollments/{seat}", {"state": "completed"}, version=1)
    version = (await school.admin.get(f"/courses/{course.id}"))["version"]
    await school.admin.patch(f"/courses/{course.id}", {"title": "Other"}, version=version)
    await school.admin.get(f"/courses/{course.id}/dashboard", EduFlow_Strict="true")
    await learner.get("/users/me/dashboard", EduFlow_Strict="true")
    home = eduflow.worker.databases["api_core"].primary
    for model in service.models:
        rebuilt = await rebuild(model, source=home, home=home, progress=lambda *_: None)
        assert rebuilt.differing == dict.fromkeys(model.tables, 0), model.name


async def test_a_read_over_several_models_is_as_fresh_as_the_one_furthest_behind(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=1)
    learner = await a_person(eduflow, school)
    await a_seat(school, course, learner)
    roster = f"/courses/{course.id}/roster"
    await school.admin.get(roster, EduFlow_Strict="true")
    async with eduflow.sql() as connection, connection.transaction():
        # Whoever folds names waits for this row; whoever folds anything else does not.
        await connection.fetch(
            "SELECT FROM projection_checkpoints WHERE consumer = 'people' FOR UPDATE"
        )
        await learner.post(f"/lessons/{course.lessons[0]}/progress", {"kind": "completed"})
        mine = await learner.get("/users/me/dashboard", EduFlow_Strict="true")
        assert mine["courses"][0]["completed"] == 1
        await school.admin.post("/users", {"email": "n@x.test", "display_name": "New"})
        refusal = await school.admin.refused("GET", roster, EduFlow_Strict="true")
        assert refusal == (503, "kernel.stale")
        answer = await school.admin.send("GET", roster)
        assert (answer.status_code, answer.headers["EduFlow-Stale"]) == (200, "true")
    await school.admin.get(roster)


async def test_a_server_that_is_behind_refuses_nothing_that_it_does_not_know_of_yet(
    eduflow: Eduflow, school: School
) -> None:
    cluster = eduflow.servers.cluster
    learner = await a_person(eduflow, school)
    # The standbys know the learner, and a checkpoint says so; of what comes after, nothing.
    await learner.get("/users/me/dashboard", EduFlow_Strict="true")
    cluster.catch_up()
    numbers = range(1, len(cluster.standbys) + 1)
    await asyncio.gather(*(asyncio.to_thread(cluster.pause_standby, n) for n in numbers))
    try:
        course = await a_course(school)
        await school.admin.get(f"/courses/{course.id}")
        roster = await school.admin.get(f"/courses/{course.id}/roster")
        assert roster["items"] == []
        await a_seat(school, course, learner)
        await learner.get(f"/courses/{course.id}")
        learner_may_not = await learner.refused("GET", f"/courses/{course.id}/roster")
        assert learner_may_not == (403, "kernel.forbidden")
    finally:
        await asyncio.gather(*(asyncio.to_thread(cluster.resume_standby, n) for n in numbers))
    assert (await learner.get("/users/me/dashboard"))["courses"][0]["code"] == "MA101"
