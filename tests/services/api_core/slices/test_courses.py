"""Courses, their outline, and the seats in them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_course, a_person, a_seat


async def test_a_course_shows_modules_and_lessons_in_their_order(school: School) -> None:
    course = await a_course(school, lessons=2)
    body = {"title": "Before all", "position": 1}
    await school.admin.post(f"/modules/{course.module}/lessons", body)
    await school.admin.post(f"/courses/{course.id}/modules", {"title": "Week 2"})
    shown = await school.admin.get(f"/courses/{course.id}")
    assert [module["title"] for module in shown["modules"]] == ["Week 1", "Week 2"]
    titles = [lesson["title"] for lesson in shown["modules"][0]["lessons"]]
    assert titles == ["Lesson 0", "Before all", "Lesson 1"]
    assert "body" not in shown["modules"][0]["lessons"][0]


async def test_the_tag_of_a_course_changes_with_its_outline(school: School) -> None:
    course = await a_course(school, lessons=1)
    path = f"/courses/{course.id}"
    tag = (await school.admin.send("GET", path)).headers["etag"]
    assert (await school.admin.send("GET", path, If_None_Match=tag)).status_code == 304
    await school.admin.patch(f"/lessons/{course.lessons[0]}", {"title": "Other"}, version=1)
    answer = await school.admin.send("GET", path, If_None_Match=tag)
    assert answer.status_code == 200
    assert answer.json()["modules"][0]["lessons"][0]["title"] == "Other"


async def test_a_course_moves_on_by_legal_steps_only(school: School) -> None:
    course = (await school.admin.post("/courses", {"code": "A", "title": "A"}))["id"]
    path = f"/courses/{course}"
    answer = await school.admin.send("PATCH", path, {"state": "concluded"}, If_Match='"v1"')
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("api_core.illegal-transition")
    assert answer.json()["allowed"] == ["deleted", "published"]
    for version, state in enumerate(("published", "concluded", "published", "concluded"), 1):
        changed = await school.admin.patch(path, {"state": state}, version=version)
        assert (changed["state"], changed["version"]) == (state, version + 1)
    await school.admin.patch(path, {"state": "deleted"}, version=5)
    assert (await school.admin.refused("GET", path))[0] == 404
    assert (await school.admin.get("/courses"))["items"] == []


async def test_of_two_changes_of_a_course_one_wins_and_the_other_sees_both(school: School) -> None:
    course = await a_course(school)
    shown = await school.admin.get(f"/courses/{course.id}")
    path, tag = f"/courses/{course.id}", f'"v{shown["version"]}"'
    answers = await asyncio.gather(
        *(school.admin.send("PATCH", path, {"title": t}, If_Match=tag) for t in ("One", "Two"))
    )
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 412)
    assert (lost.json()["yours"], lost.json()["current"]) == (tag, won.headers["etag"])


async def test_the_list_holds_what_the_caller_may_see(eduflow: Eduflow, school: School) -> None:
    courses = [await a_course(school, code=f"C{n}") for n in range(5)]
    learner = await a_person(eduflow, school)
    assert (await learner.get("/courses"))["items"] == []
    for course in courses[:3]:
        await a_seat(school, course, learner)
    await a_seat(school, courses[0], learner, role="ta")
    seen, path = [], "/courses?limit=2"
    while path:
        answer = await learner.get(path)
        seen += [course["code"] for course in answer["items"]]
        path = f"/courses?limit=2&cursor={answer['next_cursor']}" if answer["next_cursor"] else ""
    assert seen == ["C0", "C1", "C2"]
    assert len((await school.admin.get("/courses"))["items"]) == 5
    assert (await learner.refused("GET", f"/courses/{courses[4].id}"))[0] == 403
    assert (await learner.get("/courses?state=draft"))["items"] == []


async def test_sections_divide_a_course_and_hold_seats(eduflow: Eduflow, school: School) -> None:
    course = await a_course(school)
    learner = await a_person(eduflow, school)
    path = f"/courses/{course.id}/sections"
    section = await school.admin.post(path, {"name": "Evening"})
    listed = (await school.admin.get(path))["items"]
    assert [(s["name"], s["is_default"]) for s in listed] == [("MA101", True), ("Evening", False)]
    body = {"user_id": str(learner.user), "section_id": section["id"]}
    seat = await school.admin.post(f"/courses/{course.id}/enrollments", body)
    shown = await school.admin.get(f"/enrollments/{seat['id']}")
    assert shown["section_id"] == section["id"]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/courses", {"code": "A", "title": "A", "term_id": str(uuid4())}, "api_core.no-such-term"),
        (
            "/courses",
            {
                "code": "A",
                "title": "A",
                "starts_on": "2026-01-02T00:00:00Z",
                "ends_on": "2026-01-01T00:00:00Z",
            },
            "api_core.ends-before-start",
        ),
        ("/courses", {"code": "A", "title": "A", "starts_on": "2026-01-02T00:00:00"}, ""),
    ],
)
async def test_a_course_that_cannot_be_is_refused(
    school: School, path: str, body: dict[str, str], code: str
) -> None:
    status, found = await school.admin.refused("POST", path, body)
    assert (status, found) == (422, code or found)


async def test_modules_and_lessons_change_on_the_version_they_were_read_in(school: School) -> None:
    course = await a_course(school, lessons=1)
    module = await school.admin.patch(f"/modules/{course.module}", {"title": "New"}, version=1)
    assert (module["title"], module["version"]) == ("New", 2)
    path = f"/modules/{course.module}"
    late = await school.admin.refused("PATCH", path, {"position": 2}, If_Match='"v1"')
    assert late == (412, "kernel.precondition-failed")
    lesson = f"/lessons/{course.lessons[0]}"
    await school.admin.patch(lesson, {"body": "Text"}, version=1)
    assert (await school.admin.get(lesson))["body"] == "Text"
    half = {"content_item_id": str(uuid4())}
    refusal = await school.admin.refused("PATCH", lesson, half, If_Match='"v2"')
    assert refusal == (422, "api_core.content-half-pinned")
    whole = {**half, "content_version": 3}
    assert (await school.admin.patch(lesson, whole, version=2))["content_version"] == 3


async def test_a_locked_module_hides_its_texts_and_takes_no_progress(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=1)
    learner = await a_person(eduflow, school)
    await a_seat(school, course, learner)
    lesson = f"/lessons/{course.lessons[0]}"
    await school.admin.patch(lesson, {"body": "Secret"}, version=1)
    opens = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await school.admin.patch(f"/modules/{course.module}", {"unlock_at": opens}, version=1)
    learner.position = school.admin.position
    assert (await learner.get(lesson))["body"] is None
    assert (await school.admin.get(lesson))["body"] == "Secret"
    refusal = await learner.refused("POST", f"{lesson}/progress", {"kind": "completed"})
    assert refusal == (409, "api_core.module-locked")


async def test_a_seat_moves_on_by_legal_steps_and_the_roster_follows(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school)
    learner = await a_person(eduflow, school)
    path = f"/enrollments/{await a_seat(school, course, learner)}"
    assert (await learner.get(path))["state"] == "active"
    await school.admin.patch(path, {"state": "withdrawn"}, version=1)
    roster = await school.admin.get(f"/courses/{course.id}/roster")
    assert [seat["state"] for seat in roster["items"]] == ["withdrawn"]
    learner.position = school.admin.position
    assert (await learner.refused("GET", f"/courses/{course.id}"))[0] == 403
    refusal = await school.admin.refused("PATCH", path, {"state": "completed"}, If_Match='"v2"')
    assert refusal == (409, "api_core.illegal-transition")
    await school.admin.patch(path, {"state": "active"}, version=2)
    await school.admin.patch(path, {"state": "completed"}, version=3)
    learner.position = school.admin.position
    await learner.get(f"/courses/{course.id}")


async def test_nobody_joins_a_concluded_course_or_works_in_it(
    eduflow: Eduflow, school: School
) -> None:
    course = await a_course(school, lessons=1)
    learner = await a_person(eduflow, school)
    paused, late = [await a_person(eduflow, school, name) for name in ("Pia Paused", "Lea Late")]
    await a_seat(school, course, learner)
    path = f"/enrollments/{await a_seat(school, course, paused)}"
    await school.admin.patch(path, {"state": "inactive"}, version=1)
    version = (await school.admin.get(f"/courses/{course.id}"))["version"]
    await school.admin.patch(f"/courses/{course.id}", {"state": "concluded"}, version=version)
    gone = (409, "api_core.course-concluded")
    body = {"user_id": str(late.user)}
    assert await school.admin.refused("POST", f"/courses/{course.id}/enrollments", body) == gone
    assert await school.admin.refused("PATCH", path, {"state": "active"}, If_Match='"v2"') == gone
    progress = f"/lessons/{course.lessons[0]}/progress"
    assert await learner.refused("POST", progress, {"kind": "viewed"}) == gone
