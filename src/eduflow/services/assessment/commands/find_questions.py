"""Find banks and tests by what people call them, for the operator."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.ids import AssessmentId, BankId, CourseId, FormId

_MOST = 500


class FoundBank(msgspec.Struct):
    """One that goes by the name, or is of the course."""

    id: BankId
    name: str
    course_id: CourseId | None


class FoundTest(msgspec.Struct):
    """One that goes by the title, with its present form."""

    id: AssessmentId
    title: str
    form: FormId | None


class Found(msgspec.Struct):
    """Names are not unique, so there may be several of each."""

    banks: list[FoundBank]
    tests: list[FoundTest]


class FindQuestions(Command[Found], frozen=True, kw_only=True):
    """By name or id, of a course or of any. Without a name all banks of the course.

    It writes nothing.
    """

    bank: str | None
    course: CourseId | None
    title: str | None


_FIND = f"""
    SELECT coalesce((SELECT json_agg(b) FROM (SELECT id, name, course_id FROM item_banks
            WHERE institution_id = $1 AND state = 'active'
              AND ($2::uuid IS NULL OR course_id = $2)
              AND ($3::text IS NULL OR name = $3 OR id = $4::uuid)
              AND ($2::uuid IS NOT NULL OR $3::text IS NOT NULL)
            ORDER BY id LIMIT {_MOST}) AS b), '[]') AS banks,
        coalesce((SELECT json_agg(a) FROM (SELECT a.id, a.title, f.id AS form FROM assessments AS a
            LEFT JOIN assessment_versions AS f ON f.assessment_id = a.id
              AND f.number = a.current_number
            WHERE a.institution_id = $1 AND a.course_id = $2 AND a.state <> 'archived'
              AND (a.title = $5 OR a.id = $6::uuid) ORDER BY a.id LIMIT {_MOST}) AS a), '[]')
            AS tests
"""


async def find_questions(command: FindQuestions, work: UnitOfWork) -> Found:
    (found,) = await work.look(
        _FIND,
        work.identity.institution,
        command.course,
        command.bank,
        _id(command.bank),
        command.title,
        _id(command.title),
        into=Found,
    )
    return found


def _id(name: str | None) -> UUID | None:
    """What is called so, where that could be an id."""
    try:
        return UUID(name or "")
    except ValueError:
        return None
