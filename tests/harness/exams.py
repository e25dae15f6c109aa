"""Courses with a bank and a test in them, made the way a client makes them.

Items are JSON as authors send them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from tests.harness.platform import Eduflow, Person, School

Json = dict[str, Any]


class Exam(msgspec.Struct, frozen=True, kw_only=True):
    """A course with a teacher, students and a bank, and a test of it where one was asked for."""

    course: str
    section: str
    teacher: Person
    students: list[Person]
    bank: str
    test: str = ""
    questions: list[str] = msgspec.field(default_factory=list)
    """Ids, in the order of the items that were given."""


def a_choice(points: float | list[float] = 1, **fields: Any) -> Json:
    """Which is a fruit? `a` is."""
    options = [{"id": "a", "text": "Apple"}, {"id": "b", "text": "Brick"}]
    return {
        "title": "Fruit",
        "body": "<p>Which is a fruit?</p>",
        "points": points,
        "interaction": {"type": "choice", "choices": options},
        "key": {"type": "choice", "correct": ["a"], "feedback": {"b": "That is for building"}},
        **fields,
    }


def an_essay(points: float | list[float] = 10, **fields: Any) -> Json:
    """To be read by a rubric of two criteria, of six and of four points."""
    return {
        "title": "Essay",
        "body": "<p>Why is the sky blue?</p>",
        "points": points,
        "interaction": {"type": "essay"},
        "key": {"type": "essay"},
        "rubric": RUBRIC,
        **fields,
    }


RUBRIC: Json = {
    "title": "Explaining",
    "guidelines": "Rayleigh need not be named.",
    "criteria": [
        {
            "key": "argument",
            "title": "Argument",
            "points": 6,
            "grader_note": "Be kind",
            "levels": [
                {"points": 0, "title": "None"},
                {"points": 3, "title": "Some"},
                {"points": 6, "title": "Whole"},
            ],
        },
        {
            "key": "form",
            "title": "Form",
            "points": 4,
            "levels": [{"points": 0, "title": "Poor"}, {"points": 4, "title": "Good"}],
        },
    ],
}


async def an_exam(eduflow: Eduflow, school: School, *, students: int = 1) -> Exam:
    """A published course with an empty bank; everybody knows of everything."""
    admin = school.admin
    body = {"code": "EX101", "title": "Examined", "state": "published"}
    course = (await admin.post("/courses", body))["id"]
    section = (await admin.get(f"/courses/{course}/sections"))["items"][0]["id"]
    teacher = await somebody_in(eduflow, school, course, name="Tess Teacher", role="teacher")
    learners = [
        await somebody_in(eduflow, school, course, name=f"Lin L{n}") for n in range(students)
    ]
    teacher.position = admin.position
    bank = (await teacher.post(f"/courses/{course}/banks", {"name": "Questions"}))["id"]
    return Exam(course=course, section=section, teacher=teacher, students=learners, bank=bank)


async def somebody_in(
    eduflow: Eduflow, school: School, course: str, *, name: str, role: str = "student"
) -> Person:
    """Somebody the institution knows, with a seat."""
    email = f"{name.replace(' ', '.')}.{course[-12:]}@school.test"
    made = await school.admin.post("/users", {"email": email, "display_name": name})
    seat = {"user_id": made["id"], "role": role}
    await school.admin.post(f"/courses/{course}/enrollments", seat)
    person = eduflow.person(UserId(UUID(made["id"])), school.institution)
    person.position = school.admin.position
    return person


async def a_question(exam: Exam, item: Json) -> Any:
    """A question in the bank of the exam, as the answer to making it."""
    return await exam.teacher.post(f"/banks/{exam.bank}/questions", item)


async def a_test(
    exam: Exam,
    items: Sequence[Json],
    *,
    policy: Json | None = None,
    section: Json | None = None,
    publish: bool = True,
    title: str = "Test",
    kind: str = "quiz",
) -> Exam:
    """The exam with a test of one section that asks these items, published unless it is not to be.

    `points` of an item may be a list: what the first, second, … right try is worth.
    """
    teacher = exam.teacher
    questions, asked = [], []
    for item in items:
        tries = item["points"] if isinstance(item.get("points"), list) else []
        made = await a_question(exam, {**item, "points": tries[0]} if tries else item)
        questions.append(made["id"])
        asked.append({"question_id": made["id"], "points": tries})
    made = await teacher.post(f"/courses/{exam.course}/assessments", {"title": title, "kind": kind})
    path = f"/assessments/{made['id']}"
    form = {"sections": [{**(section or {}), "items": asked}]}
    await put(teacher, f"{path}/form", form, version=1)
    if policy is not None:
        await put(teacher, f"{path}/policy", policy, version=1)
    if publish:
        await teacher.post(f"{path}/publish", If_Match='"v2"')
    for student in exam.students:
        student.position = teacher.position
    return msgspec.structs.replace(exam, test=made["id"], questions=questions)


async def put(person: Person, path: str, body: Any, *, version: int) -> Any:
    """The body of a good answer to a PUT, made on a version."""
    answer = await person.send("PUT", path, body, If_Match=f'"v{version}"')
    assert answer.is_success, f"{answer.status_code}: {answer.text}"
    return answer.json()
