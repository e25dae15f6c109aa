"""Essays that wait to be read by people."""

from eduflow.kernel.ids import new_id
from tests.harness.exams import Exam, a_test, an_essay
from tests.harness.platform import Eduflow, Person

_ATTEMPTS = 12


async def _handed_in(exam: Exam, student: Person, value: str) -> str:
    attempt = (await student.post(f"/assessments/{exam.test}/attempts"))["id"]
    answers = [{"question_id": exam.questions[0], "value": value}]
    await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
    return str(attempt)


async def read_by_people(
    eduflow: Eduflow, admin: Person, learner: Person, *, course: str, bank: str
) -> dict[str, str]:
    """Three tests: an answer to take, answers to group, and answers in a group to judge."""
    exam = Exam(course=course, section="", teacher=admin, students=[learner], bank=bank)
    policy = {"reading": "people", "attempts": _ATTEMPTS}
    taken, grouped, judged = [await a_test(exam, [an_essay()], policy=policy) for _ in range(3)]
    await _handed_in(taken, learner, "Blue")
    for number in range(1, 5):
        await _handed_in(grouped, learner, f"{number}" * 4)
    alone = await _handed_in(judged, learner, "It is scattered by molecules, said Rayleigh")
    for _ in range(5):
        await _handed_in(judged, learner, "Alike")
    admin.position = learner.position
    path = f"/assessments/{judged.test}/questions/{judged.questions[0]}/groups"
    (group,) = (await admin.post(path))["groups"]
    async with eduflow.sql("assessment") as sql:
        rubric = await sql.fetchval(
            "SELECT id FROM scoring_rubrics WHERE question_id = $1", taken.questions[0]
        )
        answer = "SELECT r.id FROM responses AS r WHERE r.assessment_id = $1"
        first = await sql.fetchval(answer, taken.test)
        other = await sql.fetchval(f"{answer} AND r.attempt_id = $2", judged.test, alone)
    return {
        "taken_test": taken.test,
        "taken_answer": str(first),
        "grouped_test": grouped.test,
        "grouped_question": grouped.questions[0],
        "judged_test": judged.test,
        "judged_answer": str(other),
        "group_id": group["id"],
        "scoring_rubric": str(rubric),
        "model": f"model-{new_id().hex}",
    }
