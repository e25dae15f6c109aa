"""Graders: groups, cases, gates, and who may do none of it."""

from functools import partial
from typing import Any

from tests.harness.exams import Exam, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.harness.visits_of_reading import OF_READING
from tests.services.assessment.reading_model import (
    Reader,
    essays,
    handed_in,
    job_of,
    reader,
    reviewed,
    taken,
)

__all__ = ["reader"]
BODIES: dict[str, Any] = {
    "queue/next": {},
    "reviews": {"fraction": 1},
    "gates/m": {"state": "closed"},
    "precedents": {"question": "How?"},
    "ruling": {"ruling": "So."},
}


async def _unread(eduflow: Eduflow, school: School, *, students: int) -> Exam:
    """Answers that say the same, and nobody but people to read them."""
    exam = await an_exam(eduflow, school, students=students)
    item = {name: part for name, part in an_essay().items() if name != "rubric"}
    return await a_test(exam, [item])


async def test_a_group_is_judged_at_once_and_each_answer_has_its_own_review(
    eduflow: Eduflow, school: School
) -> None:
    exam = await _unread(eduflow, school, students=3)
    for student, answer in zip(exam.students, ("It scatters.", "it  scatters", "No."), strict=True):
        await handed_in(exam, student, answer)
    path = f"/assessments/{exam.test}"
    made = await exam.teacher.post(f"{path}/questions/{exam.questions[0]}/groups")
    (group,) = made["groups"]
    assert group["answers"] == 2
    told = await exam.teacher.post(f"{path}/groups/{group['id']}/reviews", {"fraction": 0.5})
    assert told == {"graded": 2, "remaining": 0}
    async with eduflow.sql("assessment") as sql:
        rows = await sql.fetch(
            "SELECT h.blind, t.score FROM human_reviews AS h JOIN responses AS r"
            " ON r.id = h.response_id JOIN attempts AS t ON t.id = r.attempt_id"
            " WHERE r.assessment_id = $1",
            exam.test,
        )
    assert [(row["blind"], float(row["score"])) for row in rows] == [(True, 5.0), (True, 5.0)]
    queue = await exam.teacher.get(f"{path}/queue")
    assert (queue["waiting"], queue["done"]) == (1, 2)


async def test_a_score_leaves_by_itself_only_while_the_gate_is_open(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=12)
    question = exam.questions[0]
    ratings = [(2, 1), (0, 0), (1, 0), (2, 0), (1, 1)]
    points = (0, 3, 6)
    for number, student in enumerate(exam.students[:11]):
        rating = ratings[number % 5]
        reader.levels = lambda _, rating=rating: rating  # type: ignore[misc]
        await job_of(eduflow, await handed_in(exam, student))
        task = await taken(exam, exam.teacher)
        await reviewed(exam.teacher, task, argument=points[rating[0]], form=4 * rating[1])

    async def is_measured() -> bool:
        found = await exam.teacher.get(f"/questions/{question}/agreement")
        return bool(found["models"]) and found["models"][0]["n"] == 11

    await until(partial(is_measured), what="the reviews are folded")
    bound = {"state": "measured", "min_answers": 10, "min_kappa": 0.7}
    gate = await put(exam.teacher, f"/questions/{question}/gates/reader", bound, version=0)
    assert gate["open"] is True
    reader.levels = lambda _: (1, 1)
    attempt = await handed_in(exam, exam.students[11])
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["samples"]) == ("judged", 3)
    assert job["reason"] in {None, "sample"}
    async with eduflow.sql("assessment") as sql:
        row = await sql.fetchrow("SELECT score, released_at FROM attempts WHERE id = $1", attempt)
    assert float(row["score"]) == 7
    assert row["released_at"] is not None


async def test_a_ruling_is_put_before_models_and_what_it_touches_is_offered_again(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=2)
    await job_of(eduflow, await handed_in(exam, exam.students[0]))
    task = await taken(exam, exam.teacher)
    await reviewed(exam.teacher, task, argument=3, form=4)
    async with eduflow.sql("assessment") as sql:
        rubric = await sql.fetchval(
            "SELECT id FROM scoring_rubrics WHERE question_id = $1", exam.questions[0]
        )
    case = {"question": "Is a drawing an argument?", "response_id": task["response_id"]}
    asked = await exam.teacher.post(f"/rubrics/{rubric}/precedents", case)
    ruling = {"ruling": "A drawing counts."}
    path = f"/precedents/{asked['id']}/ruling"
    await exam.teacher.post(path, ruling, If_Match='"v1"')
    again = await taken(exam, exam.teacher)
    assert (again["response_id"], again["reason"]) == (task["response_id"], "undecided")
    assert again["precedents"][0]["ruling"] == "A drawing counts."
    assert again["blind"] is False  # This grader was told what the model thought.
    exam.students[1].position = exam.teacher.position
    await job_of(eduflow, await handed_in(exam, exam.students[1]))
    assert "A drawing counts." in reader.vendor.asked[-1].instructions
    refused = await exam.teacher.refused("POST", path, ruling, If_Match='"v2"')
    assert refused == (409, "assessment.ruled-already")


async def test_nobody_but_graders_reaches_any_of_it(eduflow: Eduflow, school: School) -> None:
    exam = await _unread(eduflow, school, students=1)
    await handed_in(exam, exam.students[0], "It scatters.")
    task = await taken(exam, exam.teacher)
    essay = await a_test(exam, [an_essay()])
    async with eduflow.sql("assessment") as sql:
        rubric = await sql.fetchval(
            "SELECT id FROM scoring_rubrics WHERE question_id = $1", essay.questions[0]
        )
    case = await exam.teacher.post(f"/rubrics/{rubric}/precedents", {"question": "How?"})
    unknown = {"question": "How?", "criterion": "a\0"}
    refused = await exam.teacher.refused("POST", f"/rubrics/{rubric}/precedents", unknown)
    assert refused == (422, "kernel.invalid")
    ids = {
        "assessment_id": exam.test,
        "question_id": exam.questions[0],
        "response_id": task["response_id"],
        "group_id": task["response_id"],
        "rubric_id": rubric,
        "precedent_id": case["id"],
    }
    stranger = (await eduflow.school()).admin
    outsider = await eduflow.somebody(school)
    student = exam.students[0]
    faults = []
    for route in sorted(OF_READING):
        method, _, path = route.partition(" ")
        for name, found in ids.items():
            path = path.replace(f"{{{name}:uuid}}", str(found))
        path = path.replace("{model:str}", "m")
        body: Any = next((b for end, b in BODIES.items() if path.endswith(end)), {})
        for who, expected in ((stranger, 404), (outsider, 403), (student, 403)):
            who.position = None if who is stranger else exam.teacher.position
            sent = None if method == "GET" else body
            answer = await who.send(method, path, sent, If_Match='"v1"')
            if answer.status_code != expected:
                faults.append((route, expected, answer.status_code, answer.text[:200]))
    assert faults == []
