"""One student in one course: what was said, put through the rules of the model."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.services.api_core.model.dates import Dates, Override, dates_of_person
from eduflow.services.api_core.model.grading import (
    Curve,
    Grade,
    Group,
    Scored,
    Step,
    course_grade,
    is_late,
    share_of,
    worth,
)

PRESENT = frozenset({"active", "completed"})


class _Curve(msgspec.Struct):
    early: list[tuple[int, int]]
    late: list[tuple[int, int]]


class _Assignment(msgspec.Struct):
    assignment_id: UUID
    group_id: UUID
    points: Decimal
    published: bool
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    curve: _Curve
    online: bool
    blind: bool
    by_hand: bool
    posted: bool

    @property
    def is_posted(self) -> bool:
        """Whether what was given is the student's to see, and so counts."""
        return self.posted or not self.by_hand


class _Override(msgspec.Struct):
    assignment_id: UUID
    user_id: UUID | None
    section_id: UUID | None
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    extra_minutes: int


class Course(msgspec.Struct):
    """What a course's grades are computed by."""

    course_id: UUID
    groups: list[Group]
    assignments: list[_Assignment]
    overrides: list[_Override]


class _Seat(msgspec.Struct):
    section_id: UUID
    state: str


class _Derived(msgspec.Struct, frozen=True, kw_only=True):
    unlock_at: datetime | None = None
    due_at: datetime | None = None
    lock_at: datetime | None = None
    published: bool = False
    score: Decimal | None = None
    late: bool = False
    dropped: bool = False
    state: str = "none"
    missing_at: datetime | None = None
    posted: bool = True
    blind: bool = False


class _Cell(_Derived, frozen=True, kw_only=True):
    assignment_id: UUID
    attempt: int = 0
    submitted_at: datetime | None = None
    given_score: Decimal | None = None
    excused: bool = False
    source: str | None = None
    graded_attempt: int | None = None
    work_id: UUID | None = None
    graded_id: UUID | None = None
    graded_work_at: datetime | None = None
    given_out_of: Decimal | None = None
    graded_late: bool | None = None


class Student(msgspec.Struct):
    """What is known of a student in a course."""

    user_id: UUID
    course_id: UUID
    institution_id: UUID
    seats: list[_Seat]
    cells: list[_Cell]


def graded(student: Student, course: Course) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The cells that are not as they should be, as they should be; and the grade."""
    found = {cell.assignment_id: cell for cell in student.cells}
    sections = {seat.section_id for seat in student.seats if seat.state in PRESENT}
    computed: list[tuple[_Assignment, _Cell | None, _Derived]] = []
    for assignment in course.assignments:
        cell = found.get(assignment.assignment_id)
        overrides = _overrides(course, assignment, user=student.user_id, sections=sections)
        computed.append((assignment, cell, _derived(assignment, cell, overrides=list(overrides))))
    grade = _grade(course, computed)
    changed: list[dict[str, Any]] = []
    whose = {
        "user_id": student.user_id,
        "course_id": student.course_id,
        "institution_id": student.institution_id,
    }
    for assignment, cell, plain in computed:
        out = assignment.assignment_id in grade.dropped
        derived = msgspec.structs.replace(plain, dropped=out)
        values = msgspec.structs.asdict(derived)
        if cell is None or any(getattr(cell, name) != value for name, value in values.items()):
            changed.append({**whose, "assignment_id": assignment.assignment_id, **values})
    waiting = [d for _, _, d in computed if d.state in {"submitted", "resubmitted"}]
    told = {
        **whose,
        "active": any(seat.state in PRESENT for seat in student.seats),
        "percent": grade.percent,
        "letter": grade.letter,
        "groups": grade.groups,
        "to_grade": sum(d.published and not d.blind for d in waiting),
    }
    return changed, told


def _overrides(
    course: Course, assignment: _Assignment, *, user: UUID, sections: set[UUID]
) -> Iterator[Override]:
    for one in course.overrides:
        if one.assignment_id == assignment.assignment_id and (
            one.user_id == user or one.section_id in sections
        ):
            yield Override(
                personal=one.user_id is not None,
                unlock_at=one.unlock_at,
                due_at=one.due_at,
                lock_at=one.lock_at,
                extra_minutes=one.extra_minutes,
            )


def _derived(assignment: _Assignment, cell: _Cell | None, *, overrides: list[Override]) -> _Derived:
    everybody = Dates(assignment.unlock_at, assignment.due_at, assignment.lock_at)
    dates = dates_of_person(everybody, overrides)
    shown = {
        "published": assignment.published,
        "posted": assignment.is_posted,
        "blind": assignment.blind and not assignment.is_posted,
        **msgspec.structs.asdict(dates),
    }
    expected_by = dates.due_at if assignment.published and assignment.online else None
    if cell is None:
        return _Derived(**shown, missing_at=expected_by)
    is_graded = cell.given_score is not None
    work_at = cell.graded_work_at if is_graded else cell.submitted_at
    is_late_now = is_late(work_at, due_at=dates.due_at)
    state = _state(cell)
    return _Derived(
        **shown,
        score=_score(assignment, cell, handed_in=work_at, due_at=dates.due_at),
        late=is_late_now if cell.graded_late is None else cell.graded_late,
        state=state,
        missing_at=expected_by if state == "none" else None,
    )


def _score(
    assignment: _Assignment, cell: _Cell, *, handed_in: datetime | None, due_at: datetime | None
) -> Decimal | None:
    given = cell.given_score
    if given is None or cell.source == "override":
        return given
    if cell.given_out_of is not None:
        # What being late costs, a test has taken already.
        return share_of(assignment.points, score=given, out_of=cell.given_out_of)
    curve = Curve(
        early=tuple(Step(*step) for step in assignment.curve.early),
        late=tuple(Step(*step) for step in assignment.curve.late),
    )
    return worth(given, curve, handed_in=handed_in, due_at=due_at)


def _state(cell: _Cell) -> str:
    if cell.excused:
        return "excused"
    if cell.given_score is None:
        return "submitted" if cell.attempt else "none"
    # Whoever was graded with one team, or alone, may since have the work of another.
    is_seen = cell.work_id == cell.graded_id and cell.attempt <= (cell.graded_attempt or 0)
    return "graded" if is_seen or not cell.attempt else "resubmitted"


def _grade(course: Course, computed: list[tuple[_Assignment, _Cell | None, _Derived]]) -> Grade:
    scores = [
        Scored(assignment.assignment_id, assignment.group_id, assignment.points, derived.score)
        for assignment, _, derived in computed
        if assignment.published
        and derived.posted
        and derived.score is not None
        and derived.state != "excused"
    ]
    return course_grade(scores, {group.id: group for group in course.groups})
