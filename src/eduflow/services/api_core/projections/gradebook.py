"""The gradebook: a fold of what was set, handed in and given, by the rules of `model.grading`.

What was said is kept by the number of the event that said it last, so events of different things
may arrive in any order; then the cells and grades that it touches are computed anew from it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.projections import Fold, ReadModel, Run, Tables
from eduflow.services.api_core.projections.gradebook_facts import (
    ASSIGNMENTS,
    CELLS,
    COURSES,
    GRADED,
    GRADES,
    GROUPS,
    HIDDEN,
    JOINED,
    LEFT,
    OVERRIDES,
    POSTED,
    SEAT_STATES,
    SEATS,
    STUDENTS,
    SUBMITTED,
)
from eduflow.services.api_core.projections.gradebook_rules import (
    Course,
    Student,
    graded,
)


class _Touched(msgspec.Struct):
    course_id: UUID
    user_id: UUID | None = None
    members: tuple[UUID, ...] = ()

    @property
    def students(self) -> tuple[UUID, ...]:
        """Whose cells it is about."""
        return self.members or (() if self.user_id is None else (self.user_id,))


def _folding(facts: str, *, everybody: bool = False) -> Fold:
    """Keep the facts, then compute: for the students named, or for all of the course."""

    async def fold(run: Run, tables: Tables) -> None:
        await tables.execute(facts, run.json)
        touched = [msgspec.json.decode(e["payload"], type=_Touched) for e in run.events]
        if everybody:
            courses = sorted({t.course_id for t in touched})
            await _compute(tables, courses, students=[])
        else:
            named = {(user, t.course_id) for t in touched for user in t.students}
            await _compute(tables, [], students=sorted(named))

    return fold


async def _compute(
    tables: Tables, courses: Sequence[UUID], *, students: Sequence[tuple[UUID, UUID]]
) -> None:
    users, theirs = [user for user, _ in students], [course for _, course in students]
    found = await tables.rows(STUDENTS, courses, users, theirs, into=Student)
    if not found:
        return
    concerned = sorted({student.course_id for student in found})
    rules = {
        course.course_id: course for course in await tables.rows(COURSES, concerned, into=Course)
    }
    cells: list[dict[str, Any]] = []
    grades: list[dict[str, Any]] = []
    for student in found:
        changed, grade = graded(student, rules[student.course_id])
        cells.extend(changed)
        grades.append(grade)
    encode = msgspec.json.Encoder(decimal_format="number").encode
    if cells:
        await tables.execute(CELLS, encode(cells).decode())
    await tables.execute(GRADES, encode(grades).decode())


gradebook = ReadModel(
    name="gradebook",
    tables=(
        "gradebook_groups",
        "gradebook_assignments",
        "gradebook_overrides",
        "gradebook_postings",
        "gradebook_seats",
        "gradebook_cells",
        "course_grades",
    ),
    source="api_core",
    folds={
        "api_core.assignment_group_added": _folding(GROUPS, everybody=True),
        "api_core.assignment_group_changed": _folding(GROUPS, everybody=True),
        "api_core.assignment_added": _folding(ASSIGNMENTS, everybody=True),
        "api_core.assignment_changed": _folding(ASSIGNMENTS, everybody=True),
        "api_core.grades_posted": _folding(POSTED, everybody=True),
        "api_core.grades_hidden": _folding(HIDDEN, everybody=True),
        "api_core.dates_overridden": _folding(OVERRIDES, everybody=True),
        "api_core.learner_enrolled": _folding(SEATS),
        "api_core.enrollment_changed": _folding(SEAT_STATES),
        "api_core.submission_made": _folding(SUBMITTED),
        "api_core.team_joined": _folding(JOINED),
        "api_core.team_left": _folding(LEFT),
        "api_core.grade_given": _folding(GRADED),
    },
)
