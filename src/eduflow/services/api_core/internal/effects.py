"""What a regrade would do to course grades, for the service that thinks of it."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.auth.middleware import for_services
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.web import Input, View
from eduflow.services.api_core.ids import AssessmentId, CourseId
from eduflow.services.api_core.model.effects import percent_with
from eduflow.services.api_core.model.grading import Group, Scored, course_grade, share_of
from eduflow.services.api_core.queries.gradebook_effects import (
    CourseOfTest,
    StudentOfCourse,
    course_of_test,
    students_of_course,
)

MOST = 5_000
_AT_ONCE = 25
"""Students between two breaths: others are waiting for this thread."""
Number = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]


class NewResult(Input, kw_only=True):
    """What would count for a student, over all their attempts, out of so many points."""

    user_id: UserId
    counts: Number
    counts_points: Number


class Regrade(Input, kw_only=True):
    """Results that a regrade would release."""

    institution_id: InstitutionId
    course_id: CourseId
    assessment_id: AssessmentId
    results: Annotated[list[NewResult], msgspec.Meta(max_length=MOST)]


class Effect(View, kw_only=True):
    """The grade of the course in per cent, null while nothing in it is graded."""

    user_id: UserId
    before_percent: float | None
    after_percent: float | None


class Effects(View, kw_only=True):
    """Of those named who are in the gradebook; none where the test has no column in it."""

    items: list[Effect]
    as_of: datetime | None


@post("/gradebook/effects", status_code=HTTP_200_OK, opt=for_services)
async def effects(data: JSONBody[Regrade], replica: NamedDependency[ReadSession]) -> Effects:
    """What the course grades would be: by the gradebook's own rules, with nothing changed.

    Where a person has overridden the grade, or excused from it, the test's result moves nothing.
    """
    replica.serve(as_system(data.institution_id))
    course = await course_of_test(replica, data.course_id, assessment=data.assessment_id)
    if course.column is None:
        return Effects(items=[], as_of=replica.freshness.as_of)
    results = {result.user_id: result for result in data.results}
    students, as_of = await students_of_course(
        replica, data.course_id, column=course.column, users=list(results)
    )
    rules = _Rules(course)
    items = []
    for number, student in enumerate(students):
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
        items.append(rules.effect(student, results[student.user_id]))
    return Effects(items=items, as_of=as_of)


class _Rules:
    """The course, ready to be asked for each student."""

    def __init__(self, course: CourseOfTest) -> None:
        self._column = course.column
        self._assignments = {a.id: a for a in course.assignments}
        self._groups = {g.id: Group(g.id, g.weight, g.drop_lowest) for g in course.groups}

    def effect(self, student: StudentOfCourse, result: NewResult) -> Effect:
        scores = [
            Scored(a.id, a.group_id, a.points, score)
            for assignment, score in student.scores
            if (a := self._assignments.get(assignment)) is not None
        ]
        before = after = course_grade(scores, self._groups).percent
        column = self._assignments.get(self._column) if self._column else None
        if column is not None and column.counts and not student.stands:
            score = share_of(
                column.points,
                score=Decimal(repr(result.counts)),
                out_of=Decimal(repr(result.counts_points)),
            )
            instead = Scored(column.id, column.group_id, column.points, score)
            after = percent_with(scores, self._groups, instead=instead)
        return Effect(
            user_id=student.user_id,
            before_percent=None if before is None else float(before),
            after_percent=None if after is None else float(after),
        )
