"""Change a lesson: its title, its text, its place, the content it pins."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core import LessonChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.commands.outline import next_version
from eduflow.services.api_core.ids import LessonId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.views import Lesson, columns


class ChangeLesson(Command[Lesson], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    lesson: LessonId
    expected: int
    title: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    content_item_id: UUID | UnsetType | None = UNSET
    content_version: int | UnsetType | None = UNSET


_LOOK = f"SELECT {columns(Lesson, 'l')} FROM lessons AS l WHERE l.id = $1"
_UPDATE = (
    "UPDATE lessons SET title = $3, body = $4, position = $5, content_item_id = $6,"
    " content_version = $7, version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_lesson(command: ChangeLesson, work: UnitOfWork) -> Lesson:
    lesson = await work.look_one(_LOOK, command.lesson, into=Lesson)
    if lesson is None:
        raise NotFound(kind="lesson")
    refuse_unseen(command.expected, lesson.version)
    changed = revised(lesson, command)
    if changed is lesson:
        return lesson
    work.write(
        _UPDATE,
        lesson.id,
        lesson.version,
        changed.title,
        changed.body,
        changed.position,
        changed.content_item_id,
        changed.content_version,
    )
    next_version(work, lesson.course_id)
    work.record(
        LessonChanged(
            institution_id=work.identity.institution,
            course_id=lesson.course_id,
            module_id=lesson.module_id,
            lesson_id=lesson.id,
            position=changed.position,
        )
    )
    return changed
