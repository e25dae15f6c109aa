"""One archive of everything about a person, for them alone, and not for ever."""

import asyncio
import io
import tempfile
import tracemalloc
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Done, Held
from eduflow.kernel.problems import NotFound
from eduflow.kernel.service import Service
from eduflow.services import load_services
from eduflow.services.api_core.privacy.exporting import forget_exports
from eduflow.services.api_core.queries.own_export import archive_key
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.api_core.given import a_course, a_person, a_seat, a_session

_WITH_A_PERSON = (
    "SELECT DISTINCT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON"
    " a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    " AND c.relname NOT LIKE 'things%' AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid ="
    " 'uuid'::regtype AND (a.attname ~ '(^|_)(user|person|actor|principal|author|grader|owner|"
    "learner|student|teacher|member|sender|recipient|reviewer|submitter|asker)(_id)?$'"
    " OR a.attname ~ '_by$' OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid"
    " AND k.confrelid = to_regclass('users') AND a.attnum = ANY (k.conkey)"
    " AND a.attname <> 'institution_id')) ORDER BY 1"
)


async def archive_of(person: Person) -> zipfile.ZipFile:
    """Ask, wait until it is there, download."""
    await person.post("/users/me/export")

    async def is_ready() -> bool:
        return bool((await person.get("/users/me/export"))["state"] == "ready")

    await until(is_ready)
    told = await person.get("/users/me/export")
    answer = await person.send("GET", told["link"].removeprefix("/api/v1"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert len(answer.content) == told["size"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return msgspec.json.decode(archive.read(f"{name}.json"), type=list[dict[str, Any]])


async def test_a_person_takes_along_all_that_is_about_them_and_nothing_of_others(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=2)
    person = await a_person(eduflow, school, "Nora Nomad")
    other = await a_person(eduflow, school, "Otto Other")
    await a_seat(school, course, other)
    seat = await a_seat(school, course, person)
    session = await a_session(eduflow, person)
    await school.admin.post(f"/users/{person.user}/roles", {"role": "adviser"})
    person.position = school.admin.position
    for lesson in course.lessons:
        await person.post(f"/lessons/{lesson}/progress", {"kind": "completed"})
    archive = await archive_of(person)
    (profile,) = rows(archive, "profile")
    assert (profile["id"], profile["display_name"]) == (str(person.user), "Nora Nomad")
    assert [r["role"] for r in rows(archive, "roles")] == ["adviser"]
    assert [r["id"] for r in rows(archive, "enrollments")] == [seat]
    assert {r["lesson_id"] for r in rows(archive, "progress")} == set(course.lessons)
    assert [r["id"] for r in rows(archive, "sessions")] == [str(session)]
    types = {r["type"] for r in rows(archive, "events")}
    assert {"person.added", "api_core.learner_enrolled", "api_core.lesson_progressed"} <= types
    commands = [r["command"] for r in rows(archive, "actions")]
    assert commands == ["RecordProgress", "RecordProgress", "AskForExport"]
    page = archive.read("index.html").decode()
    assert "Nora Nomad" in page
    for name in archive.namelist():
        text = archive.read(name).decode()
        assert "Otto" not in text
        assert str(other.user) not in text
        assert "secret_hash" not in text
        assert "password_hash" not in text


async def test_an_administrators_archive_holds_no_names_of_those_they_took_in(
    eduflow: Eduflow, school: School
) -> None:
    await a_person(eduflow, school, "Otto Other")
    archive = await archive_of(school.admin)
    assert "Otto" not in "".join(archive.read(n).decode() for n in archive.namelist())
    assert "AddPerson" in {r["command"] for r in rows(archive, "actions")}


async def test_nobody_downloads_anothers_archive(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    await archive_of(person)
    link = (await person.get("/users/me/export"))["link"].removeprefix("/api/v1")
    assert (await school.admin.refused("GET", link))[0] == 404
    assert (await school.admin.refused("GET", "/users/me/export"))[0] == 404


async def test_an_archive_expires_and_its_file_goes(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    await archive_of(person)
    told = await person.get("/users/me/export")
    async with eduflow.sql() as sql:
        await sql.execute(
            "UPDATE data_exports SET expires_at = now() WHERE id = $1", UUID(told["id"])
        )
    assert await forget_exports(Held(new_id(), 1, 1, {}, None), eduflow.worker) == Done()
    eduflow.servers.cluster.catch_up()
    assert (await person.refused("GET", told["link"].removeprefix("/api/v1")))[0] == 404
    assert (await person.get("/users/me/export"))["state"] == "expired"
    with pytest.raises(NotFound):
        await eduflow.worker.storage.read(archive_key(school.institution, UUID(told["id"])))


async def test_asking_twice_at_once_makes_one_archive(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    asked = await asyncio.gather(*(person.post("/users/me/export") for _ in range(4)))
    async with eduflow.sql() as sql:
        ids = await sql.fetch("SELECT id FROM data_exports WHERE user_id = $1", person.user)
    # One was perhaps ready before the last asked.
    assert {a["id"] for a in asked} == {str(r["id"]) for r in ids}


@pytest.mark.parametrize("service", load_services(), ids=lambda service: service.name)
async def test_every_table_with_a_person_in_it_is_taken_along_or_excused(
    eduflow: Eduflow, service: Service
) -> None:
    named = [table for kind in service.personal.kinds for table in kind.tables]
    async with eduflow.sql(service.database) as sql:
        there = {r["name"] for r in await sql.fetch(_WITH_A_PERSON)}
    assert {"audit_log", "idempotency_keys"} <= there
    assert there - set(named) == set(), f"say in {service.name}.privacy.parts what becomes of these"
    assert len(named) == len(set(named))


async def test_a_large_file_goes_into_the_store_and_out_in_pieces(eduflow: Eduflow) -> None:
    storage = eduflow.worker.storage
    piece = bytes(range(256)) * 4096

    with tempfile.TemporaryFile() as file:
        for _ in range(24):
            file.write(piece)
        file.seek(0)
        tracemalloc.start()
        await storage.put("tests/large", file, media_type="application/octet-stream")
    size = 0
    pieces: AsyncIterator[bytes] = await storage.read("tests/large")
    async for got in pieces:
        assert len(got) <= 256 * 1024
        size += len(got)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 24 * len(piece)
    assert most < 8 * 1024 * 1024
    await storage.delete("tests/large")
    await storage.delete("tests/large")
