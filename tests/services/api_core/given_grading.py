"""Courses with something to hand in and somebody to grade it, made the way a client makes them."""

from typing import Any

import msgspec

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import GivenCourse, a_course, a_person, a_seat

CRITERIA = [
    {
        "description": "Argument",
        "points": 6,
        "grader_note": "Be kind",
        "ratings": [{"label": "Good", "points": 6}, {"label": "Fair", "points": 3.5}],
    },
    {"description": "Form", "points": 4},
]


class GivenClass(msgspec.Struct, frozen=True):
    """A course with a teacher, students and one group of assignments."""

    course: GivenCourse
    group: str
    teacher: Person
    students: list[Person]


async def a_class(
    eduflow: Eduflow, school: School, *, students: int = 1, weight: float = 0, drop_lowest: int = 0
) -> GivenClass:
    """Everybody knows of everything."""
    course = await a_course(school)
    teacher = await a_person(eduflow, school, "Tess Teacher")
    await a_seat(school, course, teacher, role="teacher")
    learners = [await a_person(eduflow, school, f"Lin L{n}") for n in range(students)]
    for learner in learners:
        await a_seat(school, course, learner)
    teacher.position = school.admin.position
    group = {"name": "Work", "weight": weight, "drop_lowest": drop_lowest}
    made = await teacher.post(f"/courses/{course.id}/assignment-groups", group)
    return GivenClass(course, made["id"], teacher, learners)


async def an_assignment(given: GivenClass, **fields: Any) -> Any:
    """Published, worth ten points unless it is said otherwise."""
    body = {
        "group_id": given.group,
        "title": "Essay",
        "points": 10,
        "state": "published",
        **fields,
    }
    return await given.teacher.post(f"/courses/{given.course.id}/assignments", body)


async def a_rubric(given: GivenClass) -> Any:
    """Two criteria, of six and of four points."""
    body = {"course_id": given.course.id, "title": "Essays", "criteria": CRITERIA}
    return await given.teacher.post("/rubrics", body)


async def handed_in(given: GivenClass, assignment: Any, student: Person, body: str = "Mine") -> Any:
    """Handed in, and known to the teacher."""
    student.position = given.teacher.position
    path = f"/assignments/{assignment['id']}/submissions"
    made = await student.post(path, {"body": body})
    given.teacher.position = student.position
    return made


async def gradebook_row(given: GivenClass, student: Person) -> Any:
    """What the teacher sees of a student, as new as what they have written."""
    book = await given.teacher.get(f"/courses/{given.course.id}/gradebook", EduFlow_Strict="true")
    return next(row for row in book["items"] if row["user_id"] == str(student.user))
