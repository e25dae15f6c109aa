"""A wrong answer, about which its student appeals, and what is seen of it meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from tests.harness.exams import Exam, a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.replaying import handed_in

Json = dict[str, Any]
Look = Callable[[Person], Awaitable[Any]]
HIDDEN = ("open", "claimed")
TOLD = ("before", "withdrawn", "decided")
_SHOWN = ["answers", "correctness", "points", "feedback"]
_PHASES = ("during", "after_submit", "while_open", "after_close")
POLICY: Json = {"attempts": 3, "review": dict.fromkeys(_PHASES, _SHOWN)}


class Case(msgspec.Struct, frozen=True):
    """A wrong answer and a right one of a student, and the right ones of another."""

    exam: Exam
    attempt: str
    response: str

    @property
    def student(self) -> Person:
        return self.exam.students[0]

    @property
    def teacher(self) -> Person:
        """Has judged nothing, and decides."""
        return self.exam.teacher

    async def raised(self) -> str:
        """The path of an appeal about the wrong answer."""
        claim = {"claim": "A brick of bread is one"}
        made = await self.student.post(f"/responses/{self.response}/appeals", claim)
        self.teacher.position = self.student.position
        return f"/appeals/{made['id']}"

    async def decided(self, path: str, **declared: bool) -> Json:
        """By the teacher, for half of the points."""
        await self.teacher.post(f"{path}/claim")
        told = {"fraction": 0.5, "reason": "Half a fruit", **declared}
        found: Json = await self.teacher.post(f"{path}/decision", told)
        self.student.position = self.teacher.position
        return found


@pytest.fixture
async def case(eduflow: Eduflow, school: School) -> Case:
    made = await an_exam(eduflow, school, students=2)
    exam = await a_test(made, [a_choice(2), a_choice(3)], policy=POLICY)
    return await wrong_once(exam, exam.students[0])


async def wrong_once(exam: Exam, person: Person) -> Case:
    """As a case is made, of one more attempt."""
    first, second = exam.questions
    attempt = (await handed_in(person, exam, {first: ["b"], second: ["a"]}))["id"]
    answers = (await person.get(f"/attempts/{attempt}"))["answers"]
    (wrong,) = [one for one in answers if one["question_id"] == first]
    exam.teacher.position = person.position
    return Case(exam, attempt, wrong["response_id"])


async def around(case: Case, look: Look, *, own: Look | None = None) -> dict[str, tuple[Any, Any]]:
    """What the teacher and the student see, by how the appeal stands."""
    teacher, student, found = case.teacher, case.student, {}

    async def note(how: str, since: Person) -> None:
        teacher.position = student.position = since.position
        found[how] = (await look(teacher), await (own or look)(student))

    await note("before", student)
    path = await case.raised()
    await note("open", student)
    await student.post(f"{path}/withdraw")
    await note("withdrawn", student)
    path = await case.raised()
    await teacher.post(f"{path}/claim")
    await note("claimed", teacher)
    await case.decided(path)
    await note("decided", teacher)
    return found
