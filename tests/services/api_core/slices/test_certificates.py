"""Certificates: what they say, who can check it, and that it can be recomputed."""

import asyncio
import hashlib
import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_course, a_person, a_seat
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    an_assignment,
    gradebook_row,
)
from tests.services.api_core.privacy.test_erasure import erased, tables_that_tell
from tests.services.api_core.privacy.test_take_along import archive_of, rows


async def checked(eduflow: Eduflow, certificate: str) -> httpx.Response:
    """As anybody checks it, who is nobody here."""
    eduflow.servers.cluster.catch_up()
    async with httpx.AsyncClient(base_url=eduflow.gateway) as nobody:
        return await nobody.get(f"/api/v1/certificates/{certificate}")


async def awarded(given: GivenClass, student: Person) -> Any:
    body = {"user_id": str(student.user)}
    made = await given.teacher.post(f"/courses/{given.course.id}/certificates", body)
    student.position = given.teacher.position
    return made


async def graded(given: GivenClass, assignment: Any, student: Person, score: float) -> None:
    """Graded; whether it is folded yet is nobody's business."""
    body = {"user_id": str(student.user), "version": 0, "score": score}
    await given.teacher.post(f"/assignments/{assignment['id']}/grades", body)


async def test_a_certificate_says_what_was_reached_and_its_digest_can_be_computed(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    await graded(given, await an_assignment(given), student, 8.75)
    made = await awarded(given, student)
    (mine,) = (await student.get("/users/me/certificates"))["items"]
    assert (mine["id"], mine["code"], mine["revoked_at"]) == (made["id"], "MA101", None)
    digest = hashlib.sha256(mine["evidence"].encode()).hexdigest()
    assert digest == mine["evidence_hash"] == made["evidence_hash"]
    said = json.loads(mine["evidence"])
    again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert again == mine["evidence"]
    assert said["name"] == "Lin L0"
    assert said["course"] == {"code": "MA101", "title": "Title of MA101"}
    assert said["grade"] == {"percent": "87.5", "letter": "B"}
    assert said["progress"] == {"completed": 0, "lessons": 0}
    assert said["certificate"] == made["id"]
    async with eduflow.sql() as sql:
        of_grade = "SELECT max(seq) FROM outbox_events WHERE institution_id = $1 AND type = $2"
        seq = await sql.fetchval(of_grade, school.institution, "api_core.grade_given")
    assert said["position"] == seq
    assert len(said["nonce"]) == 32
    assert "api_core.certificate_awarded" in await eduflow.events(school.institution)
    (line,) = (await given.teacher.get(f"/courses/{given.course.id}/certificates"))["items"]
    assert (line["name"], line["awarded_by"]) == ("Lin L0", str(given.teacher.user))


async def test_anybody_checks_it_and_learns_nothing_but_what_it_is_for(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    made = await awarded(given, student)
    # It says what it said, whatever people and courses are called since.
    body = {"display_name": "Another Name"}
    await school.admin.patch(f"/users/{student.user}", body, version=1)
    answer = await checked(eduflow, made["id"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {
        *("id", "state", "because", "institution", "course", "name", "awarded_on"),
        *("evidence_hash", "revoked_at"),
    }
    assert (told["state"], told["name"], told["course"]) == (
        "valid",
        "Lin L0",
        "Title of MA101",
    )
    assert str(student.user) not in answer.text
    path = f"/certificates/{made['id']}/revocation"
    assert (await given.teacher.send("POST", path, {"reason": "Was copied"})).status_code == 204
    answer = await checked(eduflow, made["id"])
    told = answer.json()
    assert (told["state"], told["because"], told["name"]) == ("revoked", None, "Lin L0")
    assert "copied" not in answer.text
    student.position = given.teacher.position
    (mine,) = (await student.get("/users/me/certificates"))["items"]
    assert mine["revoked_because"] == "Was copied"
    for unknown in (str(uuid4()), str(student.user), given.course.id):
        answer = await checked(eduflow, unknown)
        assert (answer.status_code, "unknown" in answer.text) == (404, False), answer.text
    # Whoever is logged in elsewhere checks it like anybody.
    other = await eduflow.school()
    assert (await other.admin.get(f"/certificates/{made['id']}"))["state"] == "revoked"
    assert (await other.admin.refused("POST", path, {"reason": "Mine"}))[0] == 404


async def test_one_is_valid_at_a_time_and_a_revoked_one_stays_revoked(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    first = await awarded(given, student)
    courses = f"/courses/{given.course.id}/certificates"
    body = {"user_id": str(student.user)}
    refusal = (409, "api_core.already-certified")
    assert await given.teacher.refused("POST", courses, body) == refusal
    path = f"/certificates/{first['id']}/revocation"
    for reason in ("", " \n"):
        assert (await given.teacher.refused("POST", path, {"reason": reason}))[0] == 422
    await given.teacher.send("POST", path, {"reason": "R"})
    refusal = (409, "api_core.already-revoked")
    assert await given.teacher.refused("POST", path, {"reason": "R"}) == refusal
    many = await asyncio.gather(*(given.teacher.send("POST", courses, body) for _ in range(6)))
    assert sorted(a.status_code for a in many) == [201, 409, 409, 409, 409, 409]
    student.position = given.teacher.position
    mine = (await student.get("/users/me/certificates"))["items"]
    assert [c["revoked_at"] is None for c in mine] == [False, True]


async def test_only_staff_awards_and_only_to_students_of_the_course(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    made = await awarded(given, student)
    guest = await a_person(eduflow, school, "Guy Guest")
    assistant = await a_person(eduflow, school, "Ta Ta")
    await a_seat(school, given.course, assistant, role="ta")
    gone = await a_person(eduflow, school, "Gone Away")
    seat = await a_seat(school, given.course, gone)
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    given.teacher.position = school.admin.position
    path = f"/courses/{given.course.id}/certificates"
    for nobody in (guest, gone, assistant, given.teacher):
        body = {"user_id": str(nobody.user)}
        told = await given.teacher.refused("POST", path, body)
        assert told == (422, "api_core.no-such-student")
    body = {"user_id": str(student.user)}
    for nobody in (student, guest, assistant):
        assert (await nobody.refused("POST", path, body))[0] == 403
        assert (await nobody.refused("POST", f"{path}/by-rule", {"all_lessons": True}))[0] == 403
        revocation = f"/certificates/{made['id']}/revocation"
        assert (await nobody.refused("POST", revocation, {"reason": "R"}))[0] == 403
    assert (await student.refused("GET", path))[0] == 403
    assert len((await assistant.get(path))["items"]) == 1
    assert (await guest.get("/users/me/certificates"))["items"] == []


async def test_by_rule_it_goes_to_whoever_has_reached_it_and_to_nobody_twice(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=4)
    teacher = given.teacher
    lesson = {"title": "L"}
    path = f"/modules/{given.course.module}/lessons"
    lessons = [(await teacher.post(path, lesson))["id"] for _ in range(2)]
    essay = await an_assignment(given)
    both, half, worse, _ = given.students
    for student, done in ((both, 2), (half, 1), (worse, 2)):
        student.position = teacher.position
        for one in lessons[:done]:
            await student.post(f"/lessons/{one}/progress", {"kind": "completed"})
        teacher.position = student.position
    for student, score in ((both, 8), (half, 9), (worse, 7.99)):
        await graded(given, essay, student, score)
    by_rule = f"/courses/{given.course.id}/certificates/by-rule"
    assert await teacher.refused("POST", by_rule, {}) == (422, "api_core.award-says-nothing")

    async def award(**rule: Any) -> tuple[set[str], int, int]:
        told = await teacher.post(by_rule, rule)
        return {one["user_id"] for one in told["awarded"]}, told["had_one"], told["not_yet"]

    assert await award(all_lessons=True, percent_at_least=80) == ({str(both.user)}, 0, 3)
    assert await award(all_lessons=True, percent_at_least=80) == (set(), 1, 3)
    assert await award(percent_at_least=80) == ({str(half.user)}, 1, 2)
    assert await award(all_lessons=True) == ({str(worse.user)}, 2, 1)
    both.position = teacher.position
    (mine,) = (await both.get("/users/me/certificates"))["items"]
    said = json.loads(mine["evidence"])
    assert said["rule"] == {"all_lessons": True, "percent_at_least": "80"}
    assert said["progress"] == {"completed": 2, "lessons": 2}


async def test_a_course_without_lessons_is_completed_by_nobody(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    path = f"/courses/{given.course.id}/certificates/by-rule"
    told = await given.teacher.post(path, {"all_lessons": True})
    assert (told["awarded"], told["not_yet"]) == ([], 1)


async def test_of_an_erased_person_it_says_nothing_any_more_and_is_revoked(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    student = await a_person(eduflow, school, "Zenobia Zephyr")
    await a_seat(school, given.course, student)
    given.teacher.position = school.admin.position
    first = await awarded(given, student)
    body = {"reason": "Zenobia asked"}
    await given.teacher.send("POST", f"/certificates/{first['id']}/revocation", body)
    made = await awarded(given, student)
    archive = await archive_of(student)
    assert {r["id"] for r in rows(archive, "certificates")} == {first["id"], made["id"]}
    report = await erased(school, student)
    assert report["erasure"]["counts"]["certificates"] == 2
    for certificate in (first, made):
        told = (await checked(eduflow, certificate["id"])).json()
        assert (told["state"], told["because"]) == ("revoked", "erased")
        assert [told[k] for k in ("name", "course", "institution", "awarded_on")] == [None] * 4
        assert told["evidence_hash"] == certificate["evidence_hash"]
    assert "certificates" not in await tables_that_tell(eduflow, "Zenobia")
    lines = (await given.teacher.get(f"/courses/{given.course.id}/certificates"))["items"]
    assert [line["name"] for line in lines] == [None, None]
    assert (await eduflow.events(school.institution)).count("api_core.certificate_revoked") == 2


async def test_the_database_itself_keeps_what_a_certificate_says(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    made = await awarded(given, given.students[0])
    database = eduflow.runtime.databases["api_core"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.primary.execute("UPDATE certificates SET evidence = '{}'")
    async with eduflow.sql() as sql:
        for change in ("evidence = '{}'", "evidence_hash = sha256('')", "evidence = ''"):
            with pytest.raises(asyncpg.CheckViolationError):
                await sql.execute(f"UPDATE certificates SET {change} WHERE id = $1", made["id"])
    assert await database.primary.fetchval("SELECT count(*) FROM certificates") == 0


async def test_nothing_is_awarded_on_figures_that_are_behind(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    essay = await an_assignment(given)
    await gradebook_row(given, student)
    path = f"/courses/{given.course.id}/certificates"
    body = {"user_id": str(student.user)}
    async with eduflow.sql() as connection, connection.transaction():
        # Whoever folds grades waits for this row.
        await connection.fetch(
            "SELECT FROM projection_checkpoints WHERE consumer = 'gradebook' FOR UPDATE"
        )
        await graded(given, essay, student, 6)
        assert await given.teacher.refused("POST", path, body) == (409, "kernel.busy")
    await gradebook_row(given, student)
    await awarded(given, student)
    (mine,) = (await student.get("/users/me/certificates"))["items"]
    assert json.loads(mine["evidence"])["grade"]["percent"] == "60"


async def test_certificates_of_another_course_stay_where_they_are(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    await awarded(given, given.students[0])
    other = await a_course(school, code="OTHER")
    assert (await school.admin.get(f"/courses/{other.id}/certificates"))["items"] == []
