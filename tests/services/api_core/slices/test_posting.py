"""Posting: students see grades when they are posted, and blind work has no names until then."""

from typing import Any

from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.gradebook import gradebook
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    a_rubric,
    an_assignment,
    gradebook_row,
    handed_in,
)


async def graded(given: GivenClass, work: Any, score: float) -> None:
    body = {"version": work["version"], "score": score, "comment": "Look at page 2."}
    await given.teacher.post(f"/submissions/{work['id']}/grades", body)


async def seen_by(student: Person, after: Person, assignment: Any, work: Any) -> list[Any]:
    """Whether a student learns of their grade, on every page that could tell."""
    student.position = after.position
    (grades,) = (await student.get("/users/me/grades", EduFlow_Strict="true"))["items"]
    cell = next(c for c in grades["cells"] if c["assignment_id"] == assignment["id"])
    (card,) = (await student.get("/users/me/dashboard"))["courses"]
    one = await student.get(f"/assignments/{assignment['id']}")
    mine = await student.get(f"/submissions/{work['id']}")
    return [
        *(grades["percent"], card["grade"]["percent"], cell["score"], cell["given_score"]),
        *(one["yours"]["score"], cell["state"], one["yours"]["state"], mine["state"]),
        *(len(mine["grades"]), len(mine["comments"])),
    ]


NOT_YET = [None, None, None, None, None, "submitted", "submitted", "submitted", 0, 0]
SEEN = [85, 85, 8.5, 8.5, 8.5, "graded", "graded", "graded", 1, 1]


async def test_a_student_sees_what_they_were_given_when_it_is_posted_and_no_longer_when_hidden(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    essay = await an_assignment(given, posting="manual")
    work = await handed_in(given, essay, student)
    await graded(given, work, 8.5)
    assert await seen_by(student, given.teacher, essay, work) == NOT_YET
    row = await gradebook_row(given, student)
    (cell,) = row["cells"]
    assert (row["percent"], cell["score"], cell["posted"]) == (None, 8.5, False)
    path = f"/assignments/{essay['id']}"
    for _ in range(2):
        posted = await given.teacher.post(f"{path}/post-grades")
        assert (posted["version"], posted["posted_at"] is None) == (2, False)
    assert await seen_by(student, given.teacher, essay, work) == SEEN
    assert (await gradebook_row(given, student))["percent"] == 85
    for _ in range(2):
        hidden = await given.teacher.post(f"{path}/hide-grades")
        assert (hidden["version"], hidden["posted_at"]) == (3, None)
    assert await seen_by(student, given.teacher, essay, work) == NOT_YET
    await given.teacher.patch(path, {"posting": "automatic"}, version=3)
    assert await seen_by(student, given.teacher, essay, work) == SEEN
    names = [n for n in await eduflow.events(school.institution) if "grades_" in n]
    assert names == ["api_core.grades_posted", "api_core.grades_hidden"]
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(gradebook, source=home, home=home, progress=lambda *_: None)
    assert rebuilt.differing == dict.fromkeys(gradebook.tables, 0)


async def test_who_grades_blind_finds_no_way_from_a_name_to_a_mark_before_it_is_posted(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=2)
    ann, ben = given.students
    rubric = (await a_rubric(given))["versions"][0]
    essay = await an_assignment(given, anonymous=True, rubric_version_id=rubric["id"])
    assert essay["posting"] == "manual"
    open_one = await an_assignment(given)
    works = [await handed_in(given, essay, student) for student in (ann, ben)]
    other = await handed_in(given, open_one, ann)
    await graded(given, works[0], 7.25)
    await graded(given, other, 10)
    book = await given.teacher.send(
        "GET", f"/courses/{given.course.id}/gradebook", EduFlow_Strict="true"
    )
    assert not any(work["id"] in book.text for work in works)
    for row in book.json()["items"]:
        cell = next(c for c in row["cells"] if c["assignment_id"] == essay["id"])
        assert (cell["state"], cell["score"], cell["late"], cell["posted"]) == (
            *("blind", None, False, False),
        )
    assert [row["percent"] for row in book.json()["items"]] == [100, None]
    assert [row["to_grade"] for row in book.json()["items"]] == [0, 0]
    by_name = f"/assignments/{essay['id']}/grades"
    body = {"user_id": str(ann.user), "version": 0, "score": 1}
    refused = await given.teacher.refused("POST", by_name, body)
    assert refused == (409, "api_core.graded-blind")
    for path in (f"/assignments/{essay['id']}/submissions", f"/submissions/{works[0]['id']}"):
        text = (await given.teacher.send("GET", path)).text
        assert not any(str(student.user) in text for student in (ann, ben)), path
    dashboard = await given.teacher.get(f"/courses/{given.course.id}/dashboard")
    assert [a["ungraded"] for a in dashboard["assignments"]] == [1, 0]
    await given.teacher.post(f"/assignments/{essay['id']}/post-grades")
    row = await gradebook_row(given, ann)
    cell = next(c for c in row["cells"] if c["assignment_id"] == essay["id"])
    assert (cell["score"], cell["submission_id"]) == (7.25, works[0]["id"])
    assert row["percent"] == 86.25
    seen = await given.teacher.get(f"/submissions/{works[0]['id']}")
    assert seen["user_id"] == str(ann.user)
    refused = await given.teacher.refused("POST", by_name, body)
    assert refused == (412, "kernel.precondition-failed")


async def test_who_handed_in_nothing_is_graded_by_name_also_where_others_are_graded_blind(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    essay = await an_assignment(given, anonymous=True)
    body = {"user_id": str(student.user), "version": 0, "excused": True}
    made = await given.teacher.post(f"/assignments/{essay['id']}/grades", body)
    assert made["excused"] is True
    assert (await gradebook_row(given, student))["cells"][0]["state"] == "blind"


async def test_posting_is_for_who_teaches_and_blind_work_is_never_posted_by_itself(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    assistant = await a_person(eduflow, school, "Tim TA")
    await a_seat(school, given.course, assistant, role="ta")
    essay = await an_assignment(given, posting="manual")
    plain = await an_assignment(given)
    assert (plain["posting"], plain["posted_at"]) == ("automatic", None)
    student.position = assistant.position = given.teacher.position
    for action in ("post-grades", "hide-grades"):
        for person in (student, assistant):
            path = f"/assignments/{essay['id']}/{action}"
            assert await person.refused("POST", path) == (403, "kernel.forbidden")
        refused = await given.teacher.refused("POST", f"/assignments/{plain['id']}/{action}")
        assert refused == (409, "api_core.posted-automatically")
    blind = {"group_id": given.group, "title": "B", "points": 1, "anonymous": True}
    path = f"/courses/{given.course.id}/assignments"
    refused = await given.teacher.refused("POST", path, {**blind, "posting": "automatic"})
    assert refused == (422, "api_core.blind-posted-by-hand")
    path = f"/assignments/{plain['id']}"
    changed = await given.teacher.patch(path, {"anonymous": True}, version=1)
    assert changed["posting"] == "manual"
    body = {"posting": "automatic"}
    refused = await given.teacher.refused("PATCH", path, body, If_Match='"v2"')
    assert refused == (422, "api_core.blind-posted-by-hand")


async def test_what_is_not_posted_drops_nothing_and_weighs_nothing(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, weight=100, drop_lowest=1)
    (student,) = given.students
    for score, posting in ((6, "automatic"), (9, "automatic"), (1, "manual")):
        essay = await an_assignment(given, posting=posting)
        await graded(given, await handed_in(given, essay, student), score)
    row = await gradebook_row(given, student)
    assert row["percent"] == 90
    assert sorted((c["score"], c["dropped"]) for c in row["cells"]) == [
        *((1, False), (6, True), (9, False)),
    ]
    await given.teacher.post(f"/assignments/{essay['id']}/post-grades")
    row = await gradebook_row(given, student)
    assert row["percent"] == 75
    assert sorted((c["score"], c["dropped"]) for c in row["cells"]) == [
        *((1, True), (6, False), (9, False)),
    ]
