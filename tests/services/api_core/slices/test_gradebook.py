"""The gradebook: what was given, by the rules there are now, whatever order it was said in."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduflow.kernel.projections import Run, Tables
from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.gradebook import gradebook
from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import (
    a_class,
    an_assignment,
    gradebook_row,
    handed_in,
)

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
SPACE = UUID("00000000-0000-7000-8000-000000000000")


async def test_the_student_and_the_teacher_read_the_same_weighted_grade(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, weight=60, drop_lowest=1)
    (student,) = given.students
    exams = await given.teacher.post(
        f"/courses/{given.course.id}/assignment-groups", {"name": "Exams", "weight": 40}
    )
    scores = ((given.group, 10), (given.group, 7.5), (given.group, 2), (exams["id"], 5))
    for group, score in scores:
        essay = await an_assignment(given, group_id=group)
        work = await handed_in(given, essay, student)
        body = {"version": work["version"], "score": score}
        await given.teacher.post(f"/submissions/{work['id']}/grades", body)
    row = await gradebook_row(given, student)
    assert (row["percent"], row["letter"], row["to_grade"]) == (72.5, "C", 0)
    assert sorted(c["score"] for c in row["cells"] if not c["dropped"]) == [5, 7.5, 10]
    student.position = given.teacher.position
    (mine,) = (await student.get("/users/me/grades", EduFlow_Strict="true"))["items"]
    assert (mine["percent"], mine["groups"]) == (row["percent"], row["groups"])
    path = f"/assignment-groups/{exams['id']}"
    await given.teacher.patch(path, {"weight": 0}, version=1)
    assert (await gradebook_row(given, student))["percent"] == 87.5


async def test_what_was_graded_counts_by_the_dates_and_the_policy_there_are_now(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    late = {"late": [{"minutes": 0, "percent": 10}, {"minutes": 90, "percent": 50}]}
    essay = await an_assignment(given, due_at=str(NOW - HOUR), credit=late)
    work = await handed_in(given, essay, student)
    path = f"/submissions/{work['id']}/grades"
    await given.teacher.post(path, {"version": 1, "score": 9})

    async def cell() -> tuple[Any, ...]:
        (found,) = (await gradebook_row(given, student))["cells"]
        return found["given_score"], found["score"], found["late"], found["state"]

    assert await cell() == (9, 8.1, True, "graded")
    overrides = f"/assignments/{essay['id']}/overrides"
    body = {"user_id": str(student.user), "due_at": str(NOW - 2 * HOUR)}
    made = await given.teacher.post(overrides, body)
    assert await cell() == (9, 4.5, True, "graded")
    sooner = {**body, "due_at": str(NOW + HOUR), "version": made["version"]}
    await given.teacher.post(overrides, sooner)
    assert await cell() == (9, 9, False, "graded")
    early = {"early": [{"minutes": 30, "percent": 5}]}
    changed = await given.teacher.patch(f"/assignments/{essay['id']}", {"credit": early}, version=1)
    assert changed["credit"]["early"] == [{"minutes": 30, "percent": 5}]
    assert await cell() == (9, 9.45, False, "graded")
    override = {"version": 2, "score": 6, "source": "override", "reason": "Copied"}
    await given.teacher.post(path, override)
    assert await cell() == (6, 6, False, "graded")
    seen = await given.teacher.get(f"/submissions/{work['id']}")
    assert [(g["source"], g["reason"]) for g in seen["grades"]] == [
        ("override", "Copied"),
        ("human", ""),
    ]
    await given.teacher.post(path, {"version": 3, "excused": True})
    assert await cell() == (None, None, False, "excused")
    assert (await gradebook_row(given, student))["percent"] is None
    await given.teacher.patch(f"/assignments/{essay['id']}", {"state": "draft"}, version=2)
    assert (await gradebook_row(given, student))["cells"] == []


async def test_whoever_handed_in_nothing_can_be_graded_once(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    exam = await an_assignment(given, submission_types=["paper"], points=20)
    path = f"/assignments/{exam['id']}/grades"
    body = {"user_id": str(student.user), "version": 0, "score": 15, "comment": "Well done"}
    made = await given.teacher.post(path, body)
    assert (made["version"], made["attempt"]) == (1, None)
    refusal = await given.teacher.refused("POST", path, {**body, "score": 3})
    assert refusal == (412, "kernel.precondition-failed")
    row = await gradebook_row(given, student)
    assert (row["percent"], row["cells"][0]["submission_id"]) == (75, made["submission_id"])
    stranger = {**body, "user_id": str(given.teacher.user)}
    assert await given.teacher.refused("POST", path, stranger) == (422, "api_core.no-such-student")


async def test_the_gradebook_is_paged_by_student_and_shows_who_takes_part(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=3)
    await an_assignment(given)
    leaver = await a_person(eduflow, school, "Lara Leaver")
    seat = await a_seat(school, given.course, leaver)
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    given.teacher.position = school.admin.position
    path = f"/courses/{given.course.id}/gradebook?limit=2"
    first = await given.teacher.get(path, EduFlow_Strict="true")
    rest = await given.teacher.get(f"{path}&cursor={first['next_cursor']}")
    names = [row["display_name"] for row in [*first["items"], *rest["items"]]]
    assert (names, rest["next_cursor"]) == (["Lin L0", "Lin L1", "Lin L2"], None)
    assert [[c["state"] for c in row["cells"]] for row in first["items"]] == [["none"]] * 2
    assert [one["title"] for one in first["assignments"]] == ["Essay"]
    assert first["as_of"] is not None


async def test_the_gradebook_equals_its_rebuild(eduflow: Eduflow, school: School) -> None:
    chosen = random.Random(7)  # noqa: S311 (the same course every time)
    given = await a_class(eduflow, school, students=3, weight=50, drop_lowest=1)
    essays = [await an_assignment(given, due_at=str(NOW + n * HOUR)) for n in (-1, 0, 1)]
    for _ in range(15):
        essay, student = chosen.choice(essays), chosen.choice(given.students)
        work = await handed_in(given, essay, student)
        if chosen.random() < 0.6:
            body = {"version": work["version"], "score": chosen.randint(0, 10)}
            await given.teacher.post(f"/submissions/{work['id']}/grades", body)
    late = {"credit": {"late": [{"minutes": 0, "percent": 20}]}}
    await given.teacher.patch(f"/assignments/{essays[0]['id']}", late, version=1)
    await gradebook_row(given, given.students[0])
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(gradebook, source=home, home=home, progress=lambda *_: None)
    assert rebuilt.differing == dict.fromkeys(gradebook.tables, 0)


COURSE = {"course_id": uuid5(SPACE, "course"), "institution_id": SPACE}


def _event(seq: int, name: str, **payload: Any) -> dict[str, Any]:
    envelope = {"seq": seq, "at": NOW, "actor_id": None, "institution_id": SPACE}
    body = msgspec.json.encode({**COURSE, **payload}).decode()
    return {**envelope, "type": f"api_core.{name}", "payload": body}


def _student(n: int) -> dict[str, Any]:
    return {"user_id": uuid5(SPACE, f"student {n}")}


def _work(student: int, assignment: int) -> dict[str, Any]:
    return {
        **_student(student),
        "assignment_id": uuid5(SPACE, f"assignment {assignment}"),
        "submission_id": uuid5(SPACE, f"submission {student} {assignment}"),
    }


def _said(seq: int, step: tuple[str, int, int, int]) -> dict[str, Any]:
    kind, who, what, much = step
    at = NOW + timedelta(minutes=much - 5)
    dates = {"unlock_at": None, "lock_at": None}
    fields: dict[str, Any]
    if kind == "learner_enrolled":
        seat = {"enrollment_id": uuid5(SPACE, f"seat {who} {what}"), "role": "student"}
        seat |= {"section_id": uuid5(SPACE, f"section {what}"), "state": "active", "since": NOW}
        return _event(seq, kind, **seat, **_student(who))
    if kind in {"grades_posted", "grades_hidden"}:
        return _event(seq, kind, assignment_id=uuid5(SPACE, f"assignment {what}"))
    if kind == "assignment_group_changed":
        group = {"group_id": uuid5(SPACE, f"group {what}"), "weight": much, "drop_lowest": who}
        return _event(seq, kind, **group)
    if kind == "assignment_changed":
        fields = {"assignment_id": uuid5(SPACE, f"assignment {what}"), "points": 10, **dates}
        fields |= {"group_id": uuid5(SPACE, f"group {who}"), "published": much > 1, "due_at": at}
        fields |= {"online": what != 0, "anonymous": what == 1 and much > 5}
        fields |= {"posting": "manual" if what == 1 else "automatic"}
        return _event(seq, kind, **fields, early=[], late=[(0, 10), (3, 50)])
    if kind == "dates_overridden":
        fields = {"assignment_id": uuid5(SPACE, f"assignment {what}"), "user_id": None, **dates}
        fields |= {"override_id": uuid5(SPACE, f"override {who} {what}"), "extra_minutes": 1}
        return _event(seq, kind, **fields, section_id=uuid5(SPACE, f"section {who}"), due_at=at)
    fields = {"attempt": seq + 1, "submitted_at": at}
    if kind == "grade_given":
        fields = {"attempt": seq, "submitted_at": at, "score": much or None, "graded_at": NOW}
        fields |= {"source": "human" if much % 2 else "override"}
    return _event(seq, kind, **_work(who, what), **fields)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "learner_enrolled",
                "assignment_group_changed",
                "assignment_changed",
                "grades_posted",
                "grades_hidden",
                "dates_overridden",
                "submission_made",
                "grade_given",
            ]
        ),
        st.integers(0, 1),
        st.integers(0, 2),
        st.integers(0, 10),
    ),
    max_size=20,
)


async def _folded(eduflow: Eduflow, runs: list[list[dict[str, Any]]]) -> dict[str, list[Any]]:
    async with eduflow.sql() as connection, connection.transaction():
        for table in gradebook.tables:
            await connection.execute(
                f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL) ON COMMIT DROP"
            )
        for run in runs:
            for name, same in itertools.groupby(run, key=lambda e: e["type"]):
                await gradebook.folds[name](Run(list(same)), Tables(connection))
        return {
            table: [
                tuple(r) for r in await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")
            ]
            for table in gradebook.tables
        }


# Threads of the platform in this process draw random numbers while examples are being made.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, shuffled=st.randoms(use_true_random=False))
async def test_the_gradebook_is_the_same_in_whatever_order_events_arrive(
    eduflow: Eduflow, steps: list[Any], shuffled: Any
) -> None:
    # The log counts from 1; a cell that has heard nothing has heard number 0.
    events = [_said(seq, step) for seq, step in enumerate(steps, 1)]
    in_order = await _folded(eduflow, [events])
    shuffled.shuffle(events)
    assert await _folded(eduflow, [events[:7], events[7:]]) == in_order
