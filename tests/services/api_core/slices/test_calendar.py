"""The calendar of what is due: whose it is, what is in it, and when it is no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar

from eduflow.kernel.web.plans import Plans
from eduflow.services.api_core.calendars.tokens import CalendarTokens
from eduflow.services.api_core.routes.calendars import feed
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import a_class, an_assignment, handed_in
from tests.services.api_core.privacy.test_erasure import erased

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


async def address_of(person: Person, *, rotate: bool = False) -> str:
    """The path of somebody's calendar."""
    told = await person.post("/users/me/calendar", {"rotate": rotate})
    assert (await person.get("/users/me/calendar"))["url"] == told["url"]
    return "/api/v1" + str(told["url"]).partition("/api/v1")[2]


async def fetched(eduflow: Eduflow, address: str, **headers: str) -> httpx.Response:
    """As a calendar program asks: nobody is logged in. What was written before is folded."""
    eduflow.servers.cluster.catch_up()
    async with httpx.AsyncClient(base_url=eduflow.gateway) as nobody:
        return await nobody.get(
            address, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


async def events_of(eduflow: Eduflow, reader: Person, address: str) -> dict[str, Any]:
    """The events by summary, once the gradebook has all that the reader has seen."""
    await reader.get("/users/me/grades", EduFlow_Strict="true")
    answer = await fetched(eduflow, address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.content)
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


async def test_it_tells_what_is_due_by_the_persons_own_dates(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=2)
    one, two = given.students
    teacher = given.teacher
    section = await school.admin.post(f"/courses/{given.course.id}/sections", {"name": "B"})
    three = await a_person(eduflow, school, "Sec Tion")
    body = {"user_id": str(three.user), "section_id": section["id"]}
    await school.admin.post(f"/courses/{given.course.id}/enrollments", body)
    teacher.position = school.admin.position
    awkward = "Essay; a, b\\n é 🎓 " + "long " * 30
    essay = await an_assignment(given, title=awkward.strip(), due_at=SOON.isoformat(), points=2.5)
    await an_assignment(given, title="Draft", due_at=SOON.isoformat(), state="draft")
    await an_assignment(given, title="Whenever")
    old = (SOON - timedelta(days=400)).isoformat()
    await an_assignment(given, title="Old", due_at=old)
    overrides = f"/assignments/{essay['id']}/overrides"
    later = SOON + timedelta(days=2)
    zoned = later.astimezone().isoformat()
    await teacher.post(overrides, {"section_id": section["id"], "due_at": zoned})
    await teacher.post(overrides, {"user_id": str(two.user), "extra_minutes": 90})
    name = f"{awkward.strip()} (MA101)"
    seen = {}
    for person, due in ((one, SOON), (two, SOON + timedelta(minutes=90)), (three, later)):
        person.position = teacher.position
        events = await events_of(eduflow, person, await address_of(person))
        assert list(events) == [name]
        assert events[name]["dtstart"].dt == events[name]["dtend"].dt == due
        assert events[name]["dtstart"].to_ical().endswith(b"Z")
        assert "Points: 2.5" in str(events[name]["description"])
        seen[person.user] = str(events[name]["uid"])
    assert len(set(seen.values())) == 3
    assert await events_of(eduflow, teacher, await address_of(teacher)) == {}


async def test_an_event_keeps_its_name_and_counts_its_changes(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    teacher = given.teacher
    essay = await an_assignment(given, due_at=SOON.isoformat())
    student.position = teacher.position
    address = await address_of(student)
    first = (await events_of(eduflow, student, address))["Essay (MA101)"]
    body = {"due_at": (SOON + timedelta(days=1)).isoformat()}
    await teacher.patch(f"/assignments/{essay['id']}", body, version=essay["version"])
    student.position = teacher.position
    second = (await events_of(eduflow, student, address))["Essay (MA101)"]
    override = {"user_id": str(student.user), "due_at": SOON.isoformat()}
    await teacher.post(f"/assignments/{essay['id']}/overrides", override)
    student.position = teacher.position
    third = (await events_of(eduflow, student, address))["Essay (MA101)"]
    assert first["uid"] == second["uid"] == third["uid"]
    numbers = [int(event["sequence"]) for event in (first, second, third)]
    assert numbers == sorted(set(numbers))
    times = [event["last-modified"].dt for event in (first, second, third)]
    assert times == sorted(times)
    assert [event["dtstart"].dt for event in (first, second, third)] == [
        SOON,
        SOON + timedelta(days=1),
        SOON,
    ]


async def test_who_has_it_already_gets_nothing_until_a_date_moves(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    essay = await an_assignment(given, due_at=SOON.isoformat())
    student.position = given.teacher.position
    address = await address_of(student)
    await events_of(eduflow, student, address)
    answer = await fetched(eduflow, address)
    tag = answer.headers["etag"]
    assert answer.content == (await fetched(eduflow, address)).content
    again = await fetched(eduflow, address, If_None_Match=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert Plans(1).of(feed).rate == "read"
    # What is handed in moves no date.
    await handed_in(given, essay, student)
    await student.get("/users/me/grades", EduFlow_Strict="true")
    assert (await fetched(eduflow, address, If_None_Match=tag)).status_code == 304
    body = {"due_at": (SOON + timedelta(days=1)).isoformat()}
    await given.teacher.patch(f"/assignments/{essay['id']}", body, version=essay["version"])
    student.position = given.teacher.position
    await student.get("/users/me/grades", EduFlow_Strict="true")
    assert (await fetched(eduflow, address, If_None_Match=tag)).status_code == 200


async def test_an_address_that_was_rotated_or_withdrawn_is_as_one_that_never_was(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    assert (await person.get("/users/me/calendar"))["url"] is None
    first = await address_of(person)
    assert await address_of(person) == first
    assert (await fetched(eduflow, first)).status_code == 200
    second = await address_of(person, rotate=True)
    assert (await fetched(eduflow, second)).status_code == 200
    row = CalendarTokens(eduflow.settings.secret).read(second.rpartition("/")[2][:-4])
    assert row is not None
    await person.send("DELETE", "/users/me/calendar")
    await person.send("DELETE", "/users/me/calendar")
    assert (await person.get("/users/me/calendar"))["url"] is None
    token = second.rpartition("/")[2]
    forged = ("A" if token[0] != "A" else "B") + token[1:]
    gone = await fetched(eduflow, second)
    assert gone.status_code == 404
    plain = {k: v for k, v in gone.json().items() if k != "instance"}
    for address in (first, f"/api/v1/calendars/{forged}", "/api/v1/calendars/x.ics", second[:-4]):
        answer = await fetched(eduflow, address)
        assert answer.status_code == 404
        assert {k: v for k, v in answer.json().items() if k != "instance"} == plain


async def test_a_suspended_persons_calendar_is_not_there_and_an_erased_ones_is_gone(
    eduflow: Eduflow, school: School
) -> None:
    person = await a_person(eduflow, school)
    address = await address_of(person)
    await school.admin.patch(f"/users/{person.user}", {"state": "suspended"}, version=1)
    assert (await fetched(eduflow, address)).status_code == 404
    await school.admin.patch(f"/users/{person.user}", {"state": "active"}, version=2)
    assert (await fetched(eduflow, address)).status_code == 200
    report = await erased(school, person)
    assert report["erasure"]["counts"]["calendars"] == 1
    assert (await fetched(eduflow, address)).status_code == 404


async def test_nobody_sees_the_feeds_of_others_and_no_table_holds_an_address(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    one, two = given.students[0], await a_person(eduflow, school, "Two")
    await a_seat(school, given.course, two)
    address = await address_of(one)
    assert (await two.get("/users/me/calendar"))["url"] is None
    token = address.rpartition("/")[2][:-4]
    async with eduflow.sql() as sql:
        for table in ("calendar_feeds", "idempotency_keys", "outbox_events", "audit_log"):
            there = await sql.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
            if there:
                assert not await sql.fetchval(
                    f"SELECT EXISTS (SELECT FROM {table} AS t WHERE t::text LIKE $1)", f"%{token}%"
                )
