"""A class whose essays a model reads, and a model that says what a test wants."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest

from eduflow.kernel.ids import new_id
from eduflow.kernel.llm.gateway import Gateway
from tests.harness.exams import Exam, a_test, an_essay, an_exam
from tests.harness.models import Vendor, running_vendor
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.harness.wires import Asked

ESSAY = "Blue light is scattered most by small molecules. Therefore the sky looks blue."
MODEL = "openai:reader"


class Reader:
    """The model of a test: `levels` of the two criteria, and a quotation for both."""

    def __init__(self, vendor: Vendor, eduflow: Eduflow) -> None:
        self.vendor = vendor
        self.levels: Callable[[Asked], tuple[int, int]] = lambda _: (1, 1)
        self.quote = "Blue light is scattered most"
        self.confidence = "high"
        vendor.answer = self._answer
        self.gateway: Gateway | None = None
        self._eduflow = eduflow

    def _answer(self, asked: Asked) -> str:
        lines = {
            f"c{number}": {
                "quote": self.quote,
                "reason": "It says so.",
                "level": level,
                "confidence": self.confidence,
            }
            for number, level in enumerate(self.levels(asked), 1)
        }
        return json.dumps(lines)

    @property
    def shown(self) -> list[str]:
        """What it was given to read, without the instructions."""
        return [asked.data for asked in self.vendor.asked]

    def connect(self, **other: Any) -> None:
        """Let the worker ask it, from now on."""
        resources = self._eduflow.worker.resources["assessment"]
        settings = self.vendor.settings(MODEL, **other)
        resources.models = Gateway(
            settings, ledger=resources.ledger, clock=self._eduflow.worker.clock
        )


@pytest.fixture
async def reader(eduflow: Eduflow) -> AsyncIterator[Reader]:
    resources = eduflow.worker.resources["assessment"]
    before, ledger = resources.models, resources.ledger
    async with eduflow.sql("tutor") as sql:
        await sql.execute(
            "INSERT INTO model_catalogue (id, provider, model, in_micros_per_mtok,"
            " cached_micros_per_mtok, out_micros_per_mtok, valid_from) VALUES"
            " ($1, 'openai', 'reader', 1000000, 100000, 5000000, '2026-01-01')"
            " ON CONFLICT DO NOTHING",
            new_id(),
        )
    async with running_vendor() as vendor:
        made = Reader(vendor, eduflow)
        made.connect()
        yield made
    resources.models, resources.ledger = before, ledger


async def essays(eduflow: Eduflow, school: School, *, students: int = 1, **fields: Any) -> Exam:
    """A published test of one essay."""
    exam = await an_exam(eduflow, school, students=students)
    return await a_test(exam, [an_essay(**fields)])


async def handed_in(exam: Exam, student: Person, answer: Any = ESSAY) -> str:
    """The id of the attempt."""
    attempt = await student.post(f"/assessments/{exam.test}/attempts")
    answers = [{"question_id": exam.questions[0], "value": answer}]
    await student.post(f"/attempts/{attempt['id']}/submit", {"answers": answers})
    exam.teacher.position = student.position
    return str(attempt["id"])


async def job_of(eduflow: Eduflow, attempt: str, *states: str) -> dict[str, Any]:
    """The job of the attempt's essay, once it is in one of the states."""
    found: dict[str, Any] = {}

    async def is_there() -> bool:
        async with eduflow.sql("assessment") as sql:
            row = await sql.fetchrow(
                "SELECT j.*, w.reason, w.state AS queue FROM ai_grading_jobs AS j"
                " JOIN responses AS r ON r.id = j.response_id"
                " LEFT JOIN grading_queue AS w ON w.response_id = r.id WHERE r.attempt_id = $1",
                attempt,
            )
        found.update(dict(row) if row else {})
        return found.get("state") in (states or ("judged", "held", "failed"))

    await until(partial(is_there), what="the models have read it")
    return found


async def taken(exam: Exam, grader: Person, **fields: Any) -> Any:
    """The next answer in a grader's hands."""
    return await grader.post(f"/assessments/{exam.test}/queue/next", fields)


async def reviewed(grader: Person, task: Any, *, argument: int, form: int) -> Any:
    """What comes of judging it."""
    body = {"criteria": {"argument": argument, "form": form}, "comment": "Read.", "seconds": 20}
    path = f"/responses/{task['response_id']}/reviews"
    return await grader.post(path, body, If_Match=f'"v{task["version"]}"')


__all__ = ["Reader", "essays", "handed_in", "job_of", "reader", "reviewed", "taken"]
