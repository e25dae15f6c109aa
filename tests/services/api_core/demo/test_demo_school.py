"""The demo school: made once, there for good; its people log in where demonstrations may."""

import httpx
import pytest

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.positions import Position
from eduflow.services.api_core.demo.making import DemoSchool, Login
from eduflow.services.api_core.demo.script import Script, written
from tests.harness.platform import Eduflow


@pytest.fixture
async def script(eduflow: Eduflow) -> Script:
    return written()


async def make(eduflow: Eduflow, script: Script, *, demo: bool) -> tuple[list[Login], int]:
    worker = eduflow.worker

    def reads(access: Access, position: Position) -> ReadSession:
        return worker.reads(
            worker.services["api_core"], access=access, positions={"api_core": position}
        )

    school = DemoSchool(worker.commands["api_core"], reads, script=script)
    passwords = Passwords(eduflow.settings.secret, cost=4) if demo else None
    try:
        return await school.make(passwords), school.made
    finally:
        if passwords:
            passwords.close()


async def test_it_is_made_once_and_its_people_can_log_in(eduflow: Eduflow, script: Script) -> None:
    nobody, made = await make(eduflow, script, demo=False)
    assert nobody == []
    assert made > 60
    logins, made = await make(eduflow, script, demo=True)
    assert made == len(logins) == 16
    assert (await make(eduflow, script, demo=True)) == (logins, 0)
    assert [login.who for login in logins].count("student") == 12
    async with httpx.AsyncClient(base_url=f"{eduflow.gateway}/api/v1") as client:
        for login in (logins[0], logins[-1]):
            body = {"email": login.mail, "password": login.password}
            answer = await client.post("/auth/login", json=body)
            assert answer.is_success, answer.text


async def test_its_courses_have_lessons_and_its_learners_are_at_different_places(
    eduflow: Eduflow, script: Script
) -> None:
    await make(eduflow, script, demo=False)
    async with eduflow.sql() as connection:
        rows = await connection.fetch(
            "SELECT c.code,"
            " (SELECT count(*) FROM lessons AS l WHERE l.course_id = c.id) AS lessons,"
            " (SELECT count(*) FROM enrollments AS e WHERE e.course_id = c.id) AS seats,"
            " (SELECT count(DISTINCT p.user_id) FROM lesson_progress_events AS p"
            "  WHERE p.course_id = c.id) AS begun"
            " FROM courses AS c JOIN institutions AS i ON i.id = c.institution_id"
            " WHERE i.slug = $1 ORDER BY c.code",
            script.slug,
        )
    assert [tuple(row) for row in rows] == [
        ("BIO110", 3, 9, 6),
        ("ENG105", 3, 9, 6),
        ("MATH101", 4, 9, 6),
    ]
