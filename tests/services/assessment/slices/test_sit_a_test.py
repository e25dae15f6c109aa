"""Sitting a test over HTTP: beginning, saving, trying, handing in, the clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until

Json = dict[str, Any]


def a_number(**fields: Any) -> Json:
    return {
        "title": "Sum",
        "body": "<p>{{a}} + {{b}}?</p>",
        "points": 2,
        "interaction": {"type": "numeric"},
        "key": {"type": "numeric", "accepted": [{"value": "a + b"}]},
        "parameters": {"a": {"low": "1", "high": "9"}, "b": {"low": "1", "high": "9"}},
        **fields,
    }


async def _sat(student: Person, exam: Exam) -> Json:
    begun = await student.post(f"/assessments/{exam.test}/attempts")
    return dict(await student.get(f"/attempts/{begun['id']}"))


async def _save(student: Person, attempt: str, question: str, body: Json) -> Any:
    return await student.send("PUT", f"/attempts/{attempt}/responses/{question}", body)


@pytest.fixture
async def exam(eduflow: Eduflow, school: School) -> Exam:
    made = await an_exam(eduflow, school)
    return await a_test(made, [a_choice(2), a_number()])


async def test_a_test_is_sat_and_judged_and_its_result_seen(exam: Exam) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    assert [i["type"] for i in attempt["items"]] == ["choice", "numeric"]
    fruit, total = attempt["items"]
    numbers = [int(n) for n in total["body"][3:-5].split(" + ")]
    saved = await _save(
        student, attempt["id"], fruit["question_id"], {"value": ["a"], "revision": 1}
    )
    assert saved.status_code == 200, saved.text
    answers = [{"question_id": total["question_id"], "value": str(sum(numbers))}]
    graded = await student.post(f"/attempts/{attempt['id']}/submit", {"answers": answers})
    assert (graded["unjudged"], graded["score"], graded["points"]) == (0, 4, 4)
    mine = (await student.get("/users/me/results"))["items"]
    assert [(r["title"], r["score"], r["scoring_number"]) for r in mine] == [("Test", 4, 1)]
    of_test = (await exam.teacher.get(f"/assessments/{exam.test}/results"))["items"]
    assert [(r["state"], r["display_name"]) for r in of_test] == [("released", "Lin L0")]


async def test_beginning_twice_is_the_same_attempt(exam: Exam) -> None:
    (student,) = exam.students
    path = f"/assessments/{exam.test}/attempts"
    begun = await asyncio.gather(*(student.post(path) for _ in range(5)))
    assert len({b["id"] for b in begun}) == 1


async def test_the_same_draft_twice_is_one_and_an_older_one_is_refused(exam: Exam) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    question = exam.questions[0]
    newer = {"value": ["b"], "revision": 7}
    first = await _save(student, attempt["id"], question, newer)
    again = await _save(student, attempt["id"], question, newer)
    assert first.json() == again.json()
    older = await _save(student, attempt["id"], question, {"value": ["a"], "revision": 3})
    assert older.status_code == 409
    assert older.json()["saved"]["value"] == ["b"]
    other = await _save(student, attempt["id"], question, {"value": ["a"], "revision": 7})
    assert other.status_code == 409
    shown = await student.get(f"/attempts/{attempt['id']}")
    assert next((a["value"], a["revision"]) for a in shown["answers"]) == (["b"], 7)


async def test_what_is_no_answer_is_refused_where_it_is_wrong(exam: Exam) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    bad = await _save(
        student, attempt["id"], exam.questions[0], {"value": ["nobody"], "revision": 1}
    )
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["pointer"] == "/value/0"
    code = await student.refused(
        "POST",
        f"/attempts/{attempt['id']}/submit",
        {"answers": [{"question_id": exam.questions[0], "value": "a"}]},
    )
    assert code == (422, "assessment.not-an-answer")
    strange = {"answers": [{"question_id": exam.course, "value": "a"}]}
    path = f"/attempts/{attempt['id']}/submit"
    assert await student.refused("POST", path, strange) == (
        422,
        "assessment.question-not-asked",
    )


async def test_a_question_is_not_answered_twice_at_once(exam: Exam) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    path = f"/attempts/{attempt['id']}/submit"
    twice = [{"question_id": exam.questions[0], "value": [one]} for one in ("b", "a")]
    answer = await student.send("POST", path, {"answers": twice})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (
        422,
        "/answers/1/question_id",
    )
    assert (await student.get(f"/attempts/{attempt['id']}"))["state"] == "in_progress"


async def test_a_closing_in_the_last_days_of_the_calendar_is_refused(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    (student,) = exam.students
    path = f"/assessments/{exam.test}/overrides"
    for moment in (
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
    ):
        terms = {"user_id": str(student.user), "closes_at": moment, "extra_minutes": 100_000}
        refused = await exam.teacher.send("POST", path, terms)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == "/closes_at"
    last = {"closes_at": "2999-12-31T23:59:59Z", "extra_minutes": 100_000}
    assert (
        await exam.teacher.send("POST", path, {"user_id": str(student.user), **last})
    ).is_success
    assert (await student.post(f"/assessments/{exam.test}/attempts"))["deadline_at"]


async def test_handed_in_twice_is_handed_in_once(exam: Exam) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    path = f"/attempts/{attempt['id']}/submit"
    answers = await asyncio.gather(*(student.send("POST", path, {}) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert await student.refused(
        "PUT",
        f"/attempts/{attempt['id']}/responses/{exam.questions[0]}",
        {"value": ["a"], "revision": 1},
    ) == (409, "assessment.attempt-ended")


async def test_drafts_that_are_saved_while_it_is_handed_in_count_or_are_refused(
    exam: Exam,
) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    question = exam.questions[0]
    saves = [
        _save(student, attempt["id"], question, {"value": ["a"] if n % 2 else ["b"], "revision": n})
        for n in range(1, 20)
    ]
    path = f"/attempts/{attempt['id']}/submit"
    *saved, graded = await asyncio.gather(*saves, student.send("POST", path, {}))
    assert graded.status_code == 200
    taken = [n for n, s in enumerate(saved, 1) if s.status_code == 200]
    exam.teacher.position = student.position
    shown = await exam.teacher.get(f"/attempts/{attempt['id']}")
    newest = max(taken, default=0)
    expected = None if not newest else ["a"] if newest % 2 else ["b"]
    assert shown["answers"][0]["value"] == expected


async def test_somebody_else_s_attempt_is_not_theirs(
    eduflow: Eduflow, school: School, exam: Exam
) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    stranger = await eduflow.somebody(school)
    stranger.position = student.position
    assert (await stranger.send("GET", f"/attempts/{attempt['id']}")).status_code == 403
    teacher = exam.teacher
    answer = await teacher.send(
        "PUT",
        f"/attempts/{attempt['id']}/responses/{exam.questions[0]}",
        {"value": ["a"], "revision": 1},
        EduFlow_Position=student.position or "",
    )
    assert answer.status_code == 403


async def test_an_interactive_try_is_worth_less_each_time(eduflow: Eduflow, school: School) -> None:
    made = await an_exam(eduflow, school)
    hints = [{"text": "Not a brick", "cost": "0.1"}]
    item = a_choice([4, 2], hints=hints)
    exam = await a_test(made, [item], policy={"behaviour": "interactive"})
    (student,) = exam.students
    attempt = await _sat(student, exam)
    path = f"/attempts/{attempt['id']}/responses/{exam.questions[0]}"
    wrong = await student.post(f"{path}/tries", {"value": ["b"]})
    assert (wrong["correct"], wrong["tries_left"]) == (False, 1)
    assert wrong["feedback"] == ["That is for building"]
    hint = await student.post(f"{path}/hints")
    assert (hint["text"], hint["hints_left"]) == ("Not a brick", 0)
    assert await student.refused("POST", f"{path}/hints", {}) == (409, "assessment.no-hints-left")
    right = await student.post(f"{path}/tries", {"value": ["a"]})
    assert right["correct"] is True
    assert await student.refused("POST", f"{path}/tries", {"value": ["a"]}) == (
        409,
        "assessment.no-tries-left",
    )
    graded = await student.post(f"/attempts/{attempt['id']}/submit")
    assert graded["score"] == 1.8


async def test_certainty_decides_how_much_is_won_and_lost(eduflow: Eduflow, school: School) -> None:
    made = await an_exam(eduflow, school)
    items = [a_choice(3), a_choice(3), a_choice(3)]
    exam = await a_test(made, items, policy={"behaviour": "certainty"})
    (student,) = exam.students
    attempt = await _sat(student, exam)
    given = [(["a"], 3), (["a"], 1), (["b"], 2)]
    answers = [
        {"question_id": question, "value": value, "certainty": certainty}
        for question, (value, certainty) in zip(exam.questions, given, strict=True)
    ]
    graded = await student.post(f"/attempts/{attempt['id']}/submit", {"answers": answers})
    assert graded["score"] == 3 + 1 - 2


async def test_an_essay_waits_for_its_reader(eduflow: Eduflow, school: School) -> None:
    made = await an_exam(eduflow, school)
    exam = await a_test(made, [a_choice(1), an_essay(10)], policy={"reading": "people"})
    (student,) = exam.students
    attempt = await _sat(student, exam)
    answers = [{"question_id": exam.questions[1], "value": "Because of the air."}]
    graded = await student.post(f"/attempts/{attempt['id']}/submit", {"answers": answers})
    assert (graded["unjudged"], graded["score"]) == (1, None)
    async with eduflow.sql("assessment") as connection:
        reasons = await connection.fetch(
            "SELECT reason FROM grading_queue WHERE assessment_id = $1", exam.test
        )
    assert [r["reason"] for r in reasons] == ["to_be_read"]
    assert (await student.get("/users/me/results"))["items"] == []


async def test_the_clock_is_the_server_s(eduflow: Eduflow, school: School) -> None:
    made = await an_exam(eduflow, school, students=2)
    policy = {"time_limit": 3600, "grace": 0, "late_penalty": "0.5"}
    exam = await a_test(made, [a_choice(2)], policy=policy)
    early, late = exam.students
    attempt = await _sat(early, exam)
    begun = datetime.fromisoformat(attempt["started_at"])
    assert datetime.fromisoformat(attempt["deadline_at"]) == begun + timedelta(hours=1)
    other = await _sat(late, exam)
    body = {"value": ["a"], "revision": 1}
    assert (await _save(late, other["id"], exam.questions[0], body)).status_code == 200
    await _passed(eduflow, other["id"], minutes=61)
    refused = await late.refused("POST", f"/attempts/{other['id']}/submit", {})
    assert refused == (409, "assessment.out-of-time")
    assert await late.refused(
        "PUT", f"/attempts/{other['id']}/responses/{exam.questions[0]}", {**body, "revision": 2}
    ) == (409, "assessment.out-of-time")

    async def handed_in() -> bool:
        shown = await exam.teacher.get(f"/attempts/{other['id']}")
        return bool(shown["state"] == "submitted")

    await _let_the_clock_hand_in(eduflow)
    await until(handed_in, seconds=20)
    shown = await exam.teacher.get(f"/attempts/{other['id']}")
    assert (shown["answers"][0]["value"], shown["score"]) == (["a"], 2)


async def test_within_grace_it_counts_and_costs_what_the_policy_says(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    policy = {"time_limit": 3600, "grace": 600, "late_penalty": "0.5"}
    exam = await a_test(made, [a_choice(2)], policy=policy)
    (student,) = exam.students
    attempt = await _sat(student, exam)
    await _passed(eduflow, attempt["id"], minutes=62)
    answers = [{"question_id": exam.questions[0], "value": ["a"]}]
    graded = await student.post(f"/attempts/{attempt['id']}/submit", {"answers": answers})
    assert (graded["late"], graded["score"]) == (True, 1)


async def test_extra_time_and_attempts_are_for_whom_they_are(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school, students=2)
    exam = await a_test(made, [a_choice(2)], policy={"time_limit": 600, "attempts": 1})
    slow, other = exam.students
    async with eduflow.sql("assessment") as connection:
        await connection.execute(
            "INSERT INTO delivery_overrides (id, institution_id, assessment_id, target_type,"
            " target_id, extra_minutes, extra_attempts, made_by)"
            " VALUES (gen_random_uuid(), $1, $2, 'student', $3, 5, 1, $3)",
            school.institution,
            exam.test,
            slow.user,
        )
    for student, minutes in ((slow, 15), (other, 10)):
        attempt = await _sat(student, exam)
        begun = datetime.fromisoformat(attempt["started_at"])
        assert datetime.fromisoformat(attempt["deadline_at"]) == begun + timedelta(minutes=minutes)
        await student.post(f"/attempts/{attempt['id']}/submit")
    again = await slow.post(f"/assessments/{exam.test}/attempts")
    assert again["number"] == 2
    assert await other.refused("POST", f"/assessments/{exam.test}/attempts", {}) == (
        409,
        "assessment.no-attempts-left",
    )


async def test_a_test_that_is_not_open_is_not_begun(eduflow: Eduflow, school: School) -> None:
    made = await an_exam(eduflow, school)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    exam = await a_test(made, [a_choice(2)], policy={"opens_at": tomorrow})
    (student,) = exam.students
    assert await student.refused("POST", f"/assessments/{exam.test}/attempts", {}) == (
        403,
        "assessment.not-open",
    )


async def test_whoever_watches_is_told_item_by_item_and_goes_on_where_they_were(
    exam: Exam,
) -> None:
    (student,) = exam.students
    attempt = await _sat(student, exam)
    path = f"/attempts/{attempt['id']}"

    async def told(after: str) -> list[tuple[str, str]]:
        """Number and kind of what happened, until it was handed in."""
        seen, told = [], {"event": "", "id": ""}
        headers = {"Last-Event-ID": after, "EduFlow-Position": student.position or ""}
        async with student.client.stream("GET", f"{path}/events", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name in told:
                    told[name] = value
                if not line and told["event"]:
                    seen.append((told["id"], told["event"]))
                    if len(seen) == 5 or told["event"] == "submitted":
                        break
        return seen

    watching = asyncio.create_task(told("0"))
    await student.post(f"{path}/submit")
    async with asyncio.timeout(20):
        seen = await watching
    kinds = ["judged", "judged", "released", "started", "submitted"]
    assert sorted(kind for _, kind in seen) == kinds
    assert await told(seen[1][0]) == seen[2:]


async def _passed(eduflow: Eduflow, attempt: str, *, minutes: int) -> None:
    """As if it had been begun so long ago."""
    async with eduflow.sql("assessment") as connection:
        await connection.execute(
            "UPDATE attempts SET started_at = started_at - $2::interval,"
            " deadline_at = deadline_at - $2::interval, grace_until = grace_until - $2::interval"
            " WHERE id = $1",
            attempt,
            timedelta(minutes=minutes),
        )


async def _let_the_clock_hand_in(eduflow: Eduflow) -> None:
    async with eduflow.sql("assessment") as connection:
        await connection.execute(
            "UPDATE job_schedules SET next_at = now() WHERE kind = 'hand_in_overdue'"
        )
