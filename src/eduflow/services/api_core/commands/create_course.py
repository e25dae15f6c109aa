"""Put a course into the catalogue."""

from datetime import datetime
from uuid import UUID

from eduflow.contracts.api_core import CourseCreated, SectionAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.ids import CourseId


class CreateCourse(Command[CourseId], frozen=True, kw_only=True):
    """A course begins as a draft, with one section, so that people can be enrolled at once."""

    code: str
    title: str
    description: str
    tier: str | None
    term_id: UUID | None
    starts_on: datetime | None = None
    ends_on: datetime | None = None
    state: str


async def create_course(command: CreateCourse, work: UnitOfWork) -> CourseId:
    course = CourseId(new_id())
    section = new_id()
    institution = work.identity.institution
    work.write(
        "INSERT INTO courses (id, institution_id, code, title, description, tier, term_id, "
        " starts_on, ends_on, state, created_at)"
        " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE {allowed}",
        course,
        institution,
        command.code,
        command.title,
        command.description,
        command.tier,
        command.term_id,
        command.starts_on,
        command.ends_on,
        command.state,
        work.now,
    )
    work.write(
        "INSERT INTO course_sections (id, institution_id, course_id, name, is_default, created_at)"
        " SELECT $1, $2, $3, $4, true, $5 WHERE {allowed}",
        section,
        institution,
        course,
        command.code,
        work.now,
    )
    work.record(
        CourseCreated(
            institution_id=institution,
            course_id=course,
            code=command.code,
            title=command.title,
            state=command.state,
        )
    )
    work.record(SectionAdded(institution_id=institution, course_id=course, section_id=section))
    return course
