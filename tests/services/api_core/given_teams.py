"""Courses divided into teams, made the way a client makes them."""

from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given_grading import GivenClass, a_class


async def a_team_set(given: GivenClass, **fields: Any) -> Any:
    """A way to divide the course."""
    return await given.teacher.post(f"/courses/{given.course.id}/team-sets", fields)


async def a_team(given: GivenClass, team_set: Any, *members: Person, name: str = "Red") -> Any:
    """A team, whose members know of it."""
    made = await given.teacher.post(f"/team-sets/{team_set['id']}/teams", {"name": name})
    for member in members:
        await placed(given, made, member)
    return made


async def placed(given: GivenClass, team: Any, member: Person, role: str = "member") -> Any:
    """Put into a team by the teacher."""
    path = f"/teams/{team['id']}/members/{member.user}"
    answer = await given.teacher.send("PUT", path, {"role": role})
    assert answer.status_code == 200, answer.text
    member.position = given.teacher.position
    return answer.json()


async def teams_of_two(
    eduflow: Eduflow, school: School, *, teams: int = 2, **fields: Any
) -> tuple[GivenClass, Any, list[Any]]:
    """A class of two students to a team, in the order of the students."""
    given = await a_class(eduflow, school, students=2 * teams)
    team_set = await a_team_set(given, **fields)
    made = [
        await a_team(given, team_set, *given.students[2 * n : 2 * n + 2], name=f"Team {n}")
        for n in range(teams)
    ]
    for student in given.students:
        student.position = given.teacher.position
    return given, team_set, made
