"""What a student sees of what they handed in: as the review policy says, by every road."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Done, Held
from eduflow.services.assessment.chores import tell_of_points
from tests.harness.exams import Exam, a_choice, a_test, an_exam, put
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until

Json = dict[str, Any]
ALL = ["answers", "correctness", "points", "feedback", "right_answer", "solution"]


def _review(**phases: list[str]) -> Json:
    quiet = {phase: ["answers"] for phase in ("during", "after_submit", "while_open")}
    return {"review": {**quiet, "after_close": ALL, **phases}}


async def _handed_in(student: Person, exam: Exam, value: Any) -> str:
    begun = await student.post(f"/assessments/{exam.test}/attempts")
    answers = [{"question_id": exam.questions[0], "value": value}]
    await student.post(f"/attempts/{begun['id']}/submit", {"answers": answers})
    return str(begun["id"])


async def _shut(exam: Exam, *, hours: int, **fields: Any) -> None:
    """The test has closed so many hours ago."""
    version = (await exam.teacher.get(f"/assessments/{exam.test}/policy"))["version"]
    closed = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    policy = {"closes_at": closed, **_review(), **fields}
    await put(exam.teacher, f"/assessments/{exam.test}/policy", policy, version=version)


async def test_a_receipt_tells_no_score_before_the_review_policy_does(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [a_choice(2)], policy=_review())
    (student,) = exam.students
    attempt = await _handed_in(student, exam, ["a"])
    path = f"/attempts/{attempt}/receipts"
    (kept,) = (await student.get(path))["items"]
    assert (kept["score"], kept["links"], kept["digest"], kept["previous"]) == (None,) * 4
    exam.teacher.position = student.position
    (whole,) = (await exam.teacher.get(path))["items"]
    assert (whole["score"], whole["links"][0]["fraction"]) == (2, 1)

    await _shut(exam, hours=1)
    student.position = exam.teacher.position
    (told,) = (await student.get(path))["items"]
    assert (told["score"], told["digest"]) == (2, whole["digest"])
    assert "key" in told["links"][0]["rests_on"]


async def test_a_receipt_has_no_digest_of_a_key_while_right_answers_are_not_shown(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [a_choice(2)], policy=_review(while_open=["answers", "points"]))
    (student,) = exam.students
    attempt = await _handed_in(student, exam, ["b"])
    (told,) = (await student.get(f"/attempts/{attempt}/receipts"))["items"]
    assert (told["score"], told["links"][0]["fraction"]) == (0, 0)
    assert told["links"][0]["rests_on"] == {}


async def test_no_answer_is_told_while_somebody_may_sit_the_test_still(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school, students=2)
    exam = await a_test(made, [a_choice(2)], policy=_review())
    early, late = exam.students
    attempt = await _handed_in(early, exam, ["b"])
    more = {"user_id": str(late.user), "extra_minutes": 180}
    await exam.teacher.post(f"/assessments/{exam.test}/overrides", more)
    await _shut(exam, hours=1)
    early.position = late.position = exam.teacher.position

    shown = await early.get(f"/attempts/{attempt}")
    assert (shown["shows"], shown["score"]) == (["answers"], None)
    assert shown["answers"][0]["right_answer"] is None
    assert (await early.get("/users/me/results"))["items"] == []
    begun = await late.post(f"/assessments/{exam.test}/attempts")
    assert begun["state"] == "in_progress"
    # Whoever has begun has the time that they were given then, whatever the policy says since.
    await late.post(f"/attempts/{begun['id']}/submit", {})

    exam.teacher.position = late.position
    await _shut(exam, hours=4)
    early.position = exam.teacher.position
    shown = await early.get(f"/attempts/{attempt}")
    assert (shown["shows"], shown["score"]) == (sorted(ALL), 0)
    assert [r["score"] for r in (await early.get("/users/me/results"))["items"]] == [0]


async def test_the_right_answer_of_a_variant_is_its_own_and_not_a_formula(
    eduflow: Eduflow, school: School
) -> None:
    sums: Json = {
        "title": "Sum",
        "body": "<p>{{a}} + 1?</p>",
        "parameters": {"a": {"among": ["41"]}},
        "interaction": {"type": "numeric"},
        "key": {"type": "numeric", "accepted": [{"value": "a + 1"}], "rules": {"unit": "kg"}},
    }
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [sums], policy=_review(while_open=ALL))
    (student,) = exam.students
    attempt = await _handed_in(student, exam, "1 kg")
    (answer,) = (await student.get(f"/attempts/{attempt}"))["answers"]
    assert answer["right_answer"] == "42 kg"
    async with eduflow.sql("assessment") as connection:
        kept = await connection.fetchval(
            "SELECT v.true_answer #>> '{}' FROM variants AS v JOIN attempts AS t"
            " ON t.seed = v.seed WHERE t.id = $1::text::uuid",
            attempt,
        )
    assert kept == "42 kg"


async def test_the_gradebook_shows_points_when_the_review_policy_does_and_not_before(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    policy = {"closes_at": soon, "grace": 0, **_review()}
    exam = await a_test(made, [a_choice(2)], policy=policy)
    (student,) = exam.students
    await _handed_in(student, exam, ["a"])

    async def cell() -> Json:
        book = await exam.teacher.get(f"/courses/{exam.course}/gradebook")
        cells = [c for row in book["items"] for c in row["cells"]]
        return cells[0] if cells else {}

    async def has_it() -> bool:
        return (await cell()).get("score") == 2

    await until(has_it, what="the gradebook has the result")
    assert (await cell())["posted"] is False
    held = Held(new_id(), 1, 1, {}, None)
    assert await tell_of_points(held, eduflow.worker) == Done()
    assert (await cell())["posted"] is False
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE delivery_policies SET closes_at = now() WHERE assessment_id = $1",
            UUID(exam.test),
        )
    assert await tell_of_points(held, eduflow.worker) == Done()

    async def is_posted() -> bool:
        return (await cell())["posted"] is True

    await until(is_posted, what="posted when it has closed to all")
    assert await tell_of_points(held, eduflow.worker) == Done()
