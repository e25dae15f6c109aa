"""Dashboards: one read each, and the numbers of the pages that tell them one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_course, a_forum, a_person, a_seat, a_thread
from tests.services.api_core.given_grading import a_class, an_assignment, handed_in
from tests.services.api_core.notices.test_notifications import until_quiet

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


async def dashboard(person: Person, after: Person) -> Any:
    """As new as what another has written."""
    person.position = after.position
    return await person.get("/users/me/dashboard", EduFlow_Strict="true")


async def test_the_students_dashboard_tells_what_the_other_pages_tell(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, weight=100)
    (student,) = given.students
    essay = await an_assignment(given)
    work = await handed_in(given, essay, student)
    await given.teacher.post(f"/submissions/{work['id']}/grades", {"version": 1, "score": 8.5})
    other = await a_course(school, lessons=2, code="ZZ1")
    await a_seat(school, other, student)
    student.position = school.admin.position
    await student.post(f"/lessons/{other.lessons[0]}/progress", {"kind": "completed"})
    given.teacher.position = student.position
    thread = await a_thread(given.teacher, await a_forum(school, given.course))
    for n in range(2):
        await given.teacher.post(f"/threads/{thread.id}/posts", {"body": f"{n}"})
    student.position = given.teacher.position
    mine = await student.post(f"/threads/{thread.id}/posts", {"body": "Mine"})
    await until_quiet(eduflow, school)
    for read, left in ((None, 3), (thread.first, 2), (mine["id"], 0)):
        if read is not None:
            await student.send("PUT", f"/threads/{thread.id}/read", {"post_id": read})
        seen = await dashboard(student, student)
        first, second = seen["courses"]
        assert (first["grade"], second["grade"]["percent"]) == (
            {"percent": 85, "letter": "B"},
            None,
        )
        assert (second["completed"], second["total"], second["percent"]) == (1, 2, 50)
        assert (first["unread"], second["unread"], seen["unread_posts"]) == (left, 0, left)
        assert (await student.get("/users/me/unread"))["unread"] == left
    grades = (await student.get("/users/me/grades"))["items"]
    assert [(g["percent"], g["letter"]) for g in grades] == [(85, "B"), (None, None)]
    progress = (await student.get("/users/me/progress"))["items"]
    assert [p["percent"] for p in progress] == [0, 50]
    told = (await student.get("/users/me/notifications?unread=true"))["items"]
    assert seen["unread_notifications"] == len(told) > 0
    await student.send("PATCH", "/users/me/notifications/read")
    assert (await dashboard(student, student))["unread_notifications"] == 0
    theirs = await dashboard(given.teacher, student)
    assert [(c["grade"], c["role"]) for c in theirs["courses"]] == [(None, "teacher")]
    assert theirs["due_next"] == []


async def test_what_is_due_next_is_by_ones_own_dates_and_not_what_was_handed_in(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=2)
    ann, ben = given.students
    dated = {"first": 3, "second": 4, "third": 5}
    made = {
        title: await an_assignment(given, title=title, due_at=str(NOW + days * DAY))
        for title, days in dated.items()
    }
    await an_assignment(given, title="past", due_at=str(NOW - DAY))
    await an_assignment(given, title="undated")
    await an_assignment(given, title="draft", due_at=str(NOW + DAY), state="draft")
    for title, whose in (("third", ann), ("first", None)):
        section = (await given.teacher.get(f"/courses/{given.course.id}/sections"))["items"][0]
        body: dict[str, Any] = (
            {"user_id": str(whose.user)} if whose else {"section_id": section["id"]}
        )
        body |= {"due_at": str(NOW + (2 if whose else 9) * DAY)}
        await given.teacher.post(f"/assignments/{made[title]['id']}/overrides", body)
    seen = await dashboard(ann, given.teacher)
    assert [d["title"] for d in seen["due_next"]] == ["third", "second", "first"]
    (theirs, *_) = seen["due_next"]
    assert (theirs["course_id"], theirs["code"]) == (given.course.id, "MA101")
    assert datetime.fromisoformat(theirs["due_at"]) == NOW + 2 * DAY
    seen = await dashboard(ben, given.teacher)
    assert [d["title"] for d in seen["due_next"]] == ["second", "third", "first"]
    await handed_in(given, made["second"], ben)
    seen = await dashboard(ben, ben)
    assert [d["title"] for d in seen["due_next"]] == ["third", "first"]
    for n in range(12):
        await an_assignment(given, title=f"more {n}", due_at=str(NOW + DAY))
    seen = await dashboard(ben, given.teacher)
    assert [d["title"] for d in seen["due_next"]] == [f"more {n}" for n in range(10)]


async def test_whoever_has_left_a_course_is_not_told_what_is_due_there(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    await an_assignment(given, due_at=str(NOW + DAY))
    leaver = await a_person(eduflow, school, "Lara Leaver")
    seat = await a_seat(school, given.course, leaver)
    school.admin.position = given.teacher.position
    for version, state in ((1, "inactive"), (2, "withdrawn")):
        await school.admin.patch(f"/enrollments/{seat}", {"state": state}, version=version)
        seen = await dashboard(leaver, school.admin)
        assert (seen["due_next"], seen["unread_posts"]) == ([], 0)
        assert [c["grade"] for c in seen["courses"]] == ([None] if state == "inactive" else [])


async def test_the_course_dashboard_counts_what_the_gradebook_shows(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=4)
    ann, ben, cat, _ = given.students
    late = await an_assignment(given, title="late", due_at=str(NOW - DAY))
    paper = await an_assignment(
        given, title="paper", due_at=str(NOW - DAY), submission_types=["paper"]
    )
    later = await an_assignment(given, title="later", due_at=str(NOW + DAY))
    await an_assignment(given, title="draft", due_at=str(NOW - DAY), state="draft")
    first = await handed_in(given, late, ann)
    second = await handed_in(given, late, ben)
    await handed_in(given, later, cat)
    for work, score in ((first, 9.5), (second, 4)):
        path = f"/submissions/{work['id']}/grades"
        await given.teacher.post(path, {"version": 1, "score": score})
    await handed_in(given, late, ann, "Again")
    excuse = {"user_id": str(cat.user), "version": 0, "excused": True}
    await given.teacher.post(f"/assignments/{late['id']}/grades", excuse)
    leaver = await a_person(eduflow, school, "Lara Leaver")
    seat = await a_seat(school, given.course, leaver)
    await handed_in(given, later, leaver)
    school.admin.position = given.teacher.position
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    given.teacher.position = school.admin.position
    path = f"/courses/{given.course.id}"
    seen = await given.teacher.get(f"{path}/dashboard", EduFlow_Strict="true")
    book = await given.teacher.get(f"{path}/gradebook", EduFlow_Strict="true")
    figures = {one["title"]: one for one in seen["assignments"]}
    assert list(figures) == ["late", "paper", "later"]
    cells = [cell for row in book["items"] for cell in row["cells"]]
    for one in seen["assignments"]:
        own = [cell for cell in cells if cell["assignment_id"] == one["assignment_id"]]
        assert one["ungraded"] == sum(c["state"] in {"submitted", "resubmitted"} for c in own)
        assert one["late"] == sum(c["late"] for c in own)
        assert one["missing"] == sum(c["missing"] for c in own)
    assert [(f["ungraded"], f["late"], f["missing"]) for f in figures.values()] == [
        (1, 2, 1),
        (0, 0, 0),
        (1, 0, 0),
    ]
    assert (seen["ungraded"], seen["late"], seen["missing"]) == (2, 2, 1)
    assert seen["ungraded"] == sum(row["to_grade"] for row in book["items"])
    oldest = [f["oldest_ungraded_at"] for f in figures.values()]
    assert seen["oldest_ungraded_at"] == oldest[2] < oldest[0]
    assert oldest[1] is None
    letters = [row["letter"] for row in book["items"]]
    assert {g["letter"]: g["students"] for g in seen["grades"]} == {
        letter: letters.count(letter) for letter in ("A", "B", "C", "D", "F", None)
    }
    assert (letters.count("A"), letters.count("F"), letters.count(None)) == (1, 1, 2)
    assert seen["average_grade"] == 67.5
    assert paper["id"] == figures["paper"]["assignment_id"]
