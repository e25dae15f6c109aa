"""A school of a chosen size, founded in seconds: rows by COPY, with the events that tell of them.

The worker folds the events as it would those of commands, so the read models are the real ones.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import asyncpg
import bcrypt

from eduflow.contracts.api_core import (
    CourseCreated,
    LearnerEnrolled,
    PersonAdded,
    RoleGranted,
    SectionAdded,
)
from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.auth.tokens import TokenSigner
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from eduflow.kernel.settings import Secret, Settings
from ops.bench import coursework, talk
from ops.bench.ids import School, course, learner, person, seats, section
from ops.bench.rows import WHEN, copy, record

PASSWORD = "of everybody in the bench"  # noqa: S105 (its people live as long as it runs)
_SEAT = "id institution_id course_id section_id user_id role created_at"
# The rivals keep passwords in their own ways, at the same cost.
_RIVALS = (
    "CREATE TABLE bench_passwords (user_id uuid PRIMARY KEY REFERENCES users (id),"
    " bcrypt text NOT NULL, django text NOT NULL)"
)
# The people are told of nothing that was there when the bench began: it would be a letter a seat.
TOLD = (
    "INSERT INTO projection_checkpoints (consumer, source, shard, shards, snapshot, as_of)"
    " VALUES ('notices', 'api_core', 0, 1, pg_current_snapshot(), now())"
    " ON CONFLICT (consumer, source, shard) DO UPDATE SET snapshot = excluded.snapshot,"
    " target = NULL, target_at = NULL, drained = 0, round = projection_checkpoints.round + 1"
)


async def found(school: School, dsn: str, *, secret: Secret) -> int:
    """Write it all, as superuser. Returns the transaction up to which it has to be folded."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO institutions (id, slug, name, created_at)"
                " VALUES ($1, 'bench', 'Bench', $2)",
                school.institution,
                WHEN,
            )
            await _people(connection, school)
            await _credentials(connection, school, secret)
            await _courses(connection, school)
            # Before the seats, as in life; and folding it later would grade everybody anew.
            await coursework.outline(connection, school)
            await talk.lessons(connection, school)
            await _seats(connection, school)
            await coursework.graded(connection, school)
            for what in (talk.progress, talk.forums, talk.notices):
                await what(connection, school)
        await connection.execute(TOLD)
        await connection.execute("ANALYZE")
        written: str = await connection.fetchval(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
        )
    finally:
        await connection.close()
    return int(written)


async def _people(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    rows = [
        (person(n), tenant, email(n), f"Person {n:06}", f"{n:06}, Person", WHEN)
        for n in range(school.people)
    ]
    names = "id institution_id email display_name sortable_name created_at"
    await copy(connection, "users", names, rows)
    await record(
        connection,
        (
            PersonAdded(
                institution_id=tenant,
                user_id=id_,
                display_name=name,
                sortable_name=sortable,
                email=address,
                state="active",
            )
            for id_, _, address, name, sortable, _ in rows
        ),
    )
    roles = [
        (new_id(), tenant, person(n), "administrator", "institution", tenant, WHEN)
        for n in range(school.staff)
    ]
    role_names = "id institution_id user_id role context_type context_id created_at"
    await copy(connection, "role_assignments", role_names, roles)
    await record(
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


def email(number: int) -> str:
    return f"person{number}@bench.test"


async def _credentials(connection: asyncpg.Connection, school: School, secret: Secret) -> None:
    """One password, hashed once at the cost that production has: to compare costs the same."""
    cost = Settings().bcrypt_cost
    passwords = Passwords(secret, cost=cost)
    try:
        hashed = await passwords.hash(PASSWORD)
    finally:
        await asyncio.to_thread(passwords.close)
    names = "user_id institution_id password_hash changed_at"
    rows = ((person(n), school.institution, hashed, WHEN) for n in range(school.people))
    await copy(connection, "credentials", names, rows)
    plain = await asyncio.to_thread(_hashed, cost)
    theirs = ((person(n), plain, f"bcrypt${plain}") for n in range(school.people))
    await connection.execute(_RIVALS)
    await copy(connection, "bench_passwords", "user_id bcrypt django", theirs)


def _hashed(cost: int) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()


async def _courses(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    numbers = range(school.courses + school.intake + school.probes)
    rows = [(course(n), tenant, f"C{n:05}", f"Course {n:05}", "published", WHEN) for n in numbers]
    await copy(connection, "courses", "id institution_id code title state created_at", rows)
    sections = ((section(n), tenant, course(n), "All", True, WHEN) for n in numbers)
    names = "id institution_id course_id name is_default created_at"
    await copy(connection, "course_sections", names, sections)
    created = (
        CourseCreated(institution_id=tenant, course_id=id_, code=code, title=title, state=state)
        for id_, _, code, title, state, _ in rows
    )
    await record(connection, created)
    await record(
        connection,
        (
            SectionAdded(institution_id=tenant, course_id=course(n), section_id=section(n))
            for n in numbers
        ),
    )


async def _seats(connection: asyncpg.Connection, school: School) -> None:
    tenant = school.institution
    taken = [
        (new_id(), tenant, course(c), section(c), learner(school, n), "student", since)
        for n, c in seats(school)
        for since in (WHEN + timedelta(seconds=n),)
    ]
    await copy(connection, "enrollments", _SEAT, taken)
    await record(
        connection,
        (
            LearnerEnrolled(
                institution_id=tenant,
                enrollment_id=id_,
                course_id=at_course,
                section_id=in_,
                user_id=who,
                role=role,
                state="active",
                since=since,
            )
            for id_, _, at_course, in_, who, role, since in taken
        ),
    )


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
