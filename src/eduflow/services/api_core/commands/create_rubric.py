"""Write a rubric for a course."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Forbidden
from eduflow.services.api_core.commands.rubric_rows import NewCriterion, write_version
from eduflow.services.api_core.grading_views import Rubric
from eduflow.services.api_core.ids import CourseId, RubricId
from eduflow.services.api_core.problems import NoSuchCourse


class CreateRubric(Command[Rubric], frozen=True, kw_only=True):
    """With its first version. The course comes in the body, so the command asks who may."""

    course: CourseId
    title: str
    criteria: tuple[NewCriterion, ...]


class _Course(msgspec.Struct):
    may: bool


_LOOK = (
    "SELECT holds_in('rubric:write', c.id) AS may FROM courses AS c"
    " WHERE c.id = $1 AND c.state <> 'deleted'"
)
_INSERT = (
    "INSERT INTO rubrics (id, institution_id, course_id, title, created_at)"
    " SELECT $1, $2, $3::uuid, $4, $5 WHERE {allowed} AND holds_in('rubric:write', $3::uuid)"
)


async def create_rubric(command: CreateRubric, work: UnitOfWork) -> Rubric:
    course = await work.look_one(_LOOK, command.course, into=_Course)
    if course is None:
        raise NoSuchCourse
    if not course.may:
        raise Forbidden(permission="rubric:write")
    rubric = RubricId(new_id())
    institution = work.identity.institution
    work.write(_INSERT, rubric, institution, command.course, command.title, work.now)
    first = write_version(work, command.criteria, course=command.course, rubric=rubric, number=1)
    return Rubric(
        id=rubric, course_id=command.course, title=command.title, version=1, versions=[first]
    )
