"""What one request to a route of regrades and appeals needs: each can be asked once of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.kernel.ids import UserId, new_id
from eduflow.scoring.calibration import MIN_ITEMS, MIN_STUDENTS
from eduflow.services.assessment.commands.start_attempt import StartAttempt
from eduflow.services.assessment.commands.submit_attempt import Given, SubmitAttempt
from eduflow.services.assessment.ids import AssessmentId, QuestionId
from tests.harness.exams import Exam, a_choice, a_test
from tests.harness.things import until

RULES = {"cause": "policy", "reason": "R", "policy": {"attempt_counts": "last"}}
Ids = dict[str, str]


async def a_test_to_regrade(world: Any) -> Ids:
    """Published, and of no regrade yet."""
    return {"assessment_id": (await _a_test(world)).test}


async def a_ready_regrade(world: Any) -> Ids:
    """One that waits to be published or dropped."""
    test = (await _a_test(world)).test
    run = (await world.admin.post(f"/assessments/{test}/regrades", RULES))["id"]

    async def is_ready() -> bool:
        return bool((await world.admin.get(f"/regrades/{run}"))["state"] == "ready")

    await until(is_ready, what="the regrade is ready")
    return {"regrade_id": run}


async def a_released_answer(world: Any) -> Ids:
    """Of the learner, about which nobody has appealed."""
    exam = await _a_test(world)
    learner = world.learner
    learner.position = world.admin.position
    attempt = (await learner.post(f"/assessments/{exam.test}/attempts"))["id"]
    answers = [{"question_id": exam.questions[0], "value": ["b"]}]
    await learner.post(f"/attempts/{attempt}/submit", {"answers": answers})
    (answer,) = (await learner.get(f"/attempts/{attempt}"))["answers"]
    return {"response_id": answer["response_id"]}


async def an_open_appeal(world: Any) -> Ids:
    """Which nobody has in hand."""
    answer = (await a_released_answer(world))["response_id"]
    appeal = await world.learner.post(f"/responses/{answer}/appeals", {"claim": "C"})
    world.admin.position = world.learner.position
    return {"appeal_id": appeal["id"]}


async def a_claimed_appeal(world: Any) -> Ids:
    """In the hands of the administrator."""
    made = await an_open_appeal(world)
    await world.admin.post(f"/appeals/{made['appeal_id']}/claim")
    return made


async def a_test_to_calibrate(world: Any) -> Ids:
    """As many have sat it as a calibration needs; made once for a school."""
    known = world.ids.get("calibrated_id")
    if known is None:
        exam = await _a_test(world, questions=MIN_ITEMS)
        await _sat(world, exam, students=MIN_STUDENTS)
        known = world.ids["calibrated_id"] = exam.test
    return {"assessment_id": known}


async def _a_test(world: Any, *, questions: int = 1) -> Exam:
    ids = world.ids
    exam = Exam(
        course=ids["course_id"],
        section="",
        teacher=world.admin,
        students=[],
        bank=ids["bank_id"],
    )
    return await a_test(exam, [a_choice(title=f"Q{n}") for n in range(questions)])


async def _sat(world: Any, exam: Exam, *, students: int) -> None:
    commands = world.eduflow.worker.commands["assessment"]
    test = AssessmentId(UUID(exam.test))
    for number in range(students):
        access = on_behalf_of(UserId(new_id()), world.school.institution)
        begun = await commands.execute(StartAttempt(assessment=test), access=access)
        answers = _answers(exam.questions, number)
        handed_in = SubmitAttempt(attempt=begun.result.id, answers=answers)
        await commands.execute(handed_in, access=access)
    path = f"/assessments/{exam.test}/statistics"

    async def is_folded() -> bool:
        found = (await world.admin.get(path))["test"]
        return found is not None and found["n"] == students

    await until(is_folded, seconds=60, what="what they answered is folded")


def _answers(questions: Sequence[str], number: int) -> tuple[Given, ...]:
    """Some know one question, some another."""
    return tuple(
        Given(question_id=QuestionId(UUID(one)), value=["a" if (number >> bit) % 2 else "b"])
        for bit, one in enumerate(questions)
    )
