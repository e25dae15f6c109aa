"""Add a lesson to a module."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import LessonAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.outline import next_version
from eduflow.services.api_core.ids import CourseId, LessonId, ModuleId
from eduflow.services.api_core.views import Lesson


class AddLesson(Command[Lesson], frozen=True, kw_only=True):
    """One more lesson for everybody to complete. Without a position it comes last."""

    module: ModuleId
    title: str
    body: str
    position: int | None
    content_item_id: UUID | None
    content_version: int | None


class _Place(msgspec.Struct):
    course_id: CourseId
    following: int


_LOOK = (
    "SELECT m.course_id, (SELECT coalesce(max(l.position), 0) + 1 FROM lessons AS l"
    " WHERE l.module_id = m.id) AS following FROM course_modules AS m WHERE m.id = $1"
)
_INSERT = (
    "INSERT INTO lessons (id, institution_id, course_id, module_id, title, body, position,"
    " content_item_id, content_version, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE {allowed}"
)


async def add_lesson(command: AddLesson, work: UnitOfWork) -> Lesson:
    place = await work.look_one(_LOOK, command.module, into=_Place)
    if place is None:
        raise NotFound(kind="module")
    lesson = Lesson(
        id=LessonId(new_id()),
        course_id=place.course_id,
        module_id=command.module,
        title=command.title,
        body=command.body,
        position=command.position or place.following,
        content_item_id=command.content_item_id,
        content_version=command.content_version,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        lesson.id,
        institution,
        lesson.course_id,
        lesson.module_id,
        lesson.title,
        lesson.body,
        lesson.position,
        lesson.content_item_id,
        lesson.content_version,
        work.now,
    )
    next_version(work, lesson.course_id)
    work.record(
        LessonAdded(
            institution_id=institution,
            course_id=lesson.course_id,
            module_id=lesson.module_id,
            lesson_id=lesson.id,
            position=lesson.position,
        )
    )
    return lesson
