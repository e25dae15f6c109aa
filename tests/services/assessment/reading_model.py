"""A class whose essays a model reads, and a model that says what a test wants."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.contracts.assessment import AnswerReviewed
from eduflow.kernel.ids import new_id
from eduflow.kernel.llm.gateway import Gateway
from eduflow.kernel.llm.ledger import Ledger
from tests.harness.exams import Exam, a_test, an_essay, an_exam
from tests.harness.log import logged
from tests.harness.models import Vendor, running_vendor
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.harness.wires import Asked

ESSAY = "Blue light is scattered most by small molecules. Therefore the sky looks blue."
QUOTE = "Blue light is scattered most"
MODEL = "openai:reader"


def answered_by(
    levels: Callable[[Asked], tuple[int, int]],
    *,
    quote: str = QUOTE,
    confidence: str = "high",
    control: Callable[[Asked], int] = lambda _: 0,
) -> Callable[[Asked], str]:
    """What a model says that gives these levels, and `control` to what no answer earns."""

    def answer(asked: Asked) -> str:
        lines = {
            f"c{number}": {
                "quote": quote,
                "reason": "It says so.",
                "level": level,
                "confidence": confidence,
            }
            for number, level in enumerate((*levels(asked), control(asked)), 1)
        }
        return json.dumps(lines)

    return answer


class Reader:
    """The model of a test: `levels` of the two criteria, and a quotation for both."""

    def __init__(self, vendor: Vendor, eduflow: Eduflow) -> None:
        self.vendor = vendor
        self.levels: Callable[[Asked], tuple[int, int]] = lambda _: (1, 1)
        self.quote = QUOTE
        self.confidence = "high"
        self.control: Callable[[Asked], int] = lambda _: 0
        vendor.answer = self._answer
        self._made: list[Gateway] = []
        self._eduflow = eduflow

    def _answer(self, asked: Asked) -> str:
        said = {"quote": self.quote, "confidence": self.confidence}
        return answered_by(self.levels, control=self.control, **said)(asked)

    @property
    def shown(self) -> list[str]:
        """What it was given to read, without the instructions."""
        return [asked.data for asked in self.vendor.asked]

    def connect(self, *models: str, ledger: str | None = None, **other: Any) -> None:
        """Let the worker ask it, from now on; `ledger`: at this address instead of the tutor's."""
        worker = self._eduflow.worker
        resources, settings = worker.resources["assessment"], worker.settings
        if ledger is not None:
            llm = msgspec.structs.replace(settings.llm, ledger_url=ledger)
            settings = msgspec.structs.replace(settings, llm=llm)
        resources.ledger = Ledger(settings, service="assessment", clock=worker.clock)
        chosen = self.vendor.settings(*(models or (MODEL,)), **other)
        resources.models = Gateway(chosen, ledger=resources.ledger, clock=worker.clock)
        self._made.append(resources.models)

    async def close(self) -> None:
        for gateway in self._made:
            await gateway.close()


async def priced(eduflow: Eduflow) -> None:
    """The catalogue knows the models of these tests: a large one, and one for a hundredth."""
    async with eduflow.sql("tutor") as sql:
        await sql.executemany(
            "INSERT INTO model_catalogue (id, provider, model, in_micros_per_mtok,"
            " cached_micros_per_mtok, out_micros_per_mtok, valid_from) VALUES"
            " ($1, $2, $3, $4::bigint, $4::bigint / 10, $4::bigint * 5, '2026-01-01')"
            " ON CONFLICT DO NOTHING",
            [
                (new_id(), "openai", "reader", 1_000_000),
                (new_id(), "anthropic", "reader", 1_000_000),
                (new_id(), "openai", "small", 10_000),
            ],
        )


@pytest.fixture
async def reader(eduflow: Eduflow) -> AsyncIterator[Reader]:
    resources = eduflow.worker.resources["assessment"]
    before, ledger = resources.models, resources.ledger
    await priced(eduflow)
    async with running_vendor() as vendor:
        made = Reader(vendor, eduflow)
        made.connect()
        yield made
        async with eduflow.sql("assessment") as sql:
            # What is left waiting shall not ask the next test's model.
            await sql.execute("DELETE FROM jobs WHERE kind = 'grade_answer' AND state = 'waiting'")
        resources.models, resources.ledger = before, ledger
        await until(partial(_nothing_runs, eduflow), seconds=60, what="its jobs have ended")
        await made.close()


async def _nothing_runs(eduflow: Eduflow) -> bool:
    async with eduflow.sql("assessment") as sql:
        return not await sql.fetchval("SELECT EXISTS (SELECT FROM jobs WHERE state = 'running')")


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


async def job_of(eduflow: Eduflow, attempt: str, *, seconds: float = 20.0) -> dict[str, Any]:
    """The job of the attempt's essay, once it has ended."""
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
        return found.get("state") in {"judged", "held", "failed", "dropped"}

    await until(partial(is_there), seconds=seconds, what="the models have read it")
    return found


async def hurried(eduflow: Eduflow, attempt: str) -> None:
    """The job of the attempt's essay, which waits for its time, is due now."""
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE jobs SET run_at = now() WHERE state = 'waiting' AND arguments ->> 'job_id' IN"
            " (SELECT j.id::text FROM ai_grading_jobs AS j JOIN responses AS r"
            " ON r.id = j.response_id WHERE r.attempt_id = $1)",
            attempt,
        )
    eduflow.worker.bell.ring("assessment")


async def put_off(eduflow: Eduflow, attempt: str, *, tries: int = 1) -> str:
    """Why the job of the attempt's essay waits, once it was tried so often."""
    found: dict[str, Any] = {}

    async def waits() -> bool:
        async with eduflow.sql("assessment") as sql:
            row = await sql.fetchrow(
                "SELECT b.state, b.attempts, b.last_error FROM jobs AS b JOIN ai_grading_jobs AS j"
                " ON b.arguments ->> 'job_id' = j.id::text JOIN responses AS r"
                " ON r.id = j.response_id WHERE r.attempt_id = $1",
                attempt,
            )
        found.update(dict(row) if row else {})
        return bool(row and row["state"] == "waiting" and row["attempts"] >= tries)

    await until(waits, what="it was put off")
    return str(found["last_error"])


async def opened(eduflow: Eduflow, exam: Exam, *, model: str = "reader") -> None:
    """The gate of the exam's question is open: as after fifty reviews that agreed."""
    about = (exam.questions[0], model, exam.teacher.institution)
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "INSERT INTO release_gates (question_id, model, institution_id, state, set_by)"
            " VALUES ($1, $2, $3, 'measured', $3)",
            *about,
        )
    await agreed(eduflow, exam, question=exam.questions[0], model=model)


async def agreed(eduflow: Eduflow, exam: Exam, *, question: str, model: str) -> None:
    """Fifty blind reviews of answers to the question came to what the model had said."""
    async with eduflow.sql("assessment") as sql:
        for number in range(50):
            level = number % 2
            event = AnswerReviewed(
                institution_id=exam.teacher.institution,
                question_id=UUID(question),
                response_id=new_id(),
                course_id=UUID(exam.course),
                model=model,
                blind=True,
                model_level=level,
                human_level=level,
                levels=2,
            )
            await logged(sql, event)
    eduflow.worker.bell.ring("assessment")

    async def is_known() -> bool:
        async with eduflow.sql("assessment") as sql:
            found = await sql.fetchval(
                "SELECT n FROM agreement_stats WHERE question_id = $1 AND model = $2",
                question,
                model,
            )
        return bool(found == 50)

    await until(is_known, seconds=60, what="the model is known to agree with people")


async def taken(exam: Exam, grader: Person, **fields: Any) -> Any:
    """The next answer in a grader's hands."""
    return await grader.post(f"/assessments/{exam.test}/queue/next", fields)


async def reviewed(grader: Person, task: Any, *, argument: int, form: int) -> Any:
    """What comes of judging it."""
    body = {"criteria": {"argument": argument, "form": form}, "comment": "Read.", "seconds": 20}
    path = f"/responses/{task['response_id']}/reviews"
    return await grader.post(path, body, If_Match=f'"v{task["version"]}"')


__all__ = [
    "Reader",
    "answered_by",
    "essays",
    "handed_in",
    "hurried",
    "job_of",
    "opened",
    "priced",
    "put_off",
    "reader",
    "reviewed",
    "taken",
]
