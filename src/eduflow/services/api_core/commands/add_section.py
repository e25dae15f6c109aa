"""Divide a course's people."""

from datetime import datetime

from eduflow.contracts.api_core import SectionAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.ids import CourseId, SectionId
from eduflow.services.api_core.views import Section


class AddSection(Command[Section], frozen=True, kw_only=True):
    """One more section, beside the one every course begins with."""

    course: CourseId
    name: str
    sis_id: str | None
    starts_on: datetime | None
    ends_on: datetime | None


_INSERT = (
    "INSERT INTO course_sections (id, institution_id, course_id, name, sis_id, starts_on,"
    " ends_on, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)


async def add_section(command: AddSection, work: UnitOfWork) -> Section:
    section = Section(
        id=SectionId(new_id()),
        name=command.name,
        sis_id=command.sis_id,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        is_default=False,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        section.id,
        institution,
        command.course,
        section.name,
        section.sis_id,
        section.starts_on,
        section.ends_on,
        work.now,
    )
    work.record(
        SectionAdded(institution_id=institution, course_id=command.course, section_id=section.id)
    )
    return section
