"""Write a rubric anew; what was marked by an older version keeps that one."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.rubric_rows import NewCriterion, write_version
from eduflow.services.api_core.grading_views import RubricVersionView
from eduflow.services.api_core.ids import CourseId, RubricId


class AddRubricVersion(Command[RubricVersionView], frozen=True, kw_only=True):
    """The next version, with all its criteria."""

    rubric: RubricId
    criteria: tuple[NewCriterion, ...]


class _Rubric(msgspec.Struct):
    course_id: CourseId
    version: int


_LOOK = "SELECT course_id, version FROM rubrics WHERE id = $1"
_NEXT = "UPDATE rubrics SET version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"


async def add_rubric_version(command: AddRubricVersion, work: UnitOfWork) -> RubricVersionView:
    rubric = await work.look_one(_LOOK, command.rubric, into=_Rubric)
    if rubric is None:
        raise NotFound(kind="rubric")
    work.write(_NEXT, command.rubric, rubric.version)
    return write_version(
        work,
        command.criteria,
        course=rubric.course_id,
        rubric=command.rubric,
        number=rubric.version + 1,
    )
