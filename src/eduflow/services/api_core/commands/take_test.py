"""Give a test its column in the gradebook, and keep the column as the test is."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from eduflow.contracts.api_core_grading import (
    AssignmentAdded,
    AssignmentChanged,
    AssignmentGroupAdded,
    GradesHidden,
    GradesPosted,
)
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.commands.assignment_rows import (
    INSERT,
    UPDATE_WITH_POSTED,
    told,
    values,
)
from eduflow.services.api_core.grading_views import Assignment
from eduflow.services.api_core.ids import AssessmentId, AssignmentId, CourseId, GroupId

GRADED = frozenset({"quiz", "exam"})
"""Kinds of tests that grades come from. What is there to practise, or to ask, gives none."""
_GROUP_NAME = "Tests"


class TakeTest(Command[str], frozen=True, kw_only=True):
    """A test as it now is. `seq` is the number of the event that says so; an older one is nothing.

    A new column stands last in the first group of the course, as long as no teacher moves it.
    """

    assessment: AssessmentId
    course: CourseId
    seq: int
    kind: str
    title: str
    points: Decimal
    opens_at: datetime | None
    closes_at: datetime | None
    points_shown: bool
    """Whether students see what they got; where they do not yet, the column is posted when they do.
    Between two such changes it is the teacher's to post and to hide."""
    at: datetime


class WithdrawTest(Command[str], frozen=True, kw_only=True):
    """Nobody sits it any more. Its column stays where there are results, and is due no more."""

    assessment: AssessmentId
    course: CourseId
    seq: int
    at: datetime


class _Known(msgspec.Struct):
    kind: str | None
    archived: bool
    points_shown: bool
    seq: int


class _Column(Assignment, kw_only=True):
    handed_in: bool


class _Place(msgspec.Struct):
    group_id: GroupId | None
    following: int


class _Seen(msgspec.Struct):
    known: _Known | None
    place: _Place


_LOOK = (
    "SELECT (SELECT row_to_json(t) FROM course_tests AS t WHERE t.institution_id = $1"
    " AND t.assessment_id = $2) AS known, json_build_object('group_id', (SELECT g.id"
    " FROM assignment_groups AS g WHERE g.institution_id = $1 AND g.course_id = $3"
    " ORDER BY g.position, g.id LIMIT 1), 'following', (SELECT coalesce(max(a.position), 0) + 1"
    " FROM assignments AS a WHERE a.institution_id = $1 AND a.course_id = $3)) AS place"
)
_LOOK_AT_COLUMN = (
    "SELECT a.*, NULL AS credit, EXISTS (SELECT FROM submissions AS s"
    " WHERE s.assignment_id = a.id) AS handed_in FROM assignments AS a"
    " WHERE a.institution_id = $1 AND a.assessment_id = $2"
)
# Whoever heard of it in the meantime decides first.
_HEARD = (
    "INSERT INTO course_tests AS t (institution_id, assessment_id, course_id, kind, archived,"
    " points_shown, seq) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
    " ON CONFLICT (institution_id, assessment_id) DO UPDATE SET kind = excluded.kind,"
    " archived = excluded.archived, points_shown = excluded.points_shown, seq = excluded.seq"
    " WHERE t.seq = $8"
)
_GROUP = (
    "INSERT INTO assignment_groups (id, institution_id, course_id, name, weight, drop_lowest,"
    " position, created_at) SELECT $1, $2, $3, $4, 0, 0, 1, $5 WHERE {allowed}"
)


async def take_test(command: TakeTest, work: UnitOfWork) -> str:
    institution = work.identity.institution
    place = (institution, command.assessment, command.course)
    (seen,) = await work.look(_LOOK, *place, into=_Seen)
    known = seen.known
    came_late = known is not None and known.seq >= command.seq
    if known is not None and came_late and known.kind is not None:
        return "older"
    archived = known is not None and came_late and known.archived
    _write_heard(
        work,
        place,
        known,
        kind=command.kind,
        archived=archived,
        points_shown=command.points_shown,
        seq=command.seq,
    )
    column = await work.look_one(_LOOK_AT_COLUMN, *place[:2], into=_Column)
    if command.kind not in GRADED:
        return "no grades" if column is None else _withdrawn(work, column, at=command.at)
    says: dict[str, Any] = {
        "title": command.title,
        "points": float(round(command.points, 4)),
        "unlock_at": command.opens_at,
        "due_at": None if archived else command.closes_at,
        "state": "published",
    }
    if column is not None:
        was_shown = known is None or known.points_shown
        if was_shown == command.points_shown:
            return _write_change(work, column, **says)
        return _write_change(work, column, **says, **_posting(column, command, work.now))
    group = seen.place.group_id or _add_group(work, command.course)
    assignment = Assignment(
        id=AssignmentId(new_id()),
        course_id=command.course,
        group_id=group,
        instructions="",
        submission_types=["test"],
        max_attempts=None,
        anonymous=False,
        lock_at=None,
        rubric_version_id=None,
        credit=None,
        position=seen.place.following,
        posting="automatic" if command.points_shown else "manual",
        posted_at=None,
        version=1,
        assessment_id=command.assessment,
        **says,
    )
    row = (assignment.id, institution, command.course, work.now, *values(assignment))
    work.write(INSERT, *row, command.assessment)
    work.record(AssignmentAdded(**told(assignment, institution)))
    return "added"


async def withdraw_test(command: WithdrawTest, work: UnitOfWork) -> str:
    place = (work.identity.institution, command.assessment, command.course)
    (seen,) = await work.look(_LOOK, *place, into=_Seen)
    known = seen.known
    if known is not None and known.seq >= command.seq:
        return "older"
    kind = None if known is None else known.kind
    _write_heard(
        work,
        place,
        known,
        kind=kind,
        archived=True,
        points_shown=known is None or known.points_shown,
        seq=command.seq,
    )
    column = await work.look_one(_LOOK_AT_COLUMN, *place[:2], into=_Column)
    return "no column" if column is None else _withdrawn(work, column, at=command.at)


def _write_heard(
    work: UnitOfWork,
    place: tuple[Any, ...],
    known: _Known | None,
    *,
    kind: str | None,
    archived: bool,
    points_shown: bool,
    seq: int,
) -> None:
    before = -1 if known is None else known.seq
    work.write(_HEARD, *place, kind, archived, points_shown, max(seq, before), before)


def _posting(column: _Column, command: TakeTest, now: datetime) -> dict[str, Any]:
    """What becomes of the posting when students begin to see their points, or no longer do."""
    if not command.points_shown:
        return {"posting": "manual", "posted_at": None}
    if column.posting == "manual" and column.posted_at is None:
        return {"posted_at": now}
    return {}


def _withdrawn(work: UnitOfWork, column: _Column, *, at: datetime) -> str:
    if not column.handed_in:
        return _write_change(work, column, state="draft")
    is_over = column.due_at is not None and column.due_at <= at
    return _write_change(work, column, due_at=column.due_at if is_over else None)


def _write_change(work: UnitOfWork, column: _Column, **says: Any) -> str:
    assignment = Assignment(**{n: getattr(column, n) for n in Assignment.__struct_fields__})
    changed = msgspec.structs.replace(assignment, **says)
    if changed == assignment:
        return "same"
    row = (assignment.id, assignment.version, *values(changed))
    work.write(UPDATE_WITH_POSTED, *row, changed.posted_at)
    institution = work.identity.institution
    work.record(AssignmentChanged(**told(changed, institution)))
    about = {"assignment_id": assignment.id, "course_id": assignment.course_id}
    if changed.posted_at is not None and assignment.posted_at is None:
        posted = GradesPosted(institution_id=institution, posted_at=changed.posted_at, **about)
        work.record(posted)
    if changed.posted_at is None and assignment.posted_at is not None:
        work.record(GradesHidden(institution_id=institution, **about))
    return "changed"


def _add_group(work: UnitOfWork, course: CourseId) -> GroupId:
    group = GroupId(new_id())
    institution = work.identity.institution
    work.write(_GROUP, group, institution, course, _GROUP_NAME, work.now)
    work.record(
        AssignmentGroupAdded(
            institution_id=institution,
            group_id=group,
            course_id=course,
            weight=Decimal(0),
            drop_lowest=0,
        )
    )
    return group
