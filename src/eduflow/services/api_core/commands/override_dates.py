"""Give a student or a section other dates for an assignment."""

from datetime import datetime

import msgspec

from eduflow.contracts.api_core_grading import DatesOverridden
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.grading_views import DateOverride
from eduflow.services.api_core.ids import AssignmentId, CourseId, OverrideId, SectionId
from eduflow.services.api_core.problems import NoSuchSection, NoSuchStudent
from eduflow.services.api_core.test_problems import DecidedInTest


class OverrideDates(Command[DateOverride], frozen=True, kw_only=True):
    """For one student, or one section. `expected` is the version it replaces, 0 for a first one."""

    assignment: AssignmentId
    expected: int
    user_id: UserId | None
    section_id: SectionId | None
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    extra_minutes: int


class _Found(msgspec.Struct):
    course_id: CourseId
    is_test: bool
    is_student: bool
    is_section: bool
    id: OverrideId | None
    version: int


_LOOK = (
    "SELECT a.course_id, a.assessment_id IS NOT NULL AS is_test,"
    " EXISTS (SELECT FROM enrollments AS e WHERE e.course_id = a.course_id"
    " AND e.user_id = $2 AND e.role = 'student') AS is_student, EXISTS (SELECT FROM"
    " course_sections AS s WHERE s.course_id = a.course_id AND s.id = $3 AND s.state = 'active')"
    " AS is_section, o.id, coalesce(o.version, 0) AS version"
    " FROM assignments AS a LEFT JOIN assignment_overrides AS o ON o.assignment_id = a.id"
    " AND o.user_id IS NOT DISTINCT FROM $2 AND o.section_id IS NOT DISTINCT FROM $3"
    " WHERE a.id = $1"
)
_INSERT = (
    "INSERT INTO assignment_overrides (id, institution_id, course_id, assignment_id, user_id,"
    " section_id, unlock_at, due_at, lock_at, extra_minutes)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT assignment_overrides_once DO NOTHING"
)
_UPDATE = (
    "UPDATE assignment_overrides SET unlock_at = $3, due_at = $4, lock_at = $5,"
    " extra_minutes = $6, version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def override_dates(command: OverrideDates, work: UnitOfWork) -> DateOverride:
    found = await work.look_one(
        _LOOK, command.assignment, command.user_id, command.section_id, into=_Found
    )
    if found is None:
        raise NotFound(kind="assignment")
    if found.is_test:
        raise DecidedInTest(fields=["unlock_at", "due_at", "lock_at"])
    if command.user_id is not None and not found.is_student:
        raise NoSuchStudent(user_id=str(command.user_id))
    if command.section_id is not None and not found.is_section:
        raise NoSuchSection(section_id=str(command.section_id))
    refuse_unseen(command.expected, found.version)
    override = DateOverride(
        id=found.id or OverrideId(new_id()),
        assignment_id=command.assignment,
        user_id=command.user_id,
        section_id=command.section_id,
        unlock_at=command.unlock_at,
        due_at=command.due_at,
        lock_at=command.lock_at,
        extra_minutes=command.extra_minutes,
        version=found.version + 1,
    )
    institution = work.identity.institution
    dates = (override.unlock_at, override.due_at, override.lock_at, override.extra_minutes)
    if found.id is None:
        whose = (override.assignment_id, override.user_id, override.section_id)
        work.write(_INSERT, override.id, institution, found.course_id, *whose, *dates)
    else:
        work.write(_UPDATE, override.id, found.version, *dates)
    work.record(
        DatesOverridden(
            institution_id=institution,
            override_id=override.id,
            assignment_id=override.assignment_id,
            course_id=found.course_id,
            user_id=override.user_id,
            section_id=override.section_id,
            unlock_at=override.unlock_at,
            due_at=override.due_at,
            lock_at=override.lock_at,
            extra_minutes=override.extra_minutes,
        )
    )
    return override
