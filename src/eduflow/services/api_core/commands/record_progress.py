"""Say that the caller viewed, completed or reopened a lesson."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import LessonProgressed
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import CourseId, LessonId
from eduflow.services.api_core.problems import CourseConcluded, ModuleLocked


class RecordProgress(Command[UUID], frozen=True, kw_only=True):
    """Kept for ever; what it amounts to is a fold of all of them."""

    lesson: LessonId
    kind: str


class _Lesson(msgspec.Struct):
    course_id: CourseId
    course_state: str
    unlock_at: datetime | None


_LOOK = (
    "SELECT l.course_id, c.state AS course_state, m.unlock_at FROM lessons AS l"
    " JOIN course_modules AS m ON m.id = l.module_id JOIN courses AS c ON c.id = l.course_id"
    " WHERE l.id = $1"
)
_INSERT = (
    "INSERT INTO lesson_progress_events (id, institution_id, course_id, lesson_id, user_id,"
    " kind, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def record_progress(command: RecordProgress, work: UnitOfWork) -> UUID:
    lesson = await work.look_one(_LOOK, command.lesson, into=_Lesson)
    if lesson is None:
        raise NotFound(kind="lesson")
    if lesson.course_state == "concluded":
        raise CourseConcluded(course_id=lesson.course_id)
    if lesson.unlock_at is not None and lesson.unlock_at > work.now:
        raise ModuleLocked(unlock_at=lesson.unlock_at)
    progress = new_id()
    who = work.identity
    work.write(
        _INSERT,
        progress,
        who.institution,
        lesson.course_id,
        command.lesson,
        who.user,
        command.kind,
        work.now,
    )
    work.record(
        LessonProgressed(
            institution_id=who.institution,
            user_id=who.user,
            course_id=lesson.course_id,
            lesson_id=command.lesson,
            kind=command.kind,
            occurred_at=work.now,
        )
    )
    return progress
