"""One submission for a team: handed in by any member, seen by all, graded for each."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.repair import rebuild
from eduflow.services.api_core.projections.gradebook import gradebook
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import (
    GivenClass,
    a_rubric,
    an_assignment,
    gradebook_row,
    handed_in,
)
from tests.services.api_core.given_teams import a_team_set, placed, teams_of_two


async def cell(given: GivenClass, student: Person) -> tuple[Any, str]:
    """Score and state of the one assignment there is."""
    (found,) = (await gradebook_row(given, student))["cells"]
    return found["score"], found["state"]


async def test_any_member_hands_in_and_every_member_sees_it_and_its_versions(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, _) = await teams_of_two(eduflow, school)
    essay = await an_assignment(given, team_set_id=team_set["id"], max_attempts=2)
    first, second, third, _ = given.students
    made = await handed_in(given, essay, first, "Ours")
    again = await handed_in(given, essay, second, "Ours, better")
    assert (made["id"], made["team_id"], made["attempt"]) == (again["id"], red["id"], 1)
    assert (again["attempt"], again["version"]) == (2, 2)
    for member in (first, second):
        member.position = given.teacher.position
        seen = await member.get(f"/submissions/{made['id']}")
        assert (seen["user_id"], seen["team_id"], seen["team_name"]) == (None, red["id"], "Team 0")
        assert [(v["body"], v["submitted_by"]) for v in seen["versions"]] == [
            ("Ours, better", str(second.user)),
            ("Ours", str(first.user)),
        ]
        assert sorted(seen["members"]) == sorted([str(first.user), str(second.user)])
        yours = (await member.get(f"/assignments/{essay['id']}", EduFlow_Strict="true"))["yours"]
        assert (yours["submission_id"], yours["attempt"], yours["state"]) == (
            *(made["id"], 2),
            "submitted",
        )
    third.position = given.teacher.position
    assert (await third.refused("GET", f"/submissions/{made['id']}"))[0] == 403
    path = f"/assignments/{essay['id']}/submissions"
    used_up = await first.refused("POST", path, {"body": "Third"})
    assert used_up == (409, "api_core.attempts-used-up")
    theirs = await handed_in(given, essay, third, "Others")
    lines = (await given.teacher.get(path, EduFlow_Strict="true"))["items"]
    assert [(line["submission_id"], line["team_name"], line["user_id"]) for line in lines] == [
        (made["id"], "Team 0", None),
        (theirs["id"], "Team 1", None),
    ]
    desk = await given.teacher.get(f"/assignments/{essay['id']}/next-ungraded")
    assert (desk["left"], desk["submission"]["team_name"] in {"Team 0", "Team 1"}) == (2, True)


async def test_two_members_at_one_moment_make_two_versions_and_lose_nothing(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, _ = await teams_of_two(eduflow, school, teams=1)
    path = "/assignments/{}/submissions"
    for _ in range(3):
        essay = await an_assignment(given, team_set_id=team_set["id"])
        for student in given.students:
            student.position = given.teacher.position
        answers = await asyncio.gather(
            *(
                student.send("POST", path.format(essay["id"]), {"body": body})
                for student, body in zip(given.students, ("One", "Two"), strict=True)
            )
        )
        assert [a.status_code for a in answers] == [201, 201]
        made = sorted((a.json() for a in answers), key=lambda one: one["attempt"])
        assert [one["attempt"] for one in made] == [1, 2]
        assert made[0]["id"] == made[1]["id"]
        given.teacher.position = max(s.position for s in given.students if s.position)
        seen = await given.students[0].get(f"/submissions/{made[0]['id']}")
        assert {v["body"] for v in seen["versions"]} == {"One", "Two"}
        digests = {v["attempt"]: v["sha256"] for v in seen["versions"]}
        assert digests == {one["attempt"]: one["sha256"] for one in made}


async def test_a_grade_of_the_team_is_everybodys_and_one_of_them_may_have_their_own(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, _ = await teams_of_two(eduflow, school)
    essay = await an_assignment(given, team_set_id=team_set["id"])
    first, second, third, _ = given.students
    work = await handed_in(given, essay, first)
    grades = f"/submissions/{work['id']}/grades"
    made = await given.teacher.post(grades, {"version": 1, "score": 8, "comment": "Well"})
    assert (made["people"], made["version"]) == (2, 2)
    assert [await cell(given, s) for s in (first, second)] == [(8, "graded")] * 2
    assert await cell(given, third) == (None, "none")
    own = {"user_id": str(second.user), "score": 5, "source": "override", "reason": "Did less"}
    alone = f"/assignments/{essay['id']}/grades"
    stale = await given.teacher.refused("POST", alone, {**own, "version": 1})
    assert stale == (412, "kernel.precondition-failed")
    by_rubric = {"user_id": str(second.user), "version": 2, "rubric": {}}
    refusal = await given.teacher.refused("POST", alone, by_rubric)
    assert refusal == (409, "api_core.marks-are-of-the-team")
    assert (await given.teacher.post(alone, {**own, "version": 2}))["people"] == 1
    assert [(await cell(given, s))[0] for s in (first, second)] == [8, 5]
    again = await given.teacher.post(grades, {"version": 3, "score": 9})
    assert again["people"] == 1
    assert [(await cell(given, s))[0] for s in (first, second)] == [9, 5]
    back = {"user_id": str(second.user), "version": 4, "score": 7}
    await given.teacher.post(alone, back)
    await given.teacher.post(grades, {"version": 5, "score": 6})
    assert [(await cell(given, s))[0] for s in (first, second)] == [6, 6]
    for member, scores in ((first, [6, 9, 8]), (second, [6, 7, 5, 8])):
        member.position = given.teacher.position
        seen = await member.get(f"/submissions/{work['id']}")
        assert [g["score"] for g in seen["grades"]] == scores
        assert {g["user_id"] for g in seen["grades"]} == {str(member.user)}
    assert len((await given.teacher.get(f"/submissions/{work['id']}"))["grades"]) == 7
    told = await eduflow.events(school.institution)
    assert told.count("api_core.grade_given") == 7
    excused = {"user_id": str(second.user), "version": 6, "excused": True}
    await given.teacher.post(alone, excused)
    await given.teacher.post(grades, {"version": 7, "score": 4})
    assert [(await cell(given, s))[1] for s in (first, second)] == ["graded", "excused"]


async def test_of_two_graders_of_a_team_one_is_told_what_the_other_gave(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, _ = await teams_of_two(eduflow, school, teams=1)
    rubric = (await a_rubric(given))["versions"][0]
    essay = await an_assignment(given, team_set_id=team_set["id"], rubric_version_id=rubric["id"])
    work = await handed_in(given, essay, given.students[0])
    form = rubric["criteria"][1]["id"]
    path = f"/submissions/{work['id']}/rubric/{form}"
    marked = await given.teacher.send("PUT", path, {"points": 2}, If_Match='"v0"')
    assert marked.status_code == 200
    grades = f"/submissions/{work['id']}/grades"
    level = {rubric["criteria"][0]["id"]: {"points": 5}}
    answers = await asyncio.gather(
        given.teacher.send("POST", grades, {"version": 2, "rubric": level}),
        given.teacher.send("POST", grades, {"version": 2, "score": 3}),
    )
    assert sorted(a.status_code for a in answers) == [201, 412]
    kept = next(a.json() for a in answers if a.status_code == 201)
    scores = [(await cell(given, s))[0] for s in given.students]
    assert scores == [kept["score"]] * 2
    async with eduflow.sql() as superuser:
        for table in ("rubric_assessments", "grade_events"):
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await superuser.execute(
                    f"UPDATE {table} SET team_id = gen_random_uuid() WHERE submission_id = $1",
                    UUID(work["id"]),
                )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await superuser.execute(
                "UPDATE grade_events SET user_id = $1 WHERE user_id = $2",
                *(given.teacher.user, given.students[0].user),
            )


async def test_who_changes_teams_has_the_work_of_the_new_one_and_keeps_their_grades(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, blue) = await teams_of_two(eduflow, school)
    essay = await an_assignment(given, team_set_id=team_set["id"])
    first, second, third, _ = given.students
    of_red = await handed_in(given, essay, first, "Red")
    of_blue = await handed_in(given, essay, third, "Blue")
    await given.teacher.post(f"/submissions/{of_red['id']}/grades", {"version": 1, "score": 8})
    await placed(given, blue, second)
    assert await cell(given, second) == (8, "resubmitted")
    await handed_in(given, essay, first, "Red, without them")
    second.position = given.teacher.position
    left = await second.get(f"/submissions/{of_red['id']}")
    assert [v["body"] for v in left["versions"]] == ["Red"]
    assert [g["score"] for g in left["grades"]] == [8]
    comments = f"/submissions/{of_red['id']}/comments"
    assert (await second.refused("POST", comments, {"body": "Still here"}))[0] == 403
    assert (await second.get(f"/submissions/{of_blue['id']}"))["versions"][0]["body"] == "Blue"
    await given.teacher.post(f"/submissions/{of_blue['id']}/grades", {"version": 1, "score": 6})
    assert await cell(given, second) == (6, "graded")
    assert await cell(given, third) == (6, "graded")
    await given.teacher.post(f"/submissions/{of_red['id']}/grades", {"version": 3, "score": 9})
    assert (await cell(given, second))[0] == 6
    late = await a_person(eduflow, school, "Lou Late")
    await a_seat(school, given.course, late)
    given.teacher.position = school.admin.position
    await placed(given, red, late)
    assert await cell(given, late) == (None, "submitted")
    path = f"/teams/{red['id']}/members/{late.user}"
    assert (await given.teacher.send("DELETE", path)).status_code == 204
    assert await cell(given, late) == (None, "none")
    paper = {"user_id": str(late.user), "version": 0, "score": 3}
    await given.teacher.post(f"/assignments/{essay['id']}/grades", paper)
    assert await cell(given, late) == (3, "graded")
    home = eduflow.worker.databases["api_core"].primary
    rebuilt = await rebuild(gradebook, source=home, home=home, progress=lambda *_: None)
    assert rebuilt.differing == dict.fromkeys(gradebook.tables, 0)


async def test_who_joins_while_the_team_hands_in_has_its_work(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, _) = await teams_of_two(eduflow, school)
    first, _, joining, _ = given.students
    blue = (await given.teacher.get(f"/team-sets/{team_set['id']}/teams"))["items"][1]
    for n in range(4):
        essay = await an_assignment(given, team_set_id=team_set["id"], title=f"Essay {n}")
        first.position = given.teacher.position
        path = f"/teams/{(red, blue)[n % 2]['id']}/members/{joining.user}"
        handing = first.send("POST", f"/assignments/{essay['id']}/submissions", {"body": "Ours"})
        joined, made = await asyncio.gather(given.teacher.send("PUT", path, {}), handing)
        assert (joined.status_code, made.status_code) == (200, 201)
        # Two writes side by side: whoever wants to see both says both positions.
        given.teacher.position = f"{given.teacher.position}, {first.position}"
        await given.teacher.get(f"/teams/{red['id']}")
        first_row = await gradebook_row(given, first)
        row = await gradebook_row(given, joining)
        work = {c["assignment_id"]: c["submission_id"] for c in row["cells"]}
        expected = made.json()["id"] if n % 2 == 0 else None
        assert work.get(essay["id"]) == expected
        assert len(first_row["cells"]) == n + 1


async def test_the_team_decides_who_hands_in_and_does_not_change_under_the_work(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (_, blue) = await teams_of_two(eduflow, school)
    other_set = await a_team_set(given, name="Labs")
    essay = await an_assignment(given, team_set_id=other_set["id"])
    path = f"/assignments/{essay['id']}/submissions"
    student = given.students[0]
    student.position = given.teacher.position
    assert await student.refused("POST", path, {"body": "Mine"}) == (409, "api_core.in-no-team")
    assignment = f"/assignments/{essay['id']}"
    changed = await given.teacher.patch(assignment, {"team_set_id": team_set["id"]}, version=1)
    assert changed["team_set_id"] == team_set["id"]
    work = await handed_in(given, essay, student)
    for wanted in (None, other_set["id"]):
        refusal = await given.teacher.refused(
            "PATCH", assignment, {"team_set_id": wanted}, If_Match='"v2"'
        )
        assert refusal == (409, "api_core.teams-in-use")
    foreign = await given.teacher.refused(
        *("POST", f"/courses/{given.course.id}/assignments"),
        {"group_id": given.group, "title": "T", "points": 1, "team_set_id": blue["id"]},
    )
    assert foreign == (422, "api_core.no-such-team-set")
    for member in given.students[:2]:
        path = f"/teams/{work['team_id']}/members/{member.user}"
        assert (await given.teacher.send("DELETE", path)).status_code == 204
    grades = f"/submissions/{work['id']}/grades"
    empty = await given.teacher.refused("POST", grades, {"version": 1, "score": 1})
    assert empty == (409, "api_core.team-is-empty")


async def test_a_team_is_graded_without_names_and_each_by_their_own_dates(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, _) = await teams_of_two(eduflow, school)
    due = datetime.now(UTC) - timedelta(hours=1)
    essay = await an_assignment(given, team_set_id=team_set["id"], anonymous=True, due_at=str(due))
    first, second, *_ = given.students
    more = {"user_id": str(second.user), "extra_minutes": 90}
    await given.teacher.post(f"/assignments/{essay['id']}/overrides", more)
    work = await handed_in(given, essay, first)
    assert work["late"] is True
    await handed_in(given, essay, second, "Again")
    first.position = given.teacher.position
    await first.post(f"/submissions/{work['id']}/comments", {"body": "Please"})
    given.teacher.position = first.position
    paths = (
        f"/submissions/{work['id']}",
        f"/assignments/{essay['id']}/next-ungraded",
        f"/assignments/{essay['id']}/submissions",
    )
    for path in paths:
        text = (await given.teacher.send("GET", path)).text
        assert "Team 0" not in text
        for hidden in (red["id"], str(first.user), str(second.user)):
            assert hidden not in text, path
    for late in ([False, False], [True, False]):  # Blind cells tell nothing, before it is posted.
        rows = [await gradebook_row(given, s) for s in (first, second)]
        assert [row["cells"][0]["late"] for row in rows] == late
        await given.teacher.post(f"/assignments/{essay['id']}/post-grades")
