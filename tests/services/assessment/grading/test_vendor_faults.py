"""What vendors do wrong, over HTTP and their own SDKs, and what becomes of a student's essay."""

import asyncio
import json
from functools import partial
from typing import Any

import anthropic
import msgspec
import openai
import pytest

from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam
from tests.harness.models import Behaviour, Says, Status, Waits, Wrong
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.reading_model import (
    MODEL,
    Reader,
    essays,
    handed_in,
    hurried,
    job_of,
    opened,
    put_off,
    reader,
)

__all__ = ["reader"]
# Loaded before any clock runs: on a busy machine they take longer than a test's deadline.
LOADED = (anthropic.AsyncAnthropic, openai.AsyncOpenAI)
DEAR = ("anthropic:reader", "openai:reader")
PASSING: dict[str, Behaviour] = {
    "a limit for five minutes": Status(429, {"retry-after": "300"}),
    "overloaded": Status(529, {"retry-after": "300"}, kind="overloaded_error"),
    "stalls": Wrong.STALLED,
    "half a JSON": Wrong.HALF,
}
FOR_GOOD: dict[str, Behaviour] = {
    "the wrong shape, twice": Says('{"c1": {"level": 7}}'),
    "no JSON at all, twice": Says("I would give it full marks."),
    "a refusal": Says("", "refused"),
    "cut at its length": Says('{"c1": {"quote": "Blue', "length"),
    "a wrong key": Status(401, kind="authentication_error"),
}


def _settings(behaviour: Behaviour) -> dict[str, Any]:
    return {"timeout": 0.6, "deadline": 20.0} if behaviour is Wrong.STALLED else {}


@pytest.mark.parametrize("name", PASSING | FOR_GOOD)
@pytest.mark.parametrize("model", DEAR)
async def test_the_next_model_reads_what_one_could_not(
    eduflow: Eduflow, school: School, reader: Reader, model: str, name: str
) -> None:
    behaviour = (PASSING | FOR_GOOD)[name]
    exam = await essays(eduflow, school)
    await opened(eduflow, exam, model="small")
    reader.vendor.always(behaviour, model="reader")
    reader.connect(model, "openai:small", **_settings(behaviour))
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert (job["state"], job["samples"], job["model"]) == ("judged", 3, "small")
    assert [a.model for a in reader.vendor.asked].count("small") == 3


@pytest.mark.parametrize("name", FOR_GOOD)
@pytest.mark.parametrize("model", DEAR)
async def test_after_the_last_model_a_person_reads(
    eduflow: Eduflow, school: School, reader: Reader, model: str, name: str
) -> None:
    exam = await essays(eduflow, school)
    reader.vendor.always(FOR_GOOD[name])
    reader.connect(model)
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert (job["state"], job["reason"], job["queue"]) == ("failed", "no_model", "waiting")
    assert job["samples"] == 0
    assert len(reader.vendor.asked) == (2 if "twice" in name else 1)


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("model", DEAR)
async def test_what_may_pass_is_waited_for_and_at_last_a_person_reads(
    eduflow: Eduflow, school: School, reader: Reader, model: str, name: str
) -> None:
    exam = await essays(eduflow, school)
    behaviour = PASSING[name]
    reader.vendor.always(behaviour)
    reader.connect(model, **_settings(behaviour))
    attempt = await handed_in(exam, exam.students[0])
    for tries in range(1, 6):
        assert await put_off(eduflow, attempt, tries=tries) == "no-model-answered"
        await hurried(eduflow, attempt)
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["reason"], job["queue"]) == ("failed", "no_model", "waiting")


async def test_it_goes_on_with_the_sample_that_it_has(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await opened(eduflow, exam)
    reader.vendor.next(None, Status(429, {"retry-after": "300"}))
    attempt = await handed_in(exam, exam.students[0])
    await put_off(eduflow, attempt)
    reader.connect()  # Its rest is over.
    await hurried(eduflow, attempt)
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["samples"]) == ("judged", 3)
    assert len(reader.vendor.asked) == 4


async def test_models_that_stall_leave_hands_for_the_clock(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    made = await an_exam(eduflow, school, students=12)
    exam = await a_test(made, [an_essay()])
    timed = await a_test(made, [a_choice()], policy={"time_limit": 60})
    late = exam.students[-1]
    attempt = (await late.post(f"/assessments/{timed.test}/attempts"))["id"]
    over = asyncio.Event()
    reader.vendor.always(Waits(over))
    reader.connect(MODEL, timeout=60.0, deadline=120.0)
    try:
        for student in exam.students[:-1]:
            await handed_in(exam, student)
        await until(partial(_asked_by, reader, 5), what="five are read at once")
        async with eduflow.sql("assessment") as sql:
            await sql.execute(
                "UPDATE attempts SET deadline_at = now() - interval '2 minutes',"
                " grace_until = now() - interval '1 minute' WHERE id = $1",
                attempt,
            )
            await sql.execute(
                "UPDATE job_schedules SET next_at = now() WHERE name = 'hand_in_overdue'"
            )

        async def is_handed_in() -> bool:
            async with eduflow.sql("assessment") as sql:
                state = await sql.fetchval("SELECT state FROM attempts WHERE id = $1", attempt)
            return bool(state == "submitted")

        await until(is_handed_in, seconds=20, what="the clock handed it in")
        assert len(reader.vendor.asked) == 5
    finally:
        over.set()


async def _asked_by(reader: Reader, count: int) -> bool:
    return len(reader.vendor.asked) == count


async def test_an_answer_that_nobody_comes_back_from_goes_to_a_person(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    reader.vendor.always(Status(529, {"retry-after": "300"}, kind="overloaded_error"))
    attempt = await handed_in(exam, exam.students[0])
    await put_off(eduflow, attempt)
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE jobs SET attempts = 46 WHERE state = 'waiting' AND kind = 'grade_answer'"
        )
    asked = len(reader.vendor.asked)
    await hurried(eduflow, attempt)
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["reason"], job["failure"]) == ("failed", "no_model", "never_ended")
    assert len(reader.vendor.asked) == asked


async def _ids_of(eduflow: Eduflow, exam: Exam, attempt: str) -> set[str]:
    async with eduflow.sql("assessment") as sql:
        row = await sql.fetchrow(
            "SELECT t.id, t.user_id, t.institution_id, t.course_id, t.assessment_id, t.session_id,"
            " r.id AS response_id, r.question_id, j.id AS job_id FROM attempts AS t"
            " JOIN responses AS r ON r.attempt_id = t.id"
            " JOIN ai_grading_jobs AS j ON j.response_id = r.id WHERE t.id = $1",
            attempt,
        )
    return {str(value) for value in row.values()} | {value.hex for value in row.values()}


@pytest.mark.parametrize("model", [*DEAR, "openai/chat:reader"])
async def test_no_name_no_mail_and_no_id_is_in_what_goes_over_the_wire(
    eduflow: Eduflow, school: School, reader: Reader, model: str
) -> None:
    exam = await essays(eduflow, school)
    student = exam.students[0]
    async with eduflow.sql() as sql:
        email = await sql.fetchval("SELECT email FROM users WHERE id = $1", student.user)
    reader.connect(model)
    answer = (
        f"By Lin L0 ({email}), student number 4711-0815, no. 471108.\n\n"
        "Blue light is scattered most by small molecules. LIN thinks so too, and L0, Lin agrees."
        f" Write to {email.upper()} or me@example.org."
    )
    attempt = await handed_in(exam, student, answer)
    await job_of(eduflow, attempt)
    known = {"lin", email.lower(), "example.org", "471108"} | await _ids_of(eduflow, exam, attempt)
    assert reader.vendor.asked
    for asked in reader.vendor.asked:
        sent = (json.dumps(asked.body, ensure_ascii=False) + json.dumps(asked.headers)).lower()
        words = set(sent.replace('"', " ").replace(",", " ").replace(".", " ").split())
        assert "Blue light is scattered most" in asked.data
        told = {one for one in known if one in words or (len(one) > 6 and one in sent)}
        assert told == set(), msgspec.json.encode(sorted(told))
