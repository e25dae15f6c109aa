"""A course of a chosen size: people and seats as rows, with the events that tell of them."""

from uuid import UUID

import asyncpg

from eduflow.contracts.api_core import (
    CourseCreated,
    LearnerEnrolled,
    PersonAdded,
    RoleGranted,
    SectionAdded,
)
from eduflow.kernel.ids import new_id
from ops.bench.ids import numbered
from ops.bench.rows import WHEN, copy, record
from ops.bench.school import TOLD

TENANT = UUID("00000000-0000-7fff-8000-000000000002")
COURSE = numbered("course", 0)
_SECTION = numbered("section", 0)
TEACHER = 0
"""People by number: the teacher first, then the students."""


async def found(dsn: str, *, students: int) -> int:
    """Write people, course and seats, with their events; the transaction to be folded up to."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO institutions (id, slug, name, created_at)"
                " VALUES ($1, 'load', 'Load', $2)",
                TENANT,
                WHEN,
            )
            await _people(connection, students)
            await _course(connection, students)
        await connection.execute(TOLD)
        await connection.execute("ANALYZE")
        return int(
            await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        )
    finally:
        await connection.close()


async def _people(connection: asyncpg.Connection, students: int) -> None:
    people = [
        PersonAdded(
            institution_id=TENANT,
            user_id=numbered("person", n),
            display_name=f"Person {n:04}",
            sortable_name=f"{n:04}, Person",
            email=f"person{n}@load.test",
            state="active",
        )
        for n in range(students + 1)
    ]
    rows = ((p.user_id, TENANT, p.email, p.display_name, p.sortable_name, WHEN) for p in people)
    names = "id institution_id email display_name sortable_name created_at"
    await copy(connection, "users", names, rows)
    await record(connection, people)
    role = (new_id(), TENANT, numbered("person", TEACHER), "administrator", "institution", TENANT)
    names = "id institution_id user_id role context_type context_id created_at"
    await copy(connection, "role_assignments", names, [(*role, WHEN)])
    await record(
        connection,
        [
            RoleGranted(
                institution_id=TENANT,
                user_id=numbered("person", TEACHER),
                role="administrator",
                context_type="institution",
                context_id=TENANT,
            )
        ],
    )


async def _course(connection: asyncpg.Connection, students: int) -> None:
    course = CourseCreated(
        institution_id=TENANT, course_id=COURSE, code="L1", title="Load", state="published"
    )
    columns = "id institution_id code title state created_at"
    row = (COURSE, TENANT, course.code, course.title, course.state, WHEN)
    await copy(connection, "courses", columns, [row])
    columns = "id institution_id course_id name is_default created_at"
    await copy(
        connection, "course_sections", columns, [(_SECTION, TENANT, COURSE, "All", True, WHEN)]
    )
    await record(
        connection,
        [course, SectionAdded(institution_id=TENANT, course_id=COURSE, section_id=_SECTION)],
    )
    seats = [
        LearnerEnrolled(
            institution_id=TENANT,
            enrollment_id=new_id(),
            course_id=COURSE,
            section_id=_SECTION,
            user_id=numbered("person", n),
            role="student" if n else "teacher",
            state="active",
            since=WHEN,
        )
        for n in range(students + 1)
    ]
    columns = "id institution_id course_id section_id user_id role created_at"
    rows = ((s.enrollment_id, TENANT, COURSE, _SECTION, s.user_id, s.role, s.since) for s in seats)
    await copy(connection, "enrollments", columns, rows)
    await record(connection, seats)
