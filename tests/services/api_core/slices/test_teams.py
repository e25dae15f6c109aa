"""Teams: made by the staff or chosen, at most one of a set, and seen by those they concern."""

import asyncio

import asyncpg
import pytest

from tests.harness.platform import Eduflow, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import a_class, an_assignment, handed_in
from tests.services.api_core.given_teams import a_team, a_team_set, placed, teams_of_two


async def test_the_staff_see_all_teams_and_a_learner_their_own(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, blue) = await teams_of_two(eduflow, school)
    assert (team_set["name"], team_set["self_sign_up"], team_set["max_members"]) == (
        *("Teams", False),
        None,
    )
    path = f"/team-sets/{team_set['id']}/teams"
    seen = (await given.teacher.get(path))["items"]
    assert [(t["id"], t["size"], t["own"]) for t in seen] == [
        (red["id"], 2, False),
        (blue["id"], 2, False),
    ]
    first, second, third, _ = given.students
    (mine,) = (await first.get(path))["items"]
    assert (mine["id"], mine["own"]) == (red["id"], True)
    assert [m["user_id"] for m in mine["members"]] == [str(first.user), str(second.user)]
    assert (await first.get(f"/teams/{red['id']}"))["members"] == mine["members"]
    assert (await third.refused("GET", f"/teams/{red['id']}"))[0] == 403
    listed = await first.get(f"/courses/{given.course.id}/team-sets")
    assert [s["id"] for s in listed["items"]] == [team_set["id"]]


async def test_a_learner_is_in_one_team_of_a_set_and_is_moved_by_being_placed(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, blue) = await teams_of_two(eduflow, school)
    student = given.students[0]
    moved = await placed(given, blue, student, role="recorder")
    assert (moved["team_id"], moved["role"]) == (blue["id"], "recorder")
    again = await placed(given, blue, student, role="recorder")
    assert again == moved
    assert (await placed(given, blue, student, role="leader"))["version"] == moved["version"] + 1
    sizes = {
        t["name"]: t["size"]
        for t in (await given.teacher.get(f"/team-sets/{team_set['id']}/teams"))["items"]
    }
    assert sizes == {"Team 0": 1, "Team 1": 3}
    other_set = await a_team_set(given, name="Labs")
    await a_team(given, other_set, student)
    async with eduflow.sql() as superuser:
        with pytest.raises(asyncpg.UniqueViolationError):
            await superuser.execute(
                "UPDATE team_members SET left_at = NULL WHERE team_id = $1 AND user_id = $2",
                red["id"],
                student.user,
            )
    path = f"/teams/{blue['id']}/members/{student.user}"
    assert (await given.teacher.send("DELETE", path)).status_code == 204
    assert await given.teacher.refused("DELETE", path) == (404, "api_core.not-in-team")
    student.position = given.teacher.position
    assert (await student.get(f"/team-sets/{team_set['id']}/teams"))["items"] == []


async def test_only_active_seats_of_the_course_are_members(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school)
    team_set = await a_team_set(given)
    team = await a_team(given, team_set)
    stranger = await a_person(eduflow, school, "Stan Stranger")
    for person in (stranger, given.teacher):
        path = f"/teams/{team['id']}/members/{person.user}"
        refusal = await given.teacher.refused("PUT", path, {})
        assert refusal == (422, "api_core.no-such-student")
    leaving = await a_person(eduflow, school, "Lea Leaving")
    seat = await a_seat(school, given.course, leaving)
    given.teacher.position = leaving.position
    await placed(given, team, leaving)
    school.admin.position = given.teacher.position
    await school.admin.patch(f"/enrollments/{seat}", {"state": "withdrawn"}, version=1)
    given.teacher.position = school.admin.position
    assert (await given.teacher.get(f"/teams/{team['id']}"))["members"] == []
    leaving.position = school.admin.position
    assert (await leaving.refused("GET", f"/teams/{team['id']}"))[0] == 403


async def test_learners_choose_their_team_where_the_set_allows_it(
    eduflow: Eduflow, school: School
) -> None:
    given = await a_class(eduflow, school, students=3)
    fixed = await a_team(given, await a_team_set(given))
    open_set = await a_team_set(given, name="Labs", self_sign_up=True, max_members=2)
    red = await a_team(given, open_set)
    blue = await a_team(given, open_set, name="Blue")
    for student in given.students:
        student.position = given.teacher.position
    first = given.students[0]
    assert await first.refused("PUT", f"/teams/{fixed['id']}/membership") == (
        409,
        "api_core.no-self-sign-up",
    )
    answers = await asyncio.gather(
        *(student.send("PUT", f"/teams/{red['id']}/membership") for student in given.students)
    )
    assert sorted(a.status_code for a in answers) == [200, 200, 409]
    full = next(a.json() for a in answers if a.status_code == 409)
    assert (full["type"].rsplit("/", 1)[-1], full["max_members"]) == ("api_core.team-full", 2)
    inside = [s for s, a in zip(given.students, answers, strict=True) if a.status_code == 200]
    for student in given.students:
        student.position = inside[-1].position
    path = f"/team-sets/{open_set['id']}/teams"
    outside = next(s for s in given.students if s not in inside)
    shown = (await outside.get(path))["items"]
    assert [(t["size"], t["members"]) for t in shown] == [(2, None), (0, None)]
    assert (await outside.refused("DELETE", f"/teams/{red['id']}/membership"))[0] == 404
    essay = await an_assignment(given, team_set_id=open_set["id"])
    mover = inside[0]
    assert (await mover.send("PUT", f"/teams/{blue['id']}/membership")).status_code == 200
    assert (await mover.send("DELETE", f"/teams/{blue['id']}/membership")).status_code == 204
    await handed_in(given, essay, inside[1])
    for student in (mover, outside):
        student.position = given.teacher.position
        assert await student.refused("PUT", f"/teams/{red['id']}/membership") == (
            409,
            "api_core.team-has-handed-in",
        )
    leaving = await inside[1].refused("DELETE", f"/teams/{red['id']}/membership")
    assert leaving == (409, "api_core.team-has-handed-in")


async def test_names_are_free_once_in_a_set_and_changes_are_made_on_a_version(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, (red, _) = await teams_of_two(eduflow, school, max_members=2)
    teams = f"/team-sets/{team_set['id']}/teams"
    taken = await given.teacher.refused("POST", teams, {"name": "Team 0"})
    assert taken == (409, "api_core.team-name-taken")
    seen = await given.teacher.get(f"/teams/{red['id']}")
    path = f"/teams/{red['id']}"
    stale = await given.teacher.refused("PATCH", path, {"name": "Crimson"}, If_Match='"v1"')
    assert stale == (412, "kernel.precondition-failed")
    renamed = await given.teacher.patch(path, {"name": "Crimson"}, version=seen["version"])
    assert (renamed["name"], renamed["version"]) == ("Crimson", seen["version"] + 1)
    late = await a_person(eduflow, school, "Lou Late")
    await a_seat(school, given.course, late)
    given.teacher.position = school.admin.position
    path = f"/teams/{red['id']}/members/{late.user}"
    assert await given.teacher.refused("PUT", path, {}) == (409, "api_core.team-full")
    changed = await given.teacher.patch(
        f"/team-sets/{team_set['id']}", {"max_members": None, "name": "Groups"}, version=1
    )
    assert (changed["name"], changed["max_members"], changed["version"]) == ("Groups", None, 2)
    await placed(given, red, late)
    student = given.students[0]
    student.position = given.teacher.position
    for method, where, body in (
        ("POST", f"/courses/{given.course.id}/team-sets", {}),
        ("PATCH", f"/team-sets/{team_set['id']}", {"name": "Mine"}),
        ("POST", teams, {"name": "Mine"}),
        ("PATCH", f"/teams/{red['id']}", {"name": "Mine"}),
        ("PUT", path, {}),
        ("DELETE", path, None),
    ):
        assert (await student.refused(method, where, body, If_Match='"v1"'))[0] == 403
    assert (await given.teacher.refused("PUT", f"/teams/{red['id']}/membership"))[0] == 403
