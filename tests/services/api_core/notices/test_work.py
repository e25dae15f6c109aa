"""Who is told of work: graded, commented, to be graded, due. Once, and never what it is worth."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.runtime import Runtime
from eduflow.services.api_core.notices.kinds import KINDS
from eduflow.services.api_core.notices.reminders import is_tomorrow, remind_of_due
from eduflow.services.api_core.notices.words import BY_LANGUAGE
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    an_assignment,
    gradebook_row,
    handed_in,
)
from tests.services.api_core.notices.test_digests import Later, digest
from tests.services.api_core.notices.test_notifications import mails, told, until_quiet


async def at_once(person: Person, *kinds: str) -> None:
    """By mail, too, as soon as it happens."""
    choices = [{"kind": kind, "in_app": "immediate", "mail": "immediate"} for kind in kinds]
    path = "/users/me/notification-preferences"
    assert (await person.send("PUT", path, {"choices": choices})).status_code == 204


async def graded(given: GivenClass, work: Any, *, version: int, score: float) -> None:
    body = {"version": version, "score": score}
    await given.teacher.post(f"/submissions/{work['id']}/grades", body)


async def test_a_student_is_told_of_a_grade_and_a_comment_and_no_mail_says_the_mark(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    await at_once(student, "graded", "commented")
    essay = await an_assignment(given, title="Häuser")
    work = await handed_in(given, essay, student)
    await graded(given, work, version=1, score=7.77)
    await given.teacher.post(f"/submissions/{work['id']}/comments", {"body": "Sehr 7.77"})
    student.position = given.teacher.position
    await student.post(f"/submissions/{work['id']}/comments", {"body": "Thank you"})
    await until_quiet(eduflow, school)
    for kind in ("graded", "commented"):
        (one,) = await told(student, kind)
        assert one["assignment_title"] == "Häuser"
        assert one["payload"]["assignment_id"] == essay["id"]
    sent = await mails(eduflow, school)
    assert sorted(str(m["Subject"]) for m in sent) == [
        "New comment on your work “Häuser” (Title of MA101)",
        "“Häuser” was graded (Title of MA101)",
    ]
    for letter in sent:
        for form in ("plain", "html"):
            body = letter.get_body((form,))
            assert body is not None
            assert "7.77" not in body.get_content()
            assert f"/courses/{given.course.id}/assignments/{essay['id']}" in body.get_content()
    await graded(given, work, version=2, score=8)
    await until_quiet(eduflow, school)
    assert len(await told(student, "graded")) == 2


async def test_of_what_is_not_posted_nobody_is_told_and_then_everybody_once(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=3)
    ann, ben, cat = given.students
    essay = await an_assignment(given, posting="manual")
    works = [await handed_in(given, essay, student) for student in given.students]
    for work in works[:2]:
        await graded(given, work, version=1, score=5)
        await given.teacher.post(f"/submissions/{work['id']}/comments", {"body": "Hm."})
    await until_quiet(eduflow, school)
    for student in given.students:
        assert await told(student, "graded") + await told(student, "commented") == []
    path = f"/assignments/{essay['id']}"
    for action in ("post-grades", "hide-grades", "post-grades"):
        await given.teacher.post(f"{path}/{action}")
    await until_quiet(eduflow, school)
    assert [len(await told(s, "graded")) for s in (ann, ben, cat)] == [1, 1, 0]
    await graded(given, works[2], version=1, score=5)
    await until_quiet(eduflow, school)
    assert [len(await told(s, "graded")) for s in (ann, ben, cat)] == [1, 1, 1]


async def test_who_grades_is_told_once_a_day_that_there_is_something_and_not_whose_it_is(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=3)
    essay = await an_assignment(given, anonymous=True, title="Blind")
    for student in given.students:
        await handed_in(given, essay, student)
    await until_quiet(eduflow, school)
    (one,) = await told(given.teacher, "to_grade")
    assert one["payload"] == {"course_id": given.course.id, "assignment_id": essay["id"]}
    assert [len(await told(s, "to_grade")) for s in given.students] == [0, 0, 0]
    assert await mails(eduflow, school) == []
    await digest(eduflow, timedelta(days=1), workers=2)
    await until_quiet(eduflow, school)
    letters = {str(m["To"]).split()[0]: m for m in await mails(eduflow, school)}
    body = letters["Tess"].get_body(("plain",))
    assert body is not None
    assert body.get_content().count("Work to grade: “Blind” (Title of MA101)") == 1


async def remind(eduflow: Eduflow, now: datetime, *, workers: int) -> None:
    held = Held(new_id(), 1, 1, {}, None)
    ahead = now - datetime.now(UTC)
    later = [cast("Runtime", Later(eduflow.worker, ahead)) for _ in range(workers)]
    await asyncio.gather(*(remind_of_due(held, one) for one in later))


async def test_the_day_before_something_is_due_whoever_has_not_handed_in_is_told_once(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=3)
    ann, ben, cat = given.students
    leaver = await a_person(eduflow, school, "Lara Leaver")
    seat = await a_seat(school, given.course, leaver)
    school.admin.position = given.teacher.position
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    tokyo = {"time_zone": "Asia/Tokyo"}
    await school.admin.patch(f"/users/{cat.user}", tokyo, version=1)
    given.teacher.position = school.admin.position
    day = (datetime.now(UTC) + timedelta(days=5)).replace(hour=0, minute=0, second=0, microsecond=0)
    # In Tokyo that is five in the morning of the day after; and its seven is 22 o'clock here.
    due = day + timedelta(days=1, hours=20)
    essay = await an_assignment(given, title="Essay", due_at=str(due))
    await an_assignment(given, title="Draft", due_at=str(due), state="draft")
    await handed_in(given, essay, ben)
    await gradebook_row(given, ben)
    everybody = (ann, ben, cat, leaver)

    async def counts() -> list[int]:
        await until_quiet(eduflow, school)
        return [len(await told(person, "due")) for person in everybody]

    await remind(eduflow, day + timedelta(hours=6), workers=1)
    assert await counts() == [0, 0, 0, 0]
    for _ in range(2):
        await remind(eduflow, day + timedelta(hours=8), workers=3)
    assert await counts() == [1, 0, 0, 0]
    await remind(eduflow, day + timedelta(hours=21, minutes=59), workers=2)
    assert await counts() == [1, 0, 0, 0]
    for hours in (22, 26, 31):
        await remind(eduflow, day + timedelta(hours=hours), workers=2)
    assert await counts() == [1, 0, 1, 0]
    sent = await mails(eduflow, school)
    assert [str(m["Subject"]) for m in sent] == ["Due tomorrow: “Essay” (Title of MA101)"] * 2


@pytest.mark.parametrize(
    ("due", "now", "zone", "yes"),
    [
        ("2026-03-11 23:59Z", "2026-03-10 06:59Z", "UTC", False),
        ("2026-03-11 23:59Z", "2026-03-10 07:00Z", "UTC", True),
        ("2026-03-10 23:59Z", "2026-03-10 07:00Z", "UTC", False),
        ("2026-03-12 00:00Z", "2026-03-10 12:00Z", "UTC", False),
        ("2026-03-12 03:00Z", "2026-03-10 12:00Z", "America/New_York", True),
        ("2026-03-11 23:59Z", "2026-03-11 00:00Z", "Asia/Tokyo", True),
        ("2026-03-29 22:30Z", "2026-03-28 07:00Z", "Europe/Vienna", False),
        ("2026-03-29 21:30Z", "2026-03-28 07:00Z", "Europe/Vienna", True),
        ("2026-03-11 23:59Z", "2026-03-10 07:00Z", "Nowhere/At_All", True),
    ],
)
def test_tomorrow_is_by_the_persons_calendar(due: str, now: str, zone: str, yes: bool) -> None:  # noqa: FBT001
    times = [datetime.fromisoformat(text) for text in (due, now)]
    assert is_tomorrow(times[0], times[1], time_zone=zone) is yes


def test_every_kind_has_words_in_every_language() -> None:
    for language, spoken in BY_LANGUAGE.items():
        assert set(spoken.kinds) == {*KINDS, "other"}, language
        for said in spoken.kinds.values():
            assert said.format(thread="t", course="c", assignment="a")
