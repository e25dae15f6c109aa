"""Find a course by what people call it, for the operator; and whoever acts there."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.gradebook_file.columns import CLOSED, KnownAssignment
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.sis.outcome import uuids


class FoundCourse(msgspec.Struct):
    """One that goes by the name."""

    id: CourseId
    code: str
    title: str


class Whereabouts(msgspec.Struct):
    """Codes are not unique, so there may be several courses."""

    courses: list[FoundCourse]
    person: UserId | None


class FindCourse(Command[Whereabouts], frozen=True, kw_only=True):
    """By code, SIS id or id; and an active person by e-mail. It writes nothing."""

    name: str
    email: str | None


class GradebookHead(msgspec.Struct):
    """What may be graded in a course, and whether the one who asks may."""

    may: bool
    assignments: list[KnownAssignment]


class LookAtGradebook(Command[GradebookHead], frozen=True, kw_only=True):
    """In the name of whoever grades. It writes nothing."""

    course: CourseId


_FIND = """
    SELECT coalesce((SELECT json_agg(c) FROM (SELECT id, code, title FROM courses
            WHERE institution_id = $1 AND state <> 'deleted'
              AND (code = $2 OR sis_id = $2 OR id = ANY($3::uuid[])) ORDER BY id LIMIT 20) AS c),
            '[]') AS courses,
        (SELECT id FROM users WHERE institution_id = $1 AND email = lower($4::text)
            AND state = 'active') AS person
"""
_HEAD = f"""
    SELECT holds_in('grade:write', $1) AS may, coalesce((SELECT json_agg(a) FROM
        (SELECT id, title, points, {CLOSED} FROM assignments WHERE course_id = $1
         ORDER BY position, id) AS a), '[]') AS assignments
"""


async def find_course(command: FindCourse, work: UnitOfWork) -> Whereabouts:
    ids: list[UUID] = uuids([command.name])
    (found,) = await work.look(
        _FIND, work.identity.institution, command.name, ids, command.email, into=Whereabouts
    )
    return found


async def look_at_gradebook(command: LookAtGradebook, work: UnitOfWork) -> GradebookHead:
    (found,) = await work.look(_HEAD, command.course, into=GradebookHead)
    return found
