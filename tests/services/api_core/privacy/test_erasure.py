"""Somebody is forgotten: everywhere, for ever, and at nobody else's cost."""

import asyncio
import contextlib
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.audit.sealing import seal_new
from eduflow.kernel.audit.verifying import verify
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Done, Fenced, Held
from eduflow.kernel.repair import rebuild
from eduflow.services.api_core import service
from eduflow.services.api_core.privacy.erasing import erase_person
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given import a_course, a_person, a_seat, a_session
from tests.services.api_core.privacy.given_voice import a_voice
from tests.services.api_core.privacy.test_take_along import archive_of

NAME = "Vera Vanishing"


async def erased(school: School, person: Person) -> Any:
    """Ask, wait until it is done, and answer with the report."""
    path = f"/users/{person.user}/erasure"
    await school.admin.post(path, {"reason": "asked for in writing"})

    async def is_done() -> bool:
        return bool((await school.admin.get(path))["erasure"]["state"] == "done")

    await until(is_done)
    return await school.admin.get(path)


async def tables_that_tell(eduflow: Eduflow, *words: str) -> set[str]:
    """Every table in which one of the words stands, anywhere in any row."""
    async with eduflow.sql() as sql:
        tables = await sql.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        )
        return {
            t["relname"]
            for t in tables
            if await sql.fetchval(
                f"SELECT EXISTS (SELECT FROM {t['relname']} AS t WHERE t::text ILIKE ANY ($1))",
                [f"%{word}%" for word in words],
            )
        }


async def a_full_life(eduflow: Eduflow, school: School, name: str) -> Person:
    """Somebody with a seat, progress, work, posts, a role, a session, a password, an archive."""
    course = await a_course(school, lessons=1, code=f"C{new_id().hex[-8:]}")
    body = {"email": f"{new_id().hex}.{name.replace(' ', '.')}@school.test", "display_name": name}
    made = await school.admin.post("/users", body, Idempotency_Key=str(new_id()))
    person = eduflow.person(UUID(made["id"]), school.institution)  # type: ignore[arg-type]
    await a_seat(school, course, person)
    await school.admin.post(f"/users/{person.user}/roles", {"role": "adviser"})
    await a_session(eduflow, person)
    async with eduflow.sql() as sql:
        await sql.execute(
            "INSERT INTO credentials (user_id, institution_id, password_hash, changed_at)"
            " VALUES ($1, $2, 'hash', now())",
            person.user,
            school.institution,
        )
    person.position = school.admin.position
    await person.post(f"/lessons/{course.lessons[0]}/progress", {"kind": "completed"})
    await a_voice(eduflow, school, person, course=course)
    await archive_of(person)
    await school.admin.get(f"/courses/{course.id}/roster", EduFlow_Strict="true")
    return person


async def test_nothing_tells_of_an_erased_person_any_more_and_rebuilds_agree(
    eduflow: Eduflow, school: School
) -> None:
    other = await a_person(eduflow, school, "Otto Other")
    # Words that stand nowhere else, whatever other tests have left in the database.
    first, last = (f"{word}{new_id().hex[-12:]}" for word in NAME.split())
    person = await a_full_life(eduflow, school, f"{first} {last}")
    assert {"users", "outbox_events", "people", "idempotency_keys"} <= await tables_that_tell(
        eduflow, first
    )
    report = await erased(school, person)
    counts = report["erasure"]["counts"]
    assert (counts["events"], counts["roles"], counts["passwords"]) == (1, 1, 1)
    assert {"users", "outbox_events", "enrollments"} <= {
        table for fate in report["fates"] for table in fate["tables"]
    }

    async def is_folded() -> bool:
        return await tables_that_tell(eduflow, first, last) == set()

    await until(is_folded)
    home = eduflow.worker.databases["api_core"].primary
    for model in service.models:
        rebuilt = await rebuild(model, source=home, home=home, progress=lambda *_: None)
        assert rebuilt.differing == dict.fromkeys(model.tables, 0), model.name
    assert await tables_that_tell(eduflow, first, last) == set()
    seen = await school.admin.get(f"/users/{other.user}")
    assert (seen["display_name"], seen["version"]) == ("Otto Other", 1)


async def test_the_account_is_closed_at_once_and_the_address_is_free(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    told = await school.admin.get(f"/users/{person.user}")
    await erased(school, person)
    await school.admin.post("/users", {"email": told["email"], "display_name": "Somebody else"})
    assert (await school.admin.refused("GET", f"/users/{person.user}"))[0] == 404
    async with eduflow.sql() as sql:
        for table in ("credentials", "one_time_tokens", "role_assignments"):
            left = f"SELECT count(*) FROM {table} WHERE user_id = $1"
            assert await sql.fetchval(left, person.user) == 0


async def test_a_token_that_still_lives_writes_nothing_after_the_asking(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=1, code=f"C{new_id().hex[-8:]}")
    person = await a_person(eduflow, school)
    await a_seat(school, course, person)
    person.position = school.admin.position
    path, body = f"/lessons/{course.lessons[0]}/progress", {"kind": "viewed"}
    await person.post(path, body)
    await school.admin.post(f"/users/{person.user}/erasure", {"reason": "asked"})
    # Nobody has told this process yet that the session has ended.
    assert (await person.refused("POST", path, body))[0] in (401, 403)
    assert await erased(school, person)


async def test_erasing_twice_is_the_same_as_once(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    path, body = f"/users/{person.user}/erasure", {"reason": "asked"}
    asked = await asyncio.gather(*(school.admin.post(path, body) for _ in range(4)))
    first = await erased(school, person)
    assert {a["id"] for a in asked} == {first["erasure"]["id"]}
    assert await erased(school, person) == first
    types = await eduflow.events(school.institution)
    assert types.count("api_core.person_erased") == 1


async def test_only_administrators_erase_and_nobody_themselves(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    body = {"reason": "because"}
    refusal = await person.refused("POST", f"/users/{school.admin.user}/erasure", body)
    assert refusal == (403, "kernel.forbidden")
    refusal = await school.admin.refused("POST", f"/users/{school.admin.user}/erasure", body)
    assert refusal == (409, "api_core.not-to-yourself")
    assert (await school.admin.refused("GET", f"/users/{person.user}/erasure"))[0] == 404


async def test_the_audit_trail_tells_of_it_and_is_as_it_was_written(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school, NAME)
    await erased(school, person)
    commands = [e["command"] for e in (await school.admin.get("/audit"))["items"]]
    assert commands[:4] == ["BlankEvents", "EraseTeams", "EraseCertificates", "EraseTexts"]
    assert "EraseUser" in commands
    pool = eduflow.worker.databases["api_core"].primary
    await seal_new(pool, eduflow.worker.audit)
    found = await verify(pool, eduflow.worker.audit, institution=school.institution)
    assert (found.faults, found.rows > 5) == ([], True)


async def test_a_worker_that_is_killed_again_and_again_erases_all_the_same(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_full_life(eduflow, school, "Kim Killed")
    erasure, job = new_id(), new_id()
    async with eduflow.sql() as sql:
        await sql.execute(
            "INSERT INTO erasures (id, institution_id, user_id, asked_by, reason, asked_at)"
            " VALUES ($1, $2, $3, $4, 'asked', now())",
            erasure,
            school.institution,
            person.user,
            school.admin.user,
        )
        await sql.execute(
            "INSERT INTO jobs (id, kind, arguments, institution_id, state, fence, lease_until,"
            " max_attempts) VALUES ($1, 'erase_person', '{}', $2, 'running', 1,"
            " now() + interval '1 hour', 9)",
            job,
            school.institution,
        )
    held = Held(job, 1, 1, {"erasure": str(erasure)}, school.institution)
    outcome: Any = None
    for step in range(40):
        task = asyncio.create_task(erase_person(held, eduflow.worker))
        with contextlib.suppress(TimeoutError, Fenced):
            async with asyncio.timeout(0.002 * (step + 1)):
                outcome = await task
            break
    else:  # A busy machine was never quick enough: the last one is left alone.
        with contextlib.suppress(Fenced):
            outcome = await erase_person(held, eduflow.worker)
    # Fenced: the one before was killed after its last word.
    assert outcome in (Done(), None)
    async with eduflow.sql() as sql:
        row = await sql.fetchrow("SELECT state, steps FROM erasures WHERE id = $1", erasure)
        state = await sql.fetchval("SELECT state FROM jobs WHERE id = $1", job)
    assert (row["state"], state) == ("done", "done")
    assert row["steps"] == [
        *("traces", "archives", "account", "texts", "certificates", "teams", "events"),
    ]
    types = await eduflow.events(school.institution)
    assert types.count("api_core.person_erased") == 1

    async def is_gone() -> bool:
        return await tables_that_tell(eduflow, "Kim.Killed", "Kim Killed") == set()

    await until(is_gone)


async def test_workers_blank_person_events_to_nothing_else_and_no_other_event(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school, NAME)
    await a_course(school)
    pool = eduflow.worker.databases["api_core"].primary
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await pool.execute(
            'UPDATE outbox_events SET payload = payload || \'{"display_name": "Other"}\''
            " WHERE aggregate_id = $1",
            person.user,
        )
    for column in ("type = 'person.x'", "at = now()", "actor_id = NULL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(f"UPDATE outbox_events SET {column}")
    blank = "payload = eduflow_blank(type, institution_id, aggregate_id)"
    touched = await pool.execute(
        f"UPDATE outbox_events SET {blank} WHERE institution_id = $1 AND type LIKE 'api_core.%'",
        school.institution,
    )
    assert touched == "UPDATE 0"
    for pool in (eduflow.runtime.databases["api_core"].primary,):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(f"UPDATE outbox_events SET {blank}")
