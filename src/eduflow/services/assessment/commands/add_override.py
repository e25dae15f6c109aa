"""Give a student or a section other dates, more time or more attempts."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.authoring_problems import (
    AssessmentOver,
    NoSuchSection,
    NoSuchStudent,
)
from eduflow.services.assessment.commands.override_rows import Terms, in_order, refuse_empty
from eduflow.services.assessment.form_views import Override
from eduflow.services.assessment.ids import AssessmentId, OverrideId, SectionId


class AddOverride(Command[Override], frozen=True, kw_only=True):
    """For one student, or one section."""

    assessment: AssessmentId
    user_id: UserId | None
    section_id: SectionId | None
    terms: Terms


class _Found(msgspec.Struct):
    state: str
    is_student: bool
    is_section: bool


_LOOK = (
    "SELECT a.state, EXISTS (SELECT FROM standing_seats AS s WHERE s.user_id = $2"
    " AND s.course_id = a.course_id AND s.role = 'student') AS is_student,"
    " EXISTS (SELECT FROM standing_seats AS s WHERE s.section_id = $3"
    " AND s.course_id = a.course_id) AS is_section FROM assessments AS a WHERE a.id = $1"
)
_INSERT = (
    "INSERT INTO delivery_overrides (id, institution_id, assessment_id, target_type, target_id,"
    " opens_at, closes_at, extra_minutes, extra_attempts, made_by)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE {allowed}"
)


async def add_override(command: AddOverride, work: UnitOfWork) -> Override:
    in_order(command.terms)
    found = await work.look_one(
        _LOOK, command.assessment, command.user_id, command.section_id, into=_Found
    )
    if found is None:
        raise NotFound(kind="assessment")
    if found.state == "archived":
        raise AssessmentOver
    if command.user_id is not None and not found.is_student:
        raise NoSuchStudent(user_id=str(command.user_id))
    if command.section_id is not None and not found.is_section:
        raise NoSuchSection(section_id=str(command.section_id))
    await refuse_empty(work, command.terms, assessment=command.assessment, person=command.user_id)
    override = Override(
        id=OverrideId(new_id()),
        assessment_id=command.assessment,
        user_id=command.user_id,
        section_id=command.section_id,
        **msgspec.structs.asdict(command.terms),
        version=1,
    )
    target: UUID | None = command.section_id if command.user_id is None else command.user_id
    work.write(
        _INSERT,
        override.id,
        work.identity.institution,
        override.assessment_id,
        "section" if command.user_id is None else "student",
        target,
        override.opens_at,
        override.closes_at,
        override.extra_minutes,
        override.extra_attempts,
        work.identity.user,
    )
    return override
