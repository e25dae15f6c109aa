"""Take the sections that an SIS sends."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import SectionAdded, SectionChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.commands.withdraw_seats import withdraw_seats
from eduflow.services.api_core.sis.outcome import (
    Imported,
    Named,
    Rehearsal,
    column,
    decide,
    uuids,
)
from eduflow.services.api_core.sis.rows import SectionRow, ends_before_it_starts, merged


class ImportSections(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write. A section stays in its course; seats go with it."""

    rows: list[SectionRow]
    rehearsal: Rehearsal | None


class _Section(Named, kw_only=True):
    course_id: UUID
    name: str = ""
    state: str = "active"
    starts_on: datetime | None = None
    ends_on: datetime | None = None
    version: int = 1


class _Course(Named):
    state: str


class _Seen(msgspec.Struct):
    sections: list[_Section]
    courses: list[_Course]


_LOOK = (
    "SELECT coalesce((SELECT json_agg(s) FROM (SELECT id, coalesce(sis_id, id::text) AS"
    " name_in_sis, course_id, name,"
    " state, starts_on, ends_on, version FROM course_sections WHERE institution_id = $1 AND NOT"
    " is_default"
    " AND (sis_id = ANY($2::text[]) OR (sis_id IS NULL AND id = ANY($3::uuid[])))) AS s), '[]')"
    " AS sections,"
    " coalesce((SELECT json_agg(c) FROM (SELECT id, coalesce(sis_id, id::text) AS name_in_sis,"
    " state FROM courses"
    " WHERE institution_id = $1 AND (sis_id = ANY($4::text[]) OR (sis_id IS NULL AND id ="
    " ANY($5::uuid[])))"
    ") AS c), '[]') AS courses"
)
_FIELDS = ("name", "state", "starts_on", "ends_on")
_CHANGE = (
    "UPDATE course_sections AS s SET name = r.name, state = r.state, starts_on = r.starts_on,"
    " ends_on = r.ends_on,"
    " version = s.version + 1 FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[],"
    " $5::timestamptz[], $6::timestamptz[]) AS r(id, version, name, state, starts_on, ends_on)"
    " WHERE s.id = r.id AND s.version = r.version AND {allowed}"
)
_ADD = (
    "INSERT INTO course_sections (id, institution_id, created_at, sis_id, course_id, name, state,"
    " starts_on, ends_on)"
    " SELECT r.id, $1, $2, r.sis_id, r.course_id, r.name, r.state, r.starts_on, r.ends_on"
    " FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[],"
    " $9::timestamptz[])"
    " AS r(id, sis_id, course_id, name, state, starts_on, ends_on) WHERE {allowed} ON CONFLICT DO"
    " NOTHING"
)


async def import_sections(command: ImportSections, work: UnitOfWork) -> Imported:
    institution = work.identity.institution
    names = [row.sis_id for row in command.rows]
    of = list({row.course for row in command.rows})
    (seen,) = await work.look(_LOOK, institution, names, uuids(names), of, uuids(of), into=_Seen)
    now = {section.name_in_sis: section for section in seen.sections}
    courses = {course.name_in_sis: course for course in seen.courses}
    rehearsed = command.rehearsal.of("sections") if command.rehearsal else {}
    if command.rehearsal:
        now |= rehearsed
        courses |= command.rehearsal.of("courses")
    decision = decide(
        command.rows,
        now,
        after=lambda row, known: _after(row, known, courses.get(row.course)),
        rehearsed=rehearsed,
    )
    if not command.rehearsal:
        await _write(work, new=decision.new, changed=decision.changed)
    return decision.outcome


async def _write(work: UnitOfWork, *, new: list[_Section], changed: list[_Section]) -> None:
    institution = work.identity.institution
    if changed:
        columns = (column(changed, c) for c in ("id", "version", *_FIELDS))
        work.write(_CHANGE, *columns, changes=len(changed))
    if new:
        columns = (column(new, c) for c in ("id", "name_in_sis", "course_id", *_FIELDS))
        work.write(_ADD, institution, work.now, *columns, changes=len(new))
    for section in new:
        work.record(
            SectionAdded(
                institution_id=institution, course_id=section.course_id, section_id=section.id
            )
        )
    for section in changed:
        work.record(
            SectionChanged(
                institution_id=institution,
                course_id=section.course_id,
                section_id=section.id,
                state=section.state,
            )
        )
    await withdraw_seats(work, sections=[s.id for s in changed if s.state == "deleted"])


def _after(row: SectionRow, known: _Section | None, course: _Course | None) -> _Section | str:
    """The section as it is to be, or the reason against it."""
    if known is not None and row.state == "deleted":
        return msgspec.structs.replace(known, state="deleted")
    if course is None or course.state == "deleted":
        return f"there is no course {row.course!r}"
    before = known or _Section(new_id(), row.sis_id, course_id=course.id)
    if before.course_id != course.id:
        return f"section {row.sis_id!r} belongs to another course, and cannot move"
    wanted = _Section(
        before.id,
        before.name_in_sis,
        course_id=course.id,
        name=row.name,
        state=row.state,
        starts_on=merged(row.starts_on, before.starts_on),
        ends_on=merged(row.ends_on, before.ends_on),
        version=before.version,
    )
    if ends_before_it_starts(wanted.starts_on, wanted.ends_on):
        return "the section ends before it starts"
    return wanted
