"""People, their roles, and the institution they belong to."""

import asyncio
from uuid import uuid4

import pytest

from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_course, a_person, a_session


async def test_whoever_is_taken_in_is_found_by_the_beginning_of_either_name(
    eduflow: Eduflow, school: School
) -> None:
    await a_person(eduflow, school, "Grace Hopper")
    await a_person(eduflow, school, "Emmy Noether")
    for beginning in ("grace h", "HOPPER", "hopper, g"):
        found = (await school.admin.get(f"/users?q={beginning}"))["items"]
        assert [person["display_name"] for person in found] == ["Grace Hopper"], beginning
    assert (await school.admin.get("/users?q=race"))["items"] == []


async def test_people_are_listed_by_name_page_by_page(eduflow: Eduflow, school: School) -> None:
    for name in ("Dora D", "Carl C", "Bea B", "Emil E", "carla C"):
        await a_person(eduflow, school, name)
    path, seen = "/users?limit=2", []
    while path:
        answer = await school.admin.get(path)
        seen += [person["sortable_name"] for person in answer["items"]]
        cursor = answer["next_cursor"]
        path = f"/users?limit=2&cursor={cursor}" if cursor else ""
    assert seen == sorted(seen, key=str.lower)
    assert len(seen) == len(set(seen)) == 6


async def test_an_address_belongs_to_one_person_whatever_its_case(school: School) -> None:
    await school.admin.post("/users", {"email": "One@x.test", "display_name": "One"})
    body = {"email": "oNE@x.test", "display_name": "Two"}
    assert await school.admin.refused("POST", "/users", body) == (409, "api_core.email-taken")


@pytest.mark.parametrize(
    "member",
    [{"email": "nobody"}, {"email": None}, {"display_name": " "}, {"tier": "x"}, {"colour": "red"}],
)
async def test_what_is_not_a_person_is_refused(school: School, member: dict[str, str]) -> None:
    body = {"email": "a@x.test", "display_name": "A", **member}
    assert (await school.admin.refused("POST", "/users", body))[0] == 422


async def test_of_two_changes_made_on_one_version_one_wins_and_the_other_sees_both(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    path = f"/users/{person.user}"
    answers = await asyncio.gather(
        *(
            school.admin.send("PATCH", path, {"display_name": name}, If_Match='"v1"')
            for name in ("First", "Second")
        )
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, won.headers["etag"]) == (200, '"v2"')
    assert lost.status_code == 412
    assert (lost.json()["yours"], lost.json()["current"]) == ('"v1"', '"v2"')
    assert (await school.admin.get(path))["display_name"] == won.json()["display_name"]


async def test_a_change_without_a_version_is_refused_and_one_that_changes_nothing_is_none(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    path = f"/users/{person.user}"
    body = {"display_name": "X"}
    assert (await school.admin.refused("PATCH", path, body))[0] == 428
    assert (await school.admin.patch(path, {}, version=1))["version"] == 1
    assert (await eduflow.events(school.institution)).count("person.changed") == 0


async def test_null_takes_away_and_absence_leaves(eduflow: Eduflow, school: School) -> None:
    body = {"email": "t@x.test", "display_name": "T", "tier": "graduate", "sis_id": "S1"}
    made = await school.admin.post("/users", body)
    changed = await school.admin.patch(f"/users/{made['id']}", {"tier": None}, version=1)
    assert (changed["tier"], changed["sis_id"]) == (None, "S1")
    path = f"/users/{made['id']}"
    answer = await school.admin.send("PATCH", path, {"email": None}, If_Match='"v2"')
    assert answer.status_code == 422


async def test_suspending_somebody_ends_their_sessions(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    session = await a_session(eduflow, person)
    await school.admin.patch(f"/users/{person.user}", {"state": "suspended"}, version=1)
    async with eduflow.sql() as connection:
        because = await connection.fetchval(
            "SELECT revoked_because FROM login_sessions WHERE id = $1", session
        )
    assert because == "suspended"


async def test_nobody_suspends_or_dethrones_themselves(school: School) -> None:
    mine = f"/users/{school.admin.user}"
    answer = await school.admin.send("PATCH", mine, {"state": "suspended"}, If_Match='"v1"')
    assert (answer.status_code, "not-to-yourself" in answer.json()["type"]) == (409, True)
    refusal = await school.admin.refused("DELETE", f"{mine}/roles?role=administrator")
    assert refusal == (409, "api_core.not-to-yourself")


async def test_a_role_permits_at_once_and_no_longer_when_it_is_withdrawn(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    course = await a_course(school)
    body = {"role": "registrar"}
    assert (await person.refused("GET", "/users"))[0] == 403
    await school.admin.post(f"/users/{person.user}/roles", body)
    person.position = school.admin.position
    assert len((await person.get("/users"))["items"]) == 2
    assert (await person.get("/users/me"))["roles"][0]["role"] == "registrar"
    path = f"/users/{person.user}/roles"
    again = await school.admin.refused("POST", path, body)
    assert again == (409, "api_core.role-granted-already")
    answer = await school.admin.send("DELETE", f"{path}?role=registrar")
    assert answer.status_code == 204
    person.position = school.admin.position
    assert (await person.refused("GET", "/users"))[0] == 403
    gone = await school.admin.refused("DELETE", f"{path}?role=registrar")
    assert gone == (404, "api_core.role-not-granted")
    there = {"role": "ta", "context_type": "course", "context_id": course.id}
    await school.admin.post(path, there)
    person.position = school.admin.position
    assert [c["id"] for c in (await person.get("/courses"))["items"]] == [course.id]
    await person.get(f"/courses/{course.id}/roster")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"role": "emperor"}, "api_core.no-such-role"),
        ({"role": "ta", "context_type": "course"}, "api_core.no-such-context"),
        (
            {"role": "ta", "context_type": "course", "context_id": str(uuid4())},
            "api_core.no-such-context",
        ),
        (
            {"role": "ta", "context_type": "institution", "context_id": str(uuid4())},
            "api_core.no-such-context",
        ),
    ],
)
async def test_a_role_that_makes_no_sense_is_refused(
    school: School, body: dict[str, str], code: str
) -> None:
    refusal = await school.admin.refused("POST", f"/users/{school.admin.user}/roles", body)
    assert refusal == (422, code)


async def test_everybody_reads_themselves_and_nobody_else(eduflow: Eduflow, school: School) -> None:
    person = await a_person(eduflow, school)
    assert (await person.get(f"/users/{person.user}"))["id"] == str(person.user)
    assert (await person.refused("GET", f"/users/{school.admin.user}"))[0] == 403
    me = await person.get("/users/me")
    assert (me["id"], me["roles"]) == (str(person.user), [])


async def test_the_institution_is_changed_by_its_administrator_only(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    body = {"name": "New Name", "time_zone": "Europe/Athens"}
    refusal = await person.refused("PATCH", "/institutions/me", body, If_Match='"v1"')
    assert refusal[0] == 403
    await school.admin.patch("/institutions/me", body, version=1)
    person.position = school.admin.position
    seen = await person.get("/institutions/me")
    assert (seen["name"], seen["time_zone"], seen["version"]) == ("New Name", "Europe/Athens", 2)


async def test_terms_hold_courses_and_end_after_they_start(school: School) -> None:
    times = {"starts_on": "2026-01-01T00:00:00Z", "ends_on": "2025-01-01T00:00:00Z"}
    refusal = await school.admin.refused("POST", "/terms", {"name": "Odd", **times})
    assert refusal == (422, "api_core.ends-before-start")
    term = await school.admin.post("/terms", {"name": "Spring", "sis_id": "T1"})
    assert [t["id"] for t in (await school.admin.get("/terms"))["items"]] == [term["id"]]
    taken = await school.admin.refused("POST", "/terms", {"name": "Other", "sis_id": "T1"})
    assert taken == (409, "api_core.sis-id-taken")
    await school.admin.post("/courses", {"code": "A", "title": "A", "term_id": term["id"]})
    await school.admin.post("/courses", {"code": "B", "title": "B"})
    found = await school.admin.get(f"/courses?term_id={term['id']}")
    assert [course["code"] for course in found["items"]] == ["A"]
