"""The ledger of what models cost, away or empty: what waits, what goes on, and what is paid."""

import asyncio
from typing import Any

from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.services.assessment.ai_calls import settle_calls
from tests.harness.exams import a_choice, a_test, an_essay, an_exam
from tests.harness.ledgers import way_to
from tests.harness.models import Status
from tests.harness.platform import Eduflow, School
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
    reviewed,
    taken,
)

__all__ = ["reader"]
NOWHERE = "http://127.0.0.1:1"
HELD = Held(new_id(), 1, 1, {}, None)


async def _spent(eduflow: Eduflow, school: School) -> list[dict[str, Any]]:
    """By the ledger: what was counted, call by call."""
    async with eduflow.sql("tutor") as sql:
        rows = await sql.fetch(
            "SELECT call_id, cost_micros, provider, model FROM token_usage"
            " WHERE institution_id = $1 ORDER BY at",
            school.institution,
        )
    return [dict(row) for row in rows]


async def _calls(eduflow: Eduflow, school: School) -> list[dict[str, Any]]:
    """By the service that asked."""
    async with eduflow.sql("assessment") as sql:
        rows = await sql.fetch(
            "SELECT id, outcome, cost_micros, settled_at IS NOT NULL AS settled FROM ai_calls"
            " WHERE institution_id = $1 ORDER BY at",
            school.institution,
        )
    return [dict(row) for row in rows]


async def _limited(school: School, exam: Any, micros: int, on_exhaust: str) -> None:
    budget = {
        "scope_type": "course",
        "scope_id": exam.course,
        "period": "total",
        "limit_micros": micros,
        "on_exhaust": on_exhaust,
    }
    school.admin.position = exam.teacher.position
    answer = await school.admin.send("POST", "/ai/budgets", budget)
    assert answer.is_success, answer.text


async def test_while_the_ledger_is_away_models_wait_and_nothing_else_does(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await an_exam(eduflow, school, students=3)
    exam = await a_test(exam, [an_essay(), a_choice(2)])
    await opened(eduflow, exam)
    waiting = await handed_in(exam, exam.students[0])
    await job_of(eduflow, waiting)
    asked = len(reader.vendor.asked)
    reader.connect(ledger=NOWHERE)
    essay, choice = exam.questions
    left = []
    for student in exam.students[1:]:
        attempt = await student.post(f"/assessments/{exam.test}/attempts")
        draft = {"value": "Blue", "revision": 1}
        path = f"/attempts/{attempt['id']}"
        saved = await student.send("PUT", f"{path}/responses/{essay}", draft)
        assert saved.is_success
        answers = [
            {"question_id": essay, "value": "Blue light is scattered most."},
            {"question_id": choice, "value": ["a"]},
        ]
        told = await student.post(f"{path}/submit", {"answers": answers})
        assert told["state"] == "submitted"
        left.append(attempt["id"])
        assert await put_off(eduflow, attempt["id"]) == "the ledger of what models cost is away"
        exam.teacher.position = student.position
    assert len(reader.vendor.asked) == asked
    # People grade, and everybody reads.
    queue = await exam.teacher.get(f"/assessments/{exam.test}/queue")
    assert sum(line["with_models"] for line in queue["questions"]) == 2
    async with eduflow.sql("assessment") as sql:
        response = await sql.fetchval(
            "SELECT id FROM responses WHERE attempt_id = $1 AND question_id = $2", left[0], essay
        )
    body = {"criteria": {"argument": 3, "form": 4}}
    path = f"/responses/{response}/reviews"
    judged = await exam.teacher.post(path, body, If_Match='"v0"')
    assert judged["unjudged"] == 0
    mine = await exam.students[2].get(f"/attempts/{left[1]}")
    assert mine["state"] == "submitted"
    # It comes back.
    reader.connect()
    for each in left:
        await hurried(eduflow, each)
    job = await job_of(eduflow, left[1])
    assert job["state"] == "judged"
    by_hand = await job_of(eduflow, left[0])
    assert by_hand["state"] == "dropped", "what a person has judged no model is asked about"
    async with eduflow.sql("assessment") as sql:
        methods = await sql.fetch(
            "SELECT method, revision FROM item_scores WHERE response_id = $1", response
        )
    assert [tuple(row) for row in methods] == [("human", 1)], "a model never overrules a person"


async def test_what_was_asked_and_not_settled_is_settled_once_whoever_comes_first(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    async with way_to(eduflow.settings.llm.ledger_url) as way:
        way.fails = {"settle"}
        reader.connect(ledger=way.url)
        job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert job["samples"] == 2, "what is not settled is used all the same"
    calls = await _calls(eduflow, school)
    assert [(c["outcome"], c["settled"]) for c in calls] == [("answered", False)] * 2
    assert await _spent(eduflow, school) == []
    await _aged(eduflow, school)
    reader.connect()
    await asyncio.gather(*(settle_calls(HELD, eduflow.worker) for _ in range(3)))
    spent = await _spent(eduflow, school)
    assert {s["call_id"] for s in spent} == {c["id"] for c in calls}
    assert len(spent) == 2
    settled = await _calls(eduflow, school)
    assert all(c["settled"] for c in settled)
    assert [c["cost_micros"] for c in settled] == [s["cost_micros"] for s in spent]


async def test_a_settlement_whose_answer_was_lost_charges_nothing_twice(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await _limited(school, exam, 1_000_000, "queue_for_person")
    async with way_to(eduflow.settings.llm.ledger_url) as way:
        way.lost = {"settle"}
        reader.connect(ledger=way.url)
        attempt = await handed_in(exam, exam.students[0])
        await way.reached.wait()
        way.lost = set()
        await job_of(eduflow, attempt)
    await _aged(eduflow, school)
    reader.connect()
    await settle_calls(HELD, eduflow.worker)
    spent = await _spent(eduflow, school)
    assert len(spent) == 2
    assert all(call["settled"] for call in await _calls(eduflow, school))
    assert await _balance(eduflow, school) == (sum(s["cost_micros"] for s in spent), 0)


async def test_one_call_that_the_ledger_does_not_know_holds_up_no_other(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    async with way_to(eduflow.settings.llm.ledger_url) as way:
        way.fails = {"settle"}
        reader.connect(ledger=way.url)
        await job_of(eduflow, await handed_in(exam, exam.students[0]))
    calls = await _calls(eduflow, school)
    async with eduflow.sql("tutor") as sql:  # As after a restore of an older copy.
        first = calls[0]["id"]
        await sql.execute("DELETE FROM budget_reservations WHERE call_id = $1", first)
        await sql.execute("DELETE FROM reserved_calls WHERE call_id = $1", first)
    await _aged(eduflow, school)
    reader.connect()
    await settle_calls(HELD, eduflow.worker)
    (spent,) = await _spent(eduflow, school)
    assert spent["call_id"] == calls[1]["id"]
    assert all(call["settled"] for call in await _calls(eduflow, school))


async def test_what_failed_for_nothing_holds_nothing(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await _limited(school, exam, 1_000_000, "queue_for_person")
    reader.vendor.always(Status(400))
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert (job["state"], job["reason"]) == ("failed", "no_model")
    assert await _balance(eduflow, school) == (0, 0)
    assert await _spent(eduflow, school) == []
    assert [call["settled"] for call in await _calls(eduflow, school)] == [True]


async def test_at_the_limit_the_smaller_model_reads_and_a_person_confirms_it(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await opened(eduflow, exam)
    await opened(eduflow, exam, model="small")
    reader.connect(MODEL, "openai:small")
    dear = await _price_of_a_sample(eduflow, school, reader)
    await _limited(school, exam, dear, "smaller_model")
    before = len(reader.vendor.asked)
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    asked = [one.model for one in reader.vendor.asked[before:]]
    assert asked[0] == "reader"
    assert asked[-1] == "small"
    # Two models were never measured together: no gate is theirs.
    assert (job["state"], job["reason"], job["samples"]) == ("held", "gate", 2)
    used, held = await _balance(eduflow, school)
    assert used <= dear
    assert held == 0


async def test_one_sample_that_was_paid_for_is_a_proposal_to_the_person(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await opened(eduflow, exam)
    dear = await _price_of_a_sample(eduflow, school, reader)
    await _limited(school, exam, dear + 1, "queue_for_person")
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert (job["state"], job["reason"], job["samples"]) == ("held", "budget", 1)
    assert job["level"] is None, "half a reading measures no model"
    blind = await taken(exam, exam.teacher)
    assert blind["thoughts"] is None
    path = f"/assessments/{exam.test}/queue/{blind['response_id']}/release"
    await exam.teacher.post(path)
    task = await taken(exam, exam.teacher, mode="confirm")
    assert (task["reason"], task["thoughts"]["fraction"]) == ("budget", "0.700000")
    assert [one["sample"] for one in task["thoughts"]["criteria"]] == [1, 1]
    await reviewed(exam.teacher, task, argument=3, form=4)
    async with eduflow.sql("assessment") as sql:
        told = await sql.fetchval(
            "SELECT count(*) FROM outbox_events WHERE type = 'assessment.answer_reviewed'"
            " AND payload ->> 'response_id' = $1",
            str(task["response_id"]),
        )
    assert told == 0


async def test_without_money_for_the_third_reading_nothing_leaves_unconfirmed(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school)
    await opened(eduflow, exam)
    dear = await _price_of_a_sample(eduflow, school, reader)
    # What a call took at last is a part of what is held for it.
    async with eduflow.sql("assessment") as sql:
        cost = await sql.fetchval("SELECT max(cost_micros) FROM ai_calls")
    await _limited(school, exam, dear + cost, "queue_for_person")
    job = await job_of(eduflow, await handed_in(exam, exam.students[0]))
    assert (job["state"], job["reason"], job["samples"]) == ("held", "budget", 2)
    assert float(job["fraction"]) == 0.7


async def _price_of_a_sample(eduflow: Eduflow, school: School, reader: Reader) -> int:
    """What is held back for one reading by the larger model, at most."""
    other = await eduflow.school()
    exam = await essays(eduflow, other)
    await job_of(eduflow, await handed_in(exam, exam.students[0]))
    async with eduflow.sql("tutor") as sql:
        price: int = await sql.fetchval(
            "SELECT max(reserved_micros) FROM reserved_calls WHERE institution_id = $1"
            " AND model = 'reader'",
            other.institution,
        )
    assert price
    return price


async def _balance(eduflow: Eduflow, school: School) -> tuple[int, int]:
    async with eduflow.sql("tutor") as sql:
        row = await sql.fetchrow(
            "SELECT sum(used_micros)::bigint AS used, sum(reserved_micros)::bigint AS held"
            " FROM budget_balances WHERE institution_id = $1",
            school.institution,
        )
    return row["used"], row["held"]


async def _aged(eduflow: Eduflow, school: School) -> None:
    """Nobody is about to settle these any more."""
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE ai_calls SET at = at - interval '1 hour' WHERE institution_id = $1",
            school.institution,
        )
