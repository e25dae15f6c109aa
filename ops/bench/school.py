"""A school of a chosen size, founded in seconds: rows by COPY, with the events that tell of them.

The worker folds the events as it would those of commands, so the read models are the real ones.
Ids are numbers in disguise, so that a pgbench script can compute them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.contracts import Event
from eduflow.contracts.api_core import (
    CourseCreated,
    LearnerEnrolled,
    PersonAdded,
    RoleGranted,
    SectionAdded,
)
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id

SEATS = 200
"""Learners in a course."""
EACH = 4
"""Courses of a learner."""
_PERSON, _COURSE, _SECTION = 0x7000, 0x7001, 0x7002
_WHEN = datetime(2026, 9, 1, 8, tzinfo=UTC)


class School(msgspec.Struct, frozen=True, kw_only=True):
    """Who and what there is, by number: the first people are the staff."""

    institution: UUID
    staff: int
    people: int
    courses: int
    """With full rosters, and only read."""
    intake: int
    """Courses that the writes fill, behind those that are read."""
    probes: int
    """Courses with one new seat each, behind the intake, for the measurement of freshness."""

    @property
    def learners(self) -> int:
        """People with courses, behind the staff."""
        return self.courses * SEATS // EACH

    @property
    def seats(self) -> int:
        return self.courses * SEATS


def person(number: int) -> UUID:
    return _numbered(_PERSON, number)


def course(number: int) -> UUID:
    return _numbered(_COURSE, number)


def section(number: int) -> UUID:
    return _numbered(_SECTION, number)


def _numbered(kind: int, number: int) -> UUID:
    return UUID(f"00000000-0000-{kind:04x}-8000-{number:012x}")


def sql_id(kind: str, number: str) -> str:
    """The same in SQL; `number` is an integer expression."""
    code = {"person": _PERSON, "course": _COURSE, "section": _SECTION}[kind]
    return f"('00000000-0000-{code:04x}-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


def plan(*, courses: int) -> School:
    """A school with so many courses that are read, and enough room to write into."""
    return School(
        institution=UUID("00000000-0000-7fff-8000-000000000001"),
        staff=400,
        people=400 + max(5_000, courses * SEATS // EACH),
        courses=courses,
        intake=60,
        probes=2_000,
    )


async def found(school: School, dsn: str) -> None:
    """Write it all, as superuser; a few seconds for a hundred thousand seats."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO institutions (id, slug, name, created_at)"
                " VALUES ($1, 'bench', 'Bench', $2)",
                school.institution,
                _WHEN,
            )
            await _people(connection, school)
            await _courses(connection, school)
            await _seats(connection, school)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _people(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    rows = [
        (person(n), tenant, f"person{n}@bench.test", f"Person {n:06}", f"{n:06}, Person", _WHEN)
        for n in range(school.people)
    ]
    names = ("id", "institution_id", "email", "display_name", "sortable_name", "created_at")
    await connection.copy_records_to_table("users", records=rows, columns=names)
    await _record(
        connection,
        (
            PersonAdded(
                institution_id=tenant,
                user_id=id_,
                display_name=name,
                sortable_name=sortable,
                email=email,
                state="active",
            )
            for id_, _, email, name, sortable, _ in rows
        ),
    )
    roles = [
        (new_id(), tenant, person(n), "administrator", "institution", tenant, _WHEN)
        for n in range(school.staff)
    ]
    role_names = (
        "id",
        "institution_id",
        "user_id",
        "role",
        "context_type",
        "context_id",
        "created_at",
    )
    await connection.copy_records_to_table("role_assignments", records=roles, columns=role_names)
    await _record(
        connection,
        (
            RoleGranted(
                institution_id=tenant,
                user_id=row[2],
                role="administrator",
                context_type="institution",
                context_id=tenant,
            )
            for row in roles
        ),
    )


async def _courses(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    numbers = range(school.courses + school.intake + school.probes)
    rows = [(course(n), tenant, f"C{n:05}", f"Course {n:05}", "published", _WHEN) for n in numbers]
    names = ("id", "institution_id", "code", "title", "state", "created_at")
    await connection.copy_records_to_table("courses", records=rows, columns=names)
    sections = [(section(n), tenant, course(n), "All", True, _WHEN) for n in numbers]
    names = ("id", "institution_id", "course_id", "name", "is_default", "created_at")
    await connection.copy_records_to_table("course_sections", records=sections, columns=names)
    created = (
        CourseCreated(institution_id=tenant, course_id=id_, code=code, title=title, state=state)
        for id_, _, code, title, state, _ in rows
    )
    await _record(connection, created)
    await _record(
        connection,
        (
            SectionAdded(institution_id=tenant, course_id=course(n), section_id=section(n))
            for n in numbers
        ),
    )


async def _seats(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    seats = [
        (new_id(), section(c), course(c), person(school.staff + n), _WHEN + timedelta(seconds=n))
        for n in range(school.learners)
        for c in ((n + k * school.courses // EACH) % school.courses for k in range(EACH))
    ]
    rows = [
        (id_, tenant, at_course, in_, who, "student", since)
        for id_, in_, at_course, who, since in seats
    ]
    names = ("id", "institution_id", "course_id", "section_id", "user_id", "role", "created_at")
    await connection.copy_records_to_table("enrollments", records=rows, columns=names)
    await _record(
        connection,
        (
            LearnerEnrolled(
                institution_id=tenant,
                enrollment_id=id_,
                course_id=at_course,
                section_id=in_,
                user_id=who,
                role="student",
                state="active",
                since=since,
            )
            for id_, in_, at_course, who, since in seats
        ),
    )


async def _record(connection: asyncpg.Connection, events: Iterable[Event]) -> None:
    rows: Sequence[tuple[Any, ...]] = [
        (new_id(), e.name, e.aggregate, e.institution_id, _WHEN, msgspec.json.encode(e).decode())
        for e in events
    ]
    names = ("id", "type", "aggregate_id", "institution_id", "at", "payload")
    await connection.copy_records_to_table("outbox_events", records=rows, columns=names)


def tokens(school: School, signer: TokenSigner, numbers: Iterable[int]) -> list[str]:
    """Access tokens of the people with these numbers, each in a session of their own."""
    now = datetime.now(UTC)
    return [
        signer.sign(
            user=UserId(person(n)),
            institution=InstitutionId(school.institution),
            session=SessionId(new_id()),
            now=now,
        ).token
        for n in numbers
    ]
