"""kill -9 of a worker while models read, students hand in and a rubric becomes another."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.ids import new_id
from tests.harness.exams import RUBRIC, Exam, a_test, an_essay, an_exam
from tests.harness.models import OPENAI_KEY, Vendor
from tests.harness.platform import Eduflow, School
from tests.harness.processes import Process
from tests.harness.servers import Servers
from tests.harness.things import until
from tests.services.assessment.reading_model import ESSAY, MODEL, Reader, reader
from tests.services.assessment.replaying import handed_in, run_in

__all__ = ["reader"]
pytestmark = pytest.mark.system
STUDENTS, KILLS = 18, 3
_AT_ONCE = 8
"""Jobs that a worker has in hand: so many calls are lost with it, and asked once more."""


@pytest.fixture
def worker(servers: Servers, eduflow: Eduflow, reader: Reader) -> Iterator[Process]:
    """Beside the one in this process, and asking the same vendor and the same ledger."""
    environment = {
        **servers.environment(port=1, gateway=1),
        "EDUFLOW_LLM_MODELS": MODEL,
        "EDUFLOW_LLM_OPENAI_KEY": OPENAI_KEY,
        "EDUFLOW_LLM_OPENAI_URL": f"{reader.vendor.url}/v1",
        "EDUFLOW_LLM_LEDGER_URL": f"http://127.0.0.1:{eduflow.ports['tutor']}",
    }
    log = servers.folder / "reading-worker.log"
    process = Process("worker", environment=environment, log=log)
    yield process
    process.stop()


async def _hand_in(exam: Exam, students: int) -> None:
    for student in exam.students[-students:]:
        await handed_in(student, exam, {exam.questions[0]: ESSAY})


async def _killed(worker: Process, sql: asyncpg.Connection, vendor: Vendor) -> None:
    """Each time while calls are under way that it, or the other worker, has begun."""
    for _ in range(KILLS):
        vendor.lets_go.clear()
        worker.start()
        asked = len(vendor.asked)
        # More than one worker has hands for, where there is as much to do; else some of its own.
        deadline = asyncio.get_running_loop().time() + 8
        while len(vendor.asked) < asked + _AT_ONCE + 1:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.02)
        worker.kill()
        # Nobody waits for the lease of the dead: it is as if it had run out.
        await sql.execute("UPDATE jobs SET lease_until = now() WHERE state = 'running'")
        vendor.lets_go.set()
        await asyncio.sleep(0.2)
    worker.start()


async def test_every_essay_is_read_by_the_rubric_that_counts_and_no_call_is_paid_twice(
    eduflow: Eduflow, school: School, reader: Reader, worker: Process
) -> None:
    exam = await a_test(await an_exam(eduflow, school, students=STUDENTS), [an_essay()])
    (essay,) = exam.questions
    rubric = await exam.teacher.get(f"/questions/{essay}/rubric")
    body = {"guidelines": "Stricter", "criteria": RUBRIC["criteria"]}
    path = f"/questions/{essay}/rubric/versions"
    made = await exam.teacher.post(path, body, If_Match=f'"v{rubric["version"]}"')
    wanted = made["current"]["id"]
    async with eduflow.sql("assessment") as sql:
        first = STUDENTS * 2 // 3
        reader.vendor.lets_go.clear()
        await _hand_in(exam, first)
        async with asyncio.TaskGroup() as group:
            group.create_task(_killed(worker, sql, reader.vendor))
            late = exam.students[: STUDENTS - first]
            others = Exam(
                **{**{f: getattr(exam, f) for f in Exam.__struct_fields__}, "students": late}
            )
            group.create_task(_hand_in(others, len(late)))
            change = {
                "cause": "rubric",
                "reason": "Stricter",
                "dry_run": False,
                "rubrics": {essay: wanted},
            }
            run = await exam.teacher.post(f"/assessments/{exam.test}/regrades", change)
        await run_in(exam.teacher, run["id"], "published", seconds=90)
        await until(partial(_all_read, sql, exam), seconds=120, what="every answer is read")
        await _proven(eduflow, sql, exam, rubric=wanted, asked=len(reader.vendor.asked))


async def _all_read(sql: asyncpg.Connection, exam: Exam) -> bool:
    waiting = await sql.fetchval(
        "SELECT count(*) FROM ai_grading_jobs WHERE assessment_id = $1 AND state = 'waiting'",
        UUID(exam.test),
    )
    return bool(waiting == 0)


async def _proven(
    eduflow: Eduflow, sql: asyncpg.Connection, exam: Exam, *, rubric: str, asked: int
) -> None:
    jobs = await sql.fetch(
        "SELECT r.attempt_id, j.id, j.state, j.samples, j.rubric_version_id::text AS rubric,"
        " (SELECT count(*) FROM ai_calls AS c WHERE c.job_id = j.id) AS calls, q.state AS queued,"
        " q.job_id FROM responses AS r LEFT JOIN ai_grading_jobs AS j ON j.response_id = r.id"
        " LEFT JOIN grading_queue AS q ON q.response_id = r.id WHERE r.assessment_id = $1",
        UUID(exam.test),
    )
    now = [row for row in jobs if row["rubric"] == rubric]
    assert len({row["attempt_id"] for row in now}) == len(now) == STUDENTS
    assert {(row["state"], row["samples"], row["queued"]) for row in now} == {
        ("held", 2, "waiting")
    }
    assert all(row["job_id"] == row["id"] for row in now)
    assert (
        await sql.fetchval(
            "SELECT count(*) FROM item_scores WHERE question_id = $1", UUID(exam.questions[0])
        )
        == 0
    )
    # A call that was under way in a worker that died is lost, and asked once more: no others.
    recorded = sum(row["calls"] for row in jobs)
    assert 0 <= asked - recorded <= KILLS * 2 * _AT_ONCE
    # What was told to nobody is told by the chore; nobody waits for its minute here.
    await sql.execute(
        "INSERT INTO jobs (id, kind, arguments, max_attempts) VALUES ($1, 'settle_calls', '{}', 3)",
        new_id(),
    )
    eduflow.worker.bell.ring("assessment")
    calls: dict[str, Any] = {
        str(row["id"]): row["cost_micros"]
        for row in await sql.fetch(
            "SELECT id, cost_micros FROM ai_calls WHERE course_id = $1 AND NOT is_free",
            UUID(exam.course),
        )
    }
    paid: dict[str, Any] = {}

    async def all_paid() -> bool:
        async with eduflow.sql("tutor") as ledger:
            rows = await ledger.fetch(
                "SELECT call_id, cost_micros FROM token_usage WHERE course_id = $1",
                UUID(exam.course),
            )
        paid.update({str(row["call_id"]): row["cost_micros"] for row in rows})
        return paid.keys() >= calls.keys()

    await until(all_paid, seconds=60, what="the ledger has every call")
    assert paid.keys() == calls.keys()
    assert sum(paid.values()) > 0
