"""Answers that were drawn by known parameters are calibrated, and come to these parameters."""

import math
import random
from statistics import correlation
from typing import Any
from uuid import UUID

import pytest

from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.scoring.calibration_process import Limits, NotFitted, calibrated
from eduflow.services.assessment.commands.start_attempt import StartAttempt
from eduflow.services.assessment.commands.submit_attempt import Given, SubmitAttempt
from eduflow.services.assessment.ids import AssessmentId, QuestionId
from tests.harness.exams import Exam, a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, School
from tests.harness.things import until

Json = dict[str, Any]
STUDENTS, QUESTIONS = 260, 9


class _Class:
    """Students by the hundred, who know as much as was drawn for each."""

    def __init__(self, eduflow: Eduflow, exam: Exam, institution: InstitutionId) -> None:
        self._commands = eduflow.worker.commands["assessment"]
        self._exam, self._institution = exam, institution
        self._dice = random.Random(20)  # noqa: S311 (no secret)
        self.slopes = [self._dice.uniform(0.6, 2.4) for _ in range(QUESTIONS)]
        self.places = [self._dice.uniform(-1.6, 1.6) for _ in range(QUESTIONS)]

    async def sit(self, students: int) -> None:
        """So many more. The last question is known to all; some leave one out that they do not."""
        for _ in range(students):
            ability = self._dice.gauss(0, 1)
            chances = [
                1 / (1 + math.exp(-a * (ability - b)))
                for a, b in zip(self.slopes, self.places, strict=True)
            ]
            right = [*(self._dice.random() < chance for chance in chances), True]
            access = on_behalf_of(UserId(new_id()), self._institution)
            test = AssessmentId(UUID(self._exam.test))
            begun = await self._commands.execute(StartAttempt(assessment=test), access=access)
            answers = tuple(
                Given(question_id=QuestionId(UUID(question)), value=["a" if known else "b"])
                for question, known in zip(self._exam.questions, right, strict=True)
                if known or self._dice.random() < 0.5
            )
            handed_in = SubmitAttempt(attempt=begun.result.id, answers=answers)
            await self._commands.execute(handed_in, access=access)


async def _folded(exam: Exam, students: int) -> Json:
    found: Json = {}

    async def there() -> bool:
        found.update(await exam.teacher.get(f"/assessments/{exam.test}/statistics"))
        return found["test"] is not None and found["test"]["n"] == students

    await until(there, seconds=60, what=f"{students} are folded")
    return found


async def test_the_parameters_that_answers_were_drawn_by_are_found_again(
    eduflow: Eduflow, school: School
) -> None:
    items = [a_choice(1, title=f"Q{n:02}") for n in range(QUESTIONS + 1)]
    exam = await a_test(await an_exam(eduflow, school), items)
    path = f"/assessments/{exam.test}/calibrations"
    people = _Class(eduflow, exam, school.institution)
    await people.sit(20)
    await _folded(exam, 20)
    refused = await exam.teacher.send("POST", path, {})
    assert refused.status_code == 409
    told = refused.json()
    assert told["type"].endswith("assessment.too-few-answers")
    assert (told["needed"], told["students"], told["needed_questions"]) == (50, 20, 3)
    await people.sit(STUDENTS - 20)
    await _folded(exam, STUDENTS)
    await exam.teacher.post(path)
    found: list[Json] = []

    async def fitted() -> bool:
        found[:] = (await exam.teacher.get(f"/assessments/{exam.test}/statistics"))["questions"]
        return all(one["calibration"] is not None for one in found)

    await until(fitted, seconds=90, what="the fit")
    *fits, known_to_all = [one["calibration"] for one in found]
    assert [one["title"] for one in found] == [f"Q{n:02}" for n in range(QUESTIONS + 1)]
    assert (known_to_all["a"], known_to_all["left_out"]) == (None, "all_right")
    assert {fit["n"] for fit in fits} == {STUDENTS}
    assert correlation([fit["b"] for fit in fits], people.places) > 0.95
    assert correlation([fit["a"] for fit in fits], people.slopes) > 0.6
    async with eduflow.sql("assessment") as sql:
        rows = await sql.fetchval(
            "SELECT count(*) FROM irt_calibrations WHERE assessment_id = $1", UUID(exam.test)
        )
    assert rows == QUESTIONS + 1


async def test_a_calibration_that_costs_too_much_is_ended() -> None:
    dice = random.Random(1)  # noqa: S311 (no secret)
    answers = {str(n): [dice.random() < 0.5 for _ in range(60)] for n in range(5)}
    with pytest.raises(NotFitted):
        await calibrated(answers, limits=Limits(memory=64 << 20))
