"""Handing in and grading: nothing is lost, nobody overwrites unseen."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from tests.harness.platform import Eduflow, School
from tests.services.api_core.given_grading import (
    a_class,
    a_rubric,
    an_assignment,
    gradebook_row,
    handed_in,
)

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


async def test_every_version_of_a_submission_is_kept_as_it_was_handed_in(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    essay = await an_assignment(given, max_attempts=2)
    first = await handed_in(given, essay, student, "First")
    second = await handed_in(given, essay, student, "Second")
    assert (first["id"], first["attempt"], second["attempt"]) == (second["id"], 1, 2)
    seen = await given.teacher.get(f"/submissions/{first['id']}")
    assert [(v["attempt"], v["body"]) for v in seen["versions"]] == [(2, "Second"), (1, "First")]
    digest = hashlib.sha256(msgspec.json.encode({"body": "First", "files": []})).hexdigest()
    assert seen["versions"][1]["sha256"] == first["sha256"] == digest
    path = f"/assignments/{essay['id']}/submissions"
    assert await student.refused("POST", path, {"body": "Third"}) == (
        409,
        "api_core.attempts-used-up",
    )
    pool = eduflow.runtime.databases["api_core"].primary
    for sql in ("UPDATE submission_versions SET body = ''", "DELETE FROM submission_versions"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(sql)
    assert (await given.teacher.refused("POST", path, {"body": "Not mine"}))[0] == 403


async def test_the_dates_of_the_person_decide(eduflow: Eduflow, school: School) -> None:
    given = await a_class(eduflow, school, students=3)
    punctual, excepted, of_section = given.students
    closed = await an_assignment(
        given, due_at=str(NOW - 2 * HOUR), lock_at=str(NOW - HOUR), submission_types=["text"]
    )
    overrides = f"/assignments/{closed['id']}/overrides"
    body = {"user_id": str(excepted.user), "extra_minutes": 90}
    made = await given.teacher.post(overrides, body)
    again = await given.teacher.refused("POST", overrides, body)
    assert again == (412, "kernel.precondition-failed")
    await given.teacher.post(overrides, {**body, "extra_minutes": 91, "version": made["version"]})
    section = (
        await given.teacher.post(f"/courses/{given.course.id}/sections", {"name": "Evening"})
    )["id"]
    seat = {"user_id": str(of_section.user), "section_id": section}
    await given.teacher.post(f"/courses/{given.course.id}/enrollments", seat)
    later = {"section_id": section, "due_at": str(NOW + HOUR), "lock_at": str(NOW + HOUR)}
    await given.teacher.post(overrides, later)
    for person in given.students:
        person.position = given.teacher.position
    path = f"/assignments/{closed['id']}/submissions"
    assert await punctual.refused("POST", path, {"body": "Late"}) == (
        409,
        "api_core.assignment-locked",
    )
    assert (await excepted.post(path, {"body": "Late"}))["late"] is True
    assert (await of_section.post(path, {"body": "In time"}))["late"] is False
    mine = await of_section.get(f"/assignments/{closed['id']}", EduFlow_Strict="true")
    assert datetime.fromisoformat(mine["yours"]["due_at"]) == NOW + HOUR
    stranger = {"user_id": str(given.teacher.user), "due_at": str(NOW)}
    assert await given.teacher.refused("POST", overrides, stranger) == (
        422,
        "api_core.no-such-student",
    )


async def test_a_draft_and_an_assignment_of_tomorrow_take_nothing(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    (student,) = given.students
    draft = await an_assignment(given, state="draft")
    tomorrow = await an_assignment(given, unlock_at=str(NOW + 24 * HOUR))
    paper = await an_assignment(given, submission_types=["paper"])
    student.position = given.teacher.position
    listed = (await student.get(f"/courses/{given.course.id}/assignments"))["items"]
    assert [one["id"] for one in listed] == [tomorrow["id"], paper["id"]]
    assert (await student.refused("GET", f"/assignments/{draft['id']}"))[0] == 404
    for assignment, code in (
        (draft, "api_core.assignment-not-open"),
        (tomorrow, "api_core.assignment-not-open"),
        (paper, "api_core.not-handed-in-this-way"),
    ):
        path = f"/assignments/{assignment['id']}/submissions"
        assert (await student.refused("POST", path, {"body": "x"}))[1] == code


async def test_of_two_graders_of_one_version_one_is_told_what_the_other_gave(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    essay = await an_assignment(given)
    work = await handed_in(given, essay, given.students[0])
    path = f"/submissions/{work['id']}/grades"
    grades = [{"version": work["version"], "score": score, "comment": "So"} for score in (7, 9)]
    answers = await asyncio.gather(*(given.teacher.send("POST", path, g) for g in grades))
    assert sorted(a.status_code for a in answers) == [201, 412]
    kept = next(a.json() for a in answers if a.status_code == 201)
    lost = next(a.json() for a in answers if a.status_code == 412)
    assert (lost["yours"], lost["current"]) == ('"v1"', '"v2"')
    assert lost["theirs"]["score"] is not None
    assert float(lost["theirs"]["score"]) == kept["score"]
    assert {kept["score"], lost["refused"]["score"]} == {7, 9}
    assert lost["refused"]["comment"] == "So"
    seen = await given.teacher.get(f"/submissions/{work['id']}")
    assert ([g["score"] for g in seen["grades"]], len(seen["comments"])) == ([kept["score"]], 1)
    assert seen["grades"][0]["actor_id"] == str(given.teacher.user)


async def test_a_grade_on_what_has_been_handed_in_anew_is_refused(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    essay = await an_assignment(given)
    (student,) = given.students
    work = await handed_in(given, essay, student)
    await handed_in(given, essay, student, "Better")
    path = f"/submissions/{work['id']}/grades"
    refusal = await given.teacher.refused("POST", path, {"version": work["version"], "score": 1})
    assert refusal == (412, "kernel.precondition-failed")
    await given.teacher.post(path, {"version": 2, "score": 8})
    row = await gradebook_row(given, student)
    assert [(c["score"], c["state"]) for c in row["cells"]] == [(8, "graded")]
    await handed_in(given, essay, student, "Best")
    row = await gradebook_row(given, student)
    assert ([c["state"] for c in row["cells"]], row["to_grade"]) == (["resubmitted"], 1)


async def test_a_grade_says_one_thing_and_an_override_says_why(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    essay = await an_assignment(given)
    work = await handed_in(given, essay, given.students[0])
    path = f"/submissions/{work['id']}/grades"
    for body, code in (
        ({}, "api_core.grade-says-nothing"),
        ({"score": 1, "excused": True}, "api_core.grade-says-nothing"),
        ({"score": 1, "source": "override"}, "api_core.override-needs-reason"),
        ({"rubric": {}}, "api_core.no-rubric"),
        ({"score": -1}, "kernel.invalid"),
        ({"score": 1, "source": "ai"}, "kernel.invalid"),
    ):
        refusal = await given.teacher.refused("POST", path, {"version": 1, **body})
        assert refusal[1] == code, body
    student = given.students[0]
    student.position = given.teacher.position
    assert (await student.refused("POST", path, {"version": 1, "score": 10}))[0] == 403
    assert (await student.refused("GET", f"/courses/{given.course.id}/gradebook"))[0] == 403


async def test_two_graders_of_one_criterion_lose_nothing_and_of_two_do_not_meet(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    rubric = (await a_rubric(given))["versions"][0]
    argument, form = rubric["criteria"]
    good, fair = argument["ratings"]
    essay = await an_assignment(given, rubric_version_id=rubric["id"])
    work = await handed_in(given, essay, given.students[0])
    marks = f"/submissions/{work['id']}/rubric"
    answers = await asyncio.gather(
        *(
            given.teacher.send(
                "PUT", f"{marks}/{argument['id']}", {"rating_id": r["id"]}, If_Match='"v0"'
            )
            for r in (good, fair)
        ),
        given.teacher.send("PUT", f"{marks}/{form['id']}", {"points": 2.5}, If_Match='"v0"'),
    )
    assert answers[2].status_code == 200
    assert sorted(a.status_code for a in answers[:2]) == [200, 412]
    kept = next(a.json() for a in answers[:2] if a.status_code == 200)
    lost = next(a.json() for a in answers[:2] if a.status_code == 412)
    assert (lost["yours"], lost["current"]) == ('"v0"', '"v1"')
    assert lost["theirs"]["rating_id"] == kept["rating_id"] != lost["refused"]["rating_id"]
    seen = await given.teacher.get(f"/submissions/{work['id']}")
    assert seen["version"] == 3
    path = f"/submissions/{work['id']}/grades"
    graded = await given.teacher.post(path, {"version": 3, "rubric": {}})
    assert graded["score"] == kept["points"] + 2.5
    changed = {"version": 4, "rubric": {form["id"]: {"points": 4}}}
    assert (await given.teacher.post(path, changed))["score"] == kept["points"] + 4
    current = await given.teacher.get(f"/submissions/{work['id']}")
    assert sorted((m["points"], m["version"]) for m in current["marks"]) == sorted(
        [(kept["points"], 1), (4.0, 2)]
    )
    other = (await a_rubric(given))["versions"][0]
    refusal = await given.teacher.send(
        "PATCH",
        f"/assignments/{essay['id']}",
        {"rubric_version_id": other["id"]},
        If_Match='"v1"',
    )
    assert refusal.json()["type"].endswith("rubric-in-use")


async def test_a_rubric_gives_only_what_is_in_it_and_all_of_it(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    made = await a_rubric(given)
    rubric = made["versions"][0]
    argument, form = rubric["criteria"]
    other = (await a_rubric(given))["versions"][0]["criteria"]
    essay = await an_assignment(given, rubric_version_id=rubric["id"])
    work = await handed_in(given, essay, given.students[0])
    path = f"/submissions/{work['id']}/grades"
    level = {"rating_id": argument["ratings"][0]["id"]}
    for marks, code in (
        ({argument["id"]: level}, "api_core.criteria-unmarked"),
        ({argument["id"]: level, form["id"]: {"points": 4.5}}, "api_core.not-of-this-rubric"),
        ({argument["id"]: level, form["id"]: level}, "api_core.not-of-this-rubric"),
        ({argument["id"]: level, form["id"]: {}}, "api_core.not-of-this-rubric"),
        ({other[0]["id"]: {"points": 1}}, "api_core.not-of-this-rubric"),
        ({str(uuid4()): {"points": 1}}, "api_core.not-of-this-rubric"),
    ):
        refusal = await given.teacher.refused("POST", path, {"version": 1, "rubric": marks})
        assert refusal == (422, code)
    await given.teacher.post(
        f"/rubrics/{made['id']}/versions", {"criteria": [{"description": "All", "points": 10}]}
    )
    seen = await given.teacher.get(f"/rubrics/{made['id']}")
    assert [(v["number"], len(v["criteria"])) for v in seen["versions"]] == [(2, 1), (1, 2)]
    student = given.students[0]
    student.position = given.teacher.position
    mine = (await student.get(f"/assignments/{essay['id']}"))["rubric"]
    assert [c["grader_note"] for c in mine["criteria"]] == [None, None]
    assert (await student.refused("GET", f"/rubrics/{made['id']}"))[0] == 403
    body = {"course_id": given.course.id, "title": "Mine", "criteria": [{**form, "ratings": []}]}
    body["criteria"] = [{"description": "Mine", "points": 1}]
    assert (await student.refused("POST", "/rubrics", body))[0] == 403


async def test_a_rubric_score_cannot_reach_another_student(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=2)
    rubric = (await a_rubric(given))["versions"][0]
    essay = await an_assignment(given, rubric_version_id=rubric["id"])
    other_essay = await an_assignment(given, rubric_version_id=rubric["id"])
    mine, theirs = [await handed_in(given, essay, s) for s in given.students]
    form = rubric["criteria"][1]["id"]
    await given.teacher.send(
        "PUT", f"/submissions/{mine['id']}/rubric/{form}", {"points": 1}, If_Match='"v0"'
    )
    await given.teacher.post(f"/submissions/{mine['id']}/grades", {"version": 2, "score": 1})
    tries = (
        ("submission_id", theirs["id"]),
        ("user_id", given.students[1].user),
        ("assignment_id", other_essay["id"]),
    )
    async with eduflow.sql() as superuser:
        for table in ("rubric_assessments", "grade_events"):
            for column, value in tries:
                with pytest.raises(asyncpg.ForeignKeyViolationError):
                    await superuser.execute(
                        f"UPDATE {table} SET {column} = $1 WHERE submission_id = $2",
                        value,
                        mine["id"],
                    )
    seen = await given.teacher.get(f"/submissions/{theirs['id']}")
    assert (seen["marks"], seen["grades"]) == ([], [])


async def test_the_desk_shows_work_without_names_in_an_order_of_each_graders_own(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=4)
    rubric = (await a_rubric(given))["versions"][0]
    essay = await an_assignment(given, anonymous=True, rubric_version_id=rubric["id"])
    made = [await handed_in(given, essay, student) for student in given.students]
    desk = f"/assignments/{essay['id']}/next-ungraded"

    async def walk() -> list[str]:
        order: list[str] = []
        after = ""
        while True:
            seen = (await given.teacher.get(desk + after))["submission"]
            if seen is None:
                return order
            order.append(seen["id"])
            after = f"?after={seen['id']}"

    order = await walk()
    assert order == await walk()
    assert sorted(order) == sorted(one["id"] for one in made)
    seen = await given.teacher.get(desk)
    assert (seen["left"], seen["submission"]["user_id"]) == (4, None)
    assert seen["submission"]["display_name"] is None
    assert [c["grader_note"] for c in seen["submission"]["rubric"]["criteria"]] == ["Be kind", ""]
    text = (await given.teacher.send("GET", desk)).text
    assert not any(str(student.user) in text for student in given.students)
    listed = await given.teacher.get(f"/assignments/{essay['id']}/submissions?state=submitted")
    assert [one["user_id"] for one in listed["items"]] == [None] * 4
    first = seen["submission"]
    comments = f"/submissions/{first['id']}/comments"
    criterion = rubric["criteria"][0]["id"]
    await given.teacher.post(comments, {"body": "Good", "criterion_id": criterion})
    wrong = {"body": "Good", "criterion_id": str(uuid4())}
    assert (await given.teacher.refused("POST", comments, wrong))[0] == 422
    path = f"/submissions/{first['id']}/grades"
    await given.teacher.post(path, {"version": first["version"], "score": 5})
    seen = await given.teacher.get(desk)
    assert (seen["left"], seen["submission"]["id"]) == (3, order[1])
    owner = next(s for s, m in zip(given.students, made, strict=True) if m["id"] == first["id"])
    await given.teacher.post(f"/assignments/{essay['id']}/post-grades")
    owner.position = given.teacher.position
    mine = await owner.get(f"/submissions/{first['id']}")
    assert mine["user_id"] == str(owner.user)
    assert [c["criterion_id"] for c in mine["comments"]] == [criterion]
    others = [s for s in given.students if s is not owner]
    assert (await others[0].refused("GET", f"/submissions/{first['id']}"))[0] == 403
