"""Assignments whose work is reviewed by peers, made the way a client makes them."""

from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given_grading import (
    GivenClass,
    a_class,
    a_rubric,
    an_assignment,
    handed_in,
)


async def reviewed_by_peers(given: GivenClass, assignment: Any, **fields: Any) -> Any:
    """One review each, without names, unless it is said otherwise."""
    path = f"/assignments/{assignment['id']}/peer-review"
    body = {"reviews": 1, **fields}
    answer = await given.teacher.send("PUT", path, body, If_Match='"v0"')
    assert answer.status_code == 200, answer.text
    return answer.json()


async def allocated(given: GivenClass, assignment: Any, **fields: Any) -> Any:
    """Given out, and known to every student."""
    path = f"/assignments/{assignment['id']}/peer-reviews/allocate"
    made = await given.teacher.post(path, fields)
    for student in given.students:
        student.position = given.teacher.position
    return made


async def a_peer_class(
    eduflow: Eduflow, school: School, *, students: int = 3, rubric: bool = False, **fields: Any
) -> tuple[GivenClass, Any, list[Any]]:
    """A class whose students have handed in an essay that their peers are to review."""
    given = await a_class(eduflow, school, students=students)
    version = (await a_rubric(given))["versions"][0] if rubric else None
    extra = {} if version is None else {"rubric_version_id": version["id"]}
    essay = await an_assignment(given, **extra)
    works = [await handed_in(given, essay, s, f"Work {n}") for n, s in enumerate(given.students)]
    await reviewed_by_peers(given, essay, use_rubric=rubric, **fields)
    return given, essay, works


async def own_reviews(student: Person) -> list[Any]:
    """What a student is to review."""
    found: list[Any] = (await student.get("/users/me/peer-reviews"))["items"]
    return found
