"""Change a course's entry, or move the course on: publish, conclude, open again, delete."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core import CourseChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import CourseId, TermId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.model.states import COURSE, refuse_illegal
from eduflow.services.api_core.problems import NoSuchCourse
from eduflow.services.api_core.views import Course, columns


class ChangeCourse(Command[Course], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    course: CourseId
    expected: int
    code: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    tier: str | UnsetType | None = UNSET
    term_id: TermId | UnsetType | None = UNSET
    starts_on: datetime | UnsetType | None = UNSET
    ends_on: datetime | UnsetType | None = UNSET
    state: str | UnsetType = UNSET


_LOOK = f"SELECT {columns(Course, 'c')} FROM courses AS c WHERE c.id = $1 AND c.state <> 'deleted'"
_UPDATE = (
    "UPDATE courses SET code = $3, title = $4, description = $5, tier = $6, term_id = $7,"
    " starts_on = $8, ends_on = $9, state = $10, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_course(command: ChangeCourse, work: UnitOfWork) -> Course:
    course = await work.look_one(_LOOK, command.course, into=Course)
    if course is None:
        raise NoSuchCourse
    refuse_unseen(command.expected, course.version)
    changed = revised(course, command)
    if changed is course:
        return course
    refuse_illegal(course.state, changed.state, by=COURSE)
    work.write(
        _UPDATE,
        course.id,
        course.version,
        changed.code,
        changed.title,
        changed.description,
        changed.tier,
        changed.term_id,
        changed.starts_on,
        changed.ends_on,
        changed.state,
    )
    work.record(
        CourseChanged(
            institution_id=work.identity.institution,
            course_id=course.id,
            code=changed.code,
            title=changed.title,
            state=changed.state,
        )
    )
    return changed
