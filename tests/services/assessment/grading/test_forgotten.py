"""Somebody is forgotten while a model reads what they wrote."""

import asyncio

from tests.harness.models import Waits
from tests.harness.platform import Eduflow, School
from tests.services.assessment.reading_model import (
    QUOTE,
    Reader,
    essays,
    handed_in,
    job_of,
    opened,
    reader,
)
from tests.services.assessment.test_erasure import forgotten

__all__ = ["reader"]


async def test_what_a_model_still_says_of_it_is_kept_nowhere(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await opened(eduflow, exam)
    go_on = asyncio.Event()
    reader.vendor.next(Waits(go_on))
    attempt = await handed_in(exam, exam.students[0])
    await reader.vendor.heard()
    await forgotten(eduflow, school, exam.students[0].user)
    go_on.set()
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["failure"], job["reason"]) == ("failed", "erased", None)
    assert len(reader.vendor.asked) == 1
    async with eduflow.sql("assessment") as sql:
        kept = await sql.fetchval("SELECT count(*) FROM ai_judgements WHERE job_id = $1", job["id"])
        scores = await sql.fetchval(
            "SELECT count(*) FROM item_scores WHERE response_id = $1", job["response_id"]
        )
        calls = await sql.fetchval("SELECT count(*) FROM ai_calls WHERE job_id = $1", job["id"])
    assert (kept, scores, calls) == (0, 0, 1), "what it cost is counted, what it said is not kept"


async def test_what_a_model_said_before_is_blank_and_nobody_is_asked_to_judge_it(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    attempt = await handed_in(exam, exam.students[0])
    job = await job_of(eduflow, attempt)
    assert job["queue"] == "waiting"
    await forgotten(eduflow, school, exam.students[0].user)
    async with eduflow.sql("assessment") as sql:
        said = await sql.fetch(
            "SELECT reason, quote, span_start FROM ai_judgements WHERE job_id = $1", job["id"]
        )
        left = await sql.fetchval(
            "SELECT count(*) FROM responses AS r WHERE r.attempt_id = $1 AND r.value::text LIKE $2",
            attempt,
            f"%{QUOTE}%",
        )
    assert [(row["reason"], row["quote"]) for row in said] == [("", "")] * 4
    assert left == 0
    path = f"/assessments/{exam.test}/queue/next"
    refused = await exam.teacher.refused("POST", path, {})
    assert refused == (404, "assessment.nothing-to-grade")
