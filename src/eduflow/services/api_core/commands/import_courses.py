"""Take the courses that an SIS sends."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import CourseChanged, CourseCreated, SectionAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.sis.outcome import (
    Imported,
    Named,
    Rehearsal,
    column,
    decide,
    uuids,
)
from eduflow.services.api_core.sis.rows import CourseRow, ends_before_it_starts, merged


class ImportCourses(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write. A new course is a draft until it is published."""

    rows: list[CourseRow]
    rehearsal: Rehearsal | None


class _Course(Named, kw_only=True):
    code: str = ""
    title: str = ""
    state: str = "draft"
    account_id: UUID | None = None
    term_id: UUID | None = None
    starts_on: datetime | None = None
    ends_on: datetime | None = None
    version: int = 1


class _Place(Named):
    state: str


class _Seen(msgspec.Struct):
    courses: list[_Course]
    accounts: list[_Place]
    terms: list[_Place]


_NAMED = (
    "institution_id = $1"
    " AND (sis_id = ANY(${0}::text[]) OR (sis_id IS NULL AND id = ANY(${1}::uuid[])))"
)
_LOOK = (
    "SELECT coalesce((SELECT json_agg(c) FROM (SELECT id, coalesce(sis_id, id::text) AS"
    " name_in_sis, code, title,"
    " state, account_id, term_id, starts_on, ends_on, version FROM courses"
    f" WHERE {_NAMED.format(2, 3)}) AS c), '[]') AS courses,"
    " coalesce((SELECT json_agg(a) FROM (SELECT id, coalesce(sis_id, id::text) AS name_in_sis,"
    " state FROM accounts"
    f" WHERE {_NAMED.format(4, 5)}) AS a), '[]') AS accounts,"
    " coalesce((SELECT json_agg(t) FROM (SELECT id, coalesce(sis_id, id::text) AS name_in_sis,"
    " state FROM terms"
    f" WHERE {_NAMED.format(6, 7)}) AS t), '[]') AS terms"
)
_FIELDS = ("code", "title", "state", "account_id", "term_id", "starts_on", "ends_on")
_CHANGE = (
    "UPDATE courses AS c SET code = r.code, title = r.title, state = r.state, account_id ="
    " r.account_id,"
    " term_id = r.term_id, starts_on = r.starts_on, ends_on = r.ends_on, version = c.version + 1"
    " FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[],"
    " $7::uuid[],"
    " $8::timestamptz[], $9::timestamptz[])"
    " AS r(id, version, code, title, state, account_id, term_id, starts_on, ends_on)"
    " WHERE c.id = r.id AND c.version = r.version AND {allowed}"
)
_ADD = (
    "INSERT INTO courses (id, institution_id, created_at, sis_id, code, title, state, account_id,"
    " term_id,"
    " starts_on, ends_on) SELECT r.id, $1, $2, r.sis_id, r.code, r.title, r.state, r.account_id,"
    " r.term_id,"
    " r.starts_on, r.ends_on FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::uuid[],"
    " $9::uuid[], $10::timestamptz[], $11::timestamptz[])"
    " AS r(id, sis_id, code, title, state, account_id, term_id, starts_on, ends_on)"
    " WHERE {allowed} ON CONFLICT DO NOTHING"
)
_ADD_FIRST_SECTIONS = (
    "INSERT INTO course_sections (id, institution_id, course_id, name, is_default, created_at)"
    " SELECT r.id, $1, r.course_id, r.name, true, $2"
    " FROM unnest($3::uuid[], $4::uuid[], $5::text[]) AS r(id, course_id, name) WHERE {allowed}"
)


async def import_courses(command: ImportCourses, work: UnitOfWork) -> Imported:
    institution = work.identity.institution
    arguments: list[list[str] | list[UUID]] = []
    for wanted_names in (
        {row.sis_id for row in command.rows},
        {row.account for row in command.rows if isinstance(row.account, str)},
        {row.term for row in command.rows if isinstance(row.term, str)},
    ):
        arguments += [list(wanted_names), uuids(wanted_names)]
    (seen,) = await work.look(_LOOK, institution, *arguments, into=_Seen)
    now = {course.name_in_sis: course for course in seen.courses}
    accounts = {a.name_in_sis: a.id for a in seen.accounts if a.state != "deleted"}
    terms = {t.name_in_sis: t.id for t in seen.terms if t.state != "deleted"}
    rehearsed = command.rehearsal.of("courses") if command.rehearsal else {}
    if command.rehearsal:
        now |= rehearsed
        accounts |= {name: a.id for name, a in command.rehearsal.of("accounts").items()}
        terms |= {name: t.id for name, t in command.rehearsal.of("terms").items()}
    decision = decide(
        command.rows,
        now,
        after=lambda row, known: _after(row, known, accounts, terms),
        rehearsed=rehearsed,
    )
    if not command.rehearsal:
        _write(work, new=decision.new, changed=decision.changed)
    return decision.outcome


def _after(
    row: CourseRow, known: _Course | None, accounts: dict[str, UUID], terms: dict[str, UUID]
) -> _Course | str:
    """The course as it is to be, or the reason against it."""
    before = known or _Course(new_id(), row.sis_id)
    if row.state == "deleted":
        return msgspec.structs.replace(before, state="deleted")
    if isinstance(row.account, str) and row.account not in accounts:
        return f"there is no account {row.account!r}"
    if isinstance(row.term, str) and row.term not in terms:
        return f"there is no term {row.term!r}"
    account = accounts[row.account] if isinstance(row.account, str) else row.account
    term = terms[row.term] if isinstance(row.term, str) else row.term
    wanted = _Course(
        before.id,
        before.name_in_sis,
        code=row.code,
        title=row.title,
        state=_state(row.state, before.state),
        account_id=merged(account, before.account_id),
        term_id=merged(term, before.term_id),
        starts_on=merged(row.starts_on, before.starts_on),
        ends_on=merged(row.ends_on, before.ends_on),
        version=before.version,
    )
    if ends_before_it_starts(wanted.starts_on, wanted.ends_on):
        return "the course ends before it starts"
    return wanted


def _state(told: str, before: str) -> str:
    """An SIS says that a course takes place; whether it can be seen yet its teachers decide."""
    if told == "completed":
        return "concluded"
    if told == "published" or before in {"published", "concluded"}:
        return "published"
    return "draft"


def _write(work: UnitOfWork, *, new: list[_Course], changed: list[_Course]) -> None:
    institution = work.identity.institution
    if changed:
        columns = (column(changed, c) for c in ("id", "version", *_FIELDS))
        work.write(_CHANGE, *columns, changes=len(changed))
    sections = [new_id() for _ in new]
    if new:
        columns = (column(new, c) for c in ("id", "name_in_sis", *_FIELDS))
        work.write(_ADD, institution, work.now, *columns, changes=len(new))
        firsts = (sections, column(new, "id"), column(new, "code"))
        work.write(_ADD_FIRST_SECTIONS, institution, work.now, *firsts, changes=len(new))
    for course, section in zip(new, sections, strict=True):
        work.record(
            CourseCreated(
                institution_id=institution,
                course_id=course.id,
                code=course.code,
                title=course.title,
                state=course.state,
            )
        )
        work.record(
            SectionAdded(institution_id=institution, course_id=course.id, section_id=section)
        )
    for course in changed:
        work.record(
            CourseChanged(
                institution_id=institution,
                course_id=course.id,
                code=course.code,
                title=course.title,
                state=course.state,
            )
        )
