"""A student asks that an answer be judged again, and somebody who saw nothing decides."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.harness.exams import Exam, a_choice, a_test, an_exam, put, somebody_in
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.reading_model import (
    Reader,
    essays,
    job_of,
    reader,
    reviewed,
    taken,
)
from tests.services.assessment.reading_model import handed_in as essay_handed_in
from tests.services.assessment.replaying import BRICK, handed_in, published, regraded

__all__ = ["reader"]
Json = dict[str, Any]


@pytest.fixture
async def exam(eduflow: Eduflow, school: School) -> Exam:
    made = await an_exam(eduflow, school, students=2)
    return await a_test(made, [a_choice(2), a_choice(3)])


async def _answer(eduflow: Eduflow, attempt: str, question: str) -> str:
    async with eduflow.sql("assessment") as connection:
        found = await connection.fetchval(
            "SELECT id::text FROM responses WHERE attempt_id = $1::text::uuid"
            " AND question_id = $2::text::uuid",
            attempt,
            question,
        )
    return str(found)


async def _appealed(eduflow: Eduflow, exam: Exam) -> tuple[Person, str, Json]:
    """A student whose first answer was wrong, that answer, and the appeal about it."""
    student = exam.students[0]
    first, second = exam.questions
    attempt = await handed_in(student, exam, {first: ["b"], second: ["a"]})
    response = await _answer(eduflow, attempt["id"], first)
    claim = {"claim": "A brick of bread is one"}
    appeal = await student.post(f"/responses/{response}/appeals", claim)
    exam.teacher.position = student.position
    return student, response, appeal


async def test_a_second_grader_decides_and_the_result_is_released_anew(
    eduflow: Eduflow, school: School, exam: Exam
) -> None:
    student, response, appeal = await _appealed(eduflow, exam)
    (line,) = (await exam.teacher.get(f"/assessments/{exam.test}/appeals"))["items"]
    assert line["may_decide"]
    assert "user_id" not in line
    path = f"/appeals/{appeal['id']}"
    told = {"fraction": 0.5, "reason": "Half a fruit"}
    early = await exam.teacher.refused("POST", f"{path}/decision", told)
    assert early == (409, "assessment.appeal-taken")
    await exam.teacher.post(f"{path}/claim")
    case = await exam.teacher.get(path)
    assert (case["answer"], case["claim"]) == (["b"], "A brick of bread is one")
    assert not {"score", "fraction", "user_id", "name"} & case.keys()
    decided = await exam.teacher.post(f"{path}/decision", told)
    assert (decided["outcome"], decided["fraction"]) == ("raised", 0.5)
    student.position = exam.teacher.position
    (mine,) = (await student.get(f"/responses/{response}/appeals"))["items"]
    assert (mine["state"], mine["outcome"], mine["reason"]) == ("decided", "raised", told["reason"])
    async with eduflow.sql("assessment") as connection:
        told_of = await connection.fetchval(
            "SELECT payload FROM outbox_events WHERE type = 'assessment.appeal_decided'"
            " AND payload ->> 'appeal_id' = $1",
            appeal["id"],
        )
        score, receipts = await connection.fetchrow(
            "SELECT t.score, (SELECT count(*) FROM grade_receipts AS g WHERE g.attempt_id = t.id)"
            " FROM attempts AS t JOIN responses AS r ON r.attempt_id = t.id"
            " WHERE r.id = $1::text::uuid",
            response,
        )
    assert (score, receipts) == (4, 2)
    happened = json.loads(told_of)
    assert (happened["outcome"], happened["response_id"]) == ("raised", response)
    assert not {"claim", "reason", "grader_id"} & happened.keys()
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert (check["attempts"], check["receipts"], check["faults"]) == (1, 2, [])
    again = await exam.teacher.refused("POST", f"{path}/decision", told)
    assert again == (409, "assessment.appeal-ended")


async def test_who_judged_it_before_is_not_its_second_grader(
    eduflow: Eduflow, school: School, exam: Exam
) -> None:
    student, response, appeal = await _appealed(eduflow, exam)
    await exam.teacher.post(f"/appeals/{appeal['id']}/claim")
    told = {"fraction": 0, "reason": "No"}
    await exam.teacher.post(f"/appeals/{appeal['id']}/decision", told)
    student.position = exam.teacher.position
    second = await student.post(f"/responses/{response}/appeals", {"claim": "Once more"})
    exam.teacher.position = student.position
    path = f"/appeals/{second['id']}"
    refused = await exam.teacher.refused("POST", f"{path}/claim")
    assert refused == (403, "assessment.first-reviewer")
    (_, line) = (await exam.teacher.get(f"/assessments/{exam.test}/appeals"))["items"]
    assert not line["may_decide"]
    other = await somebody_in(eduflow, school, exam.course, name="Theo T", role="teacher")
    other.position = school.admin.position
    await other.post(f"{path}/claim")
    third = await school.admin.refused("POST", f"{path}/claim")
    assert third == (409, "assessment.appeal-taken")


async def test_one_appeal_at_a_time_and_only_by_whoever_gave_the_answer(
    eduflow: Eduflow, exam: Exam
) -> None:
    student, response, appeal = await _appealed(eduflow, exam)
    path = f"/responses/{response}/appeals"
    twice = await student.refused("POST", path, {"claim": "Again"})
    assert twice == (409, "assessment.appeal-open")
    stranger = await exam.students[1].refused("POST", path, {"claim": "Mine"})
    assert stranger[0] == 403
    withdrawn = await student.post(f"/appeals/{appeal['id']}/withdraw")
    assert withdrawn["state"] == "withdrawn"
    late = await exam.teacher.refused("POST", f"/appeals/{appeal['id']}/claim")
    assert late == (409, "assessment.appeal-ended")
    assert (await student.post(path, {"claim": "After all"}))["state"] == "open"


async def test_what_a_person_decided_is_carried_by_a_regrade(eduflow: Eduflow, exam: Exam) -> None:
    _, response, appeal = await _appealed(eduflow, exam)
    run = await regraded(eduflow, exam, question=exam.questions[0], key=BRICK)
    await exam.teacher.post(f"/appeals/{appeal['id']}/claim")
    told = {"fraction": 0.5, "reason": "Half a fruit"}
    await exam.teacher.post(f"/appeals/{appeal['id']}/decision", told)
    await published(exam.teacher, run)
    async with eduflow.sql("assessment") as connection:
        scores = await connection.fetch(
            "SELECT n.number, s.revision, s.method, s.fraction FROM item_scores AS s"
            " JOIN scoring_versions AS n ON n.id = s.scoring_version_id"
            " WHERE s.response_id = $1::text::uuid ORDER BY 1, 2",
            response,
        )
    assert [tuple(row) for row in scores] == [
        (1, 1, "key", 0),
        (1, 2, "human", 0.5),
        (2, 1, "key", 1),
        (2, 2, "carried", 0.5),
    ]
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert (check["receipts"], check["faults"]) == (3, [])


async def test_a_student_sees_the_receipts_of_their_own_attempt(
    eduflow: Eduflow, exam: Exam
) -> None:
    student = exam.students[0]
    first, second = exam.questions
    attempt = await handed_in(student, exam, {first: ["b"], second: ["a"]})
    path = f"/attempts/{attempt['id']}/receipts"
    (receipt,) = (await student.get(path))["items"]
    assert (receipt["number"], receipt["score"], len(receipt["links"])) == (1, 3, 2)
    assert receipt["links"][0]["rests_on"] == {}  # The right answers are not shown yet.
    assert (await exam.students[1].refused("GET", path))[0] == 403
    nobody = await student.refused("POST", f"/assessments/{exam.test}/receipts/check", {})
    assert nobody[0] == 403


async def _released_days_ago(eduflow: Eduflow, attempt: str, days: float) -> None:
    async with eduflow.sql("assessment") as connection:
        await connection.execute(
            "UPDATE attempts SET released_at = now() - $2::interval WHERE id = $1",
            UUID(attempt),
            timedelta(days=days),
        )


async def test_after_the_days_that_the_policy_gives_nobody_appeals(
    eduflow: Eduflow, exam: Exam
) -> None:
    student, other = exam.students
    first, second = exam.questions
    policy = await put(
        exam.teacher, f"/assessments/{exam.test}/policy", {"appeal_days": 14}, version=1
    )
    assert policy["appeal_days"] == 14
    student.position = exam.teacher.position
    attempt = (await handed_in(student, exam, {first: ["b"], second: ["a"]}))["id"]
    shown = await student.get(f"/attempts/{attempt}")
    open_for = datetime.fromisoformat(shown["appeals_until"]) - datetime.fromisoformat(
        shown["released_at"]
    )
    assert open_for == timedelta(days=14)
    path = f"/responses/{await _answer(eduflow, attempt, first)}/appeals"
    await _released_days_ago(eduflow, attempt, 14.01)
    late = await student.send("POST", path, {"claim": "Late"})
    assert late.status_code == 409
    assert late.json()["type"].endswith("/assessment.appeal-too-late")
    assert datetime.fromisoformat(late.json()["until"]) < datetime.fromisoformat(shown["now"])
    await _released_days_ago(eduflow, attempt, 13.99)
    assert (await student.post(path, {"claim": "In time"}))["state"] == "open"
    # No days are no appeals.
    exam.teacher.position = student.position
    version = policy["version"]
    await put(exam.teacher, f"/assessments/{exam.test}/policy", {"appeal_days": 0}, version=version)
    other.position = exam.teacher.position
    attempt = (await handed_in(other, exam, {first: ["b"], second: ["a"]}))["id"]
    path = f"/responses/{await _answer(eduflow, attempt, first)}/appeals"
    refused = await other.refused("POST", path, {"claim": "Please"})
    assert refused == (409, "assessment.appeal-too-late")


async def test_who_was_shown_what_a_model_gave_is_no_second_grader(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    student = exam.students[0]
    attempt = await essay_handed_in(exam, student)
    await job_of(eduflow, attempt)
    seeing = await somebody_in(eduflow, school, exam.course, name="Sid S", role="teacher")
    seeing.position = school.admin.position
    task = await taken(exam, seeing, mode="confirm")
    assert task["thoughts"]["fraction"] is not None
    await seeing.post(f"/assessments/{exam.test}/queue/{task['response_id']}/release")
    exam.teacher.position = seeing.position
    task = await taken(exam, exam.teacher)
    await reviewed(exam.teacher, task, argument=0, form=0)
    student.position = exam.teacher.position
    claim = {"claim": "It is whole"}
    appeal = await student.post(f"/responses/{task['response_id']}/appeals", claim)
    third = await somebody_in(eduflow, school, exam.course, name="Theo T", role="teacher")
    third.position = school.admin.position
    for person, may in ((exam.teacher, False), (seeing, False), (third, True)):
        person.position = student.position
        (line,) = (await person.get(f"/assessments/{exam.test}/appeals"))["items"]
        assert line["may_decide"] is may
        answer = await person.send("POST", f"/appeals/{appeal['id']}/claim", {})
        assert answer.status_code == (200 if may else 403), answer.text
    case = await third.get(f"/appeals/{appeal['id']}")
    assert not {"score", "fraction", "thoughts", "user_id", "name"} & case.keys()
