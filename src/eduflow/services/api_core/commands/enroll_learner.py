"""Give somebody a seat in a course."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import LearnerEnrolled
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.ids import CourseId, EnrollmentId, SectionId
from eduflow.services.api_core.problems import CourseConcluded, NoSuchSection


class EnrollLearner(Command[EnrollmentId], frozen=True, kw_only=True):
    """A seat in a section; without one named, in the course's first."""

    course: CourseId
    user: UserId
    role: str
    section: SectionId | None


class _Seat(msgspec.Struct):
    state: str
    section_id: UUID | None


_LOOK = (
    "SELECT c.state, s.id AS section_id FROM courses AS c LEFT JOIN course_sections AS s"
    " ON s.course_id = c.id AND s.state = 'active' AND (s.id = $2 OR ($2 IS NULL AND s.is_default))"
    " WHERE c.id = $1"
)


async def enroll_learner(command: EnrollLearner, work: UnitOfWork) -> EnrollmentId:
    seat = await work.look_one(_LOOK, command.course, command.section, into=_Seat)
    if seat is None or seat.section_id is None:
        raise NoSuchSection(section_id=command.section)
    if seat.state == "concluded":
        raise CourseConcluded(course_id=command.course)
    enrollment = EnrollmentId(new_id())
    institution = work.identity.institution
    work.write(
        "INSERT INTO enrollments (id, institution_id, course_id, section_id, user_id, role,"
        " created_at)"
        " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}",
        enrollment,
        institution,
        command.course,
        seat.section_id,
        command.user,
        command.role,
        work.now,
    )
    work.record(
        LearnerEnrolled(
            institution_id=institution,
            enrollment_id=enrollment,
            course_id=command.course,
            section_id=seat.section_id,
            user_id=command.user,
            role=command.role,
            state="active",
            since=work.now,
        )
    )
    return enrollment
