"""What is set, handed in and graded in the bench's courses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from eduflow.contracts.api_core_grading import (
    AssignmentAdded,
    AssignmentGroupAdded,
    GradeGiven,
    SubmissionMade,
)
from eduflow.kernel.ids import new_id
from ops.bench.ids import (
    MOST_ASSIGNMENTS,
    OPEN,
    School,
    assignment,
    course,
    learner,
    numbered,
    person,
    seats,
)
from ops.bench.rows import WHEN, copy, record

_WEIGHTS = (Decimal(40), Decimal(60))
_POINTS = Decimal(100)
_GRADED = range(OPEN // 2, MOST_ASSIGNMENTS)
"""Of a large course; the rest is still to be done."""
_DUE_IN = timedelta(days=60)
_TEXT = "What I found out, and how I know it. " * 27


def _assignments(school: School) -> Iterator[tuple[int, int, datetime]]:
    """Course, number within it, and when it is due."""
    due = datetime.now(UTC) + _DUE_IN
    for c in range(school.courses):
        for k in range(MOST_ASSIGNMENTS if c < school.large else OPEN):
            yield c, k, due + timedelta(days=k) if k < OPEN else WHEN + timedelta(days=k)


def _group(c: int, k: int) -> int:
    return c * len(_WEIGHTS) + k % len(_WEIGHTS)


async def outline(connection: asyncpg.Connection, school: School) -> None:
    """Groups and assignments."""
    tenant, courses = school.institution, range(school.courses)
    groups = [
        (numbered("group", _group(c, g)), tenant, course(c), f"Group {g}", weight, g, g + 1, WHEN)
        for c in courses
        for g, weight in enumerate(_WEIGHTS)
    ]
    columns = "id institution_id course_id name weight drop_lowest position created_at"
    await copy(connection, "assignment_groups", columns, groups)
    await record(
        connection,
        (
            AssignmentGroupAdded(
                institution_id=tenant, group_id=id_, course_id=of, weight=weight, drop_lowest=drop
            )
            for id_, _, of, _, weight, drop, _, _ in groups
        ),
    )
    await _set_work(connection, school)


async def _set_work(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    work = [
        (
            *(assignment(c, k), tenant, course(c), numbered("group", _group(c, k))),
            *(f"Assignment {k:02}", _POINTS, ["text"], due, k + 1, "published", WHEN),
        )
        for c, k, due in _assignments(school)
    ]
    columns = (
        "id institution_id course_id group_id title points submission_types due_at position"
        " state created_at"
    )
    await copy(connection, "assignments", columns, work)
    await record(
        connection,
        (
            AssignmentAdded(
                institution_id=tenant,
                assignment_id=id_,
                course_id=of,
                group_id=group,
                points=points,
                published=True,
                unlock_at=None,
                due_at=due,
                lock_at=None,
                early=(),
                late=(),
            )
            for id_, _, of, group, _, points, _, due, *_ in work
        ),
    )


async def graded(connection: asyncpg.Connection, school: School) -> None:
    """What was handed in and graded, once the learners have their seats."""
    tenant, teacher = school.institution, person(0)
    made = [
        SubmissionMade(
            institution_id=tenant,
            submission_id=numbered("submission", n * 1_000 + c * MOST_ASSIGNMENTS + k),
            assignment_id=assignment(c, k),
            course_id=course(c),
            user_id=learner(school, n),
            attempt=1,
            submitted_at=WHEN + timedelta(days=k, hours=-1),
        )
        for n, c in seats(school)
        if c < school.large
        for k in _GRADED
    ]
    columns = (
        "id institution_id course_id assignment_id user_id state current_attempt version created_at"
    )
    rows = (
        (
            *(e.submission_id, tenant, e.course_id, e.assignment_id, e.user_id),
            *("graded", 1, 2, e.submitted_at),
        )
        for e in made
    )
    await copy(connection, "submissions", columns, rows)
    columns = "submission_id attempt institution_id body file_refs sha256 at"
    versions: Iterator[tuple[Any, ...]] = (
        (e.submission_id, 1, tenant, _TEXT, [], bytes(32), e.submitted_at) for e in made
    )
    await copy(connection, "submission_versions", columns, versions)
    await record(connection, made)
    given = [
        GradeGiven(
            institution_id=tenant,
            submission_id=e.submission_id,
            assignment_id=e.assignment_id,
            course_id=e.course_id,
            user_id=e.user_id,
            attempt=1,
            submitted_at=e.submitted_at,
            score=Decimal(50 + n * 7 % 51),
            source="human",
            graded_at=e.submitted_at + timedelta(days=1),
        )
        for n, e in enumerate(made)
    ]
    columns = (
        "id institution_id assignment_id user_id submission_id attempt version score excused"
        " source actor_id at"
    )
    grades = (
        (
            *(new_id(), tenant, e.assignment_id, e.user_id, e.submission_id, 1, 2),
            *(e.score, False, e.source, teacher, e.graded_at),
        )
        for e in given
    )
    await copy(connection, "grade_events", columns, grades)
    await record(connection, given, actor=teacher)
