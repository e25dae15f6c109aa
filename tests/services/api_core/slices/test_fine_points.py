"""Points, weights and percentages finer than four decimals are refused, and nothing changes."""

from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given_grading import (
    CRITERIA,
    GivenClass,
    a_class,
    a_rubric,
    an_assignment,
)

FINE = 3.14159


async def _refused(person: Person, method: str, path: str, body: Any, *, v: int = 0) -> None:
    """`body` has one fine number, and its pointer under the key `at`."""
    at, what = body.pop("at"), body.pop("what", "Points")
    headers = {"If_Match": f'"v{v}"'} if v else {}
    answer = await person.send(method, path, body, **headers)
    assert answer.status_code == 422, answer.text
    message = f"{what} have at most four decimals: send 3.1416"
    assert answer.json()["errors"] == [{"pointer": at, "message": message}]


async def test_an_assignment_and_its_group_have_none(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    teacher, course = given.teacher, f"/courses/{given.course.id}"
    weight = {"weight": FINE, "at": "/weight", "what": "Weights"}
    await _refused(teacher, "POST", f"{course}/assignment-groups", {"name": "G", **weight})
    await _refused(teacher, "PATCH", f"/assignment-groups/{given.group}", dict(weight), v=1)
    (group,) = (await teacher.get(f"{course}/assignment-groups"))["items"]
    assert (group["weight"], group["version"]) == (0, 1)
    points = {"points": FINE, "at": "/points"}
    new = {"group_id": given.group, "title": "Essay", **points}
    await _refused(teacher, "POST", f"{course}/assignments", new)
    assert (await teacher.get(f"{course}/assignments"))["items"] == []
    essay = await an_assignment(given, points=3.1416)
    await _refused(teacher, "PATCH", f"/assignments/{essay['id']}", dict(points), v=1)
    assert (await teacher.get(f"/assignments/{essay['id']}"))["points"] == 3.1416


async def test_a_rubric_has_none(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    rubric = await a_rubric(given)
    first, second = CRITERIA
    rating = {**first, "ratings": [{"label": "Good", "points": FINE}]}
    for criteria, at in (
        ([first, {**second, "points": FINE}], "/criteria/1/points"),
        ([rating], "/criteria/0/ratings/0/points"),
    ):
        new = {"course_id": given.course.id, "title": "Fine", "criteria": criteria, "at": at}
        await _refused(given.teacher, "POST", "/rubrics", new)
        path = f"/rubrics/{rubric['id']}"
        again = {"criteria": criteria, "at": at}
        await _refused(given.teacher, "POST", f"{path}/versions", again, v=1)
        assert await given.teacher.get(path) == rubric


async def test_a_grade_has_none(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school)
    essay = await an_assignment(given)
    path = f"/assignments/{essay['id']}/grades"
    grade = {"user_id": str(given.students[0].user), "version": 0}
    await _refused(given.teacher, "POST", path, {**grade, "score": FINE, "at": "/score"})
    # Which key of a mapping it is, the reader of the body does not say.
    marks = {"00000000-0000-0000-0000-000000000001": {"points": FINE}}
    await _refused(given.teacher, "POST", path, {**grade, "rubric": marks, "at": "/rubric"})
    await _is_ungraded(given, grade["user_id"])


async def _is_ungraded(given: GivenClass, user: Any) -> None:
    book = await given.teacher.get(f"/courses/{given.course.id}/gradebook", EduFlow_Strict="true")
    (row,) = (one for one in book["items"] if one["user_id"] == user)
    assert row["percent"] is None


async def test_what_completes_a_lesson_and_a_course_has_none(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    essay = await an_assignment(given)
    module = await given.teacher.post(f"/courses/{given.course.id}/modules", {"title": "M"})
    lesson = await given.teacher.post(f"/modules/{module['id']}/lessons", {"title": "L"})
    path = f"/lessons/{lesson['id']}/completion-rule"
    rule = {"rule": "scored", "assignment_id": essay["id"], "threshold": FINE, "at": "/threshold"}
    await _refused(given.teacher, "PUT", path, rule, v=1)
    path = f"/courses/{given.course.id}/certificates/by-rule"
    least = {"percent_at_least": FINE, "at": "/percent_at_least", "what": "Percentages"}
    await _refused(given.teacher, "POST", path, least)
