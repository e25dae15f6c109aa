"""kill -9 of the worker that has a model read an essay: wherever it dies, one score and one bill.

The platform answers in this process; whoever works is a process of its own, and the model and the
way to the ledger are in the test's hands, so that the moment of death can be chosen.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings
from eduflow.services import load_services
from eduflow.services.tutor.ledger import free_expired
from tests.harness.exams import Exam
from tests.harness.ledgers import Way, way_to
from tests.harness.models import OPENAI_KEY, Vendor, Waits, Wrong, running_vendor
from tests.harness.platform import Eduflow, running_platform
from tests.harness.processes import Process
from tests.harness.servers import Servers, running_servers
from tests.harness.things import until
from tests.services.assessment.reading_model import (
    answered_by,
    essays,
    handed_in,
    job_of,
    opened,
    priced,
)

pytestmark = pytest.mark.system
LIMIT = 1_000_000


class Scene(msgspec.Struct, frozen=True):
    """A class whose essays are read, and the process that has them read."""

    eduflow: Eduflow
    exam: Exam
    vendor: Vendor
    way: Way
    worker: Process
    other: Process

    async def balance(self) -> tuple[int, int]:
        """What was used of the budget, and what is held of it."""
        async with self.eduflow.sql("tutor") as sql:
            row = await sql.fetchrow(
                "SELECT sum(used_micros)::bigint AS used, sum(reserved_micros)::bigint AS held"
                " FROM budget_balances WHERE institution_id = $1",
                self.exam.teacher.institution,
            )
        return row["used"], row["held"]

    async def spent(self) -> dict[Any, int]:
        """By the ledger: what each call cost."""
        async with self.eduflow.sql("tutor") as sql:
            rows = await sql.fetch(
                "SELECT call_id, cost_micros FROM token_usage WHERE institution_id = $1",
                self.exam.teacher.institution,
            )
        return {row["call_id"]: row["cost_micros"] for row in rows}

    async def calls(self) -> dict[Any, int]:
        """By the service that asked: the same."""
        async with self.eduflow.sql("assessment") as sql:
            rows = await sql.fetch(
                "SELECT id, cost_micros FROM ai_calls WHERE institution_id = $1",
                self.exam.teacher.institution,
            )
        return {row["id"]: row["cost_micros"] for row in rows}

    async def expire(self) -> None:
        """The lease of the dead has run out, and what they left unsettled is old."""
        async with self.eduflow.sql("assessment") as sql:
            await sql.execute("UPDATE jobs SET lease_until = now() WHERE state = 'running'")
            await sql.execute("UPDATE ai_calls SET at = at - interval '1 hour'")
            await sql.execute("UPDATE job_schedules SET next_at = now()")

    async def begun(self) -> str:
        """A student hands an essay in; the attempt."""
        return await handed_in(self.exam, self.exam.students[0])

    async def proven(self, attempt: str, *, asked: int, billed: int) -> None:
        """One score; of `asked` requests to the model `billed` answers, each paid once."""
        job = await job_of(self.eduflow, attempt)
        assert (job["state"], job["samples"]) == ("judged", 3), job
        async with self.eduflow.sql("assessment") as sql:
            scores = await sql.fetch(
                "SELECT revision, fraction FROM item_scores WHERE response_id = $1",
                job["response_id"],
            )
            said = await sql.fetchval(
                "SELECT count(*) FROM ai_judgements WHERE job_id = $1", job["id"]
            )
            events = await sql.fetchval(
                "SELECT count(*) FROM outbox_events WHERE aggregate_id = $1"
                " AND type = 'assessment.items_scored' AND payload -> 'items' <> '[]'",
                job["response_id"],
            )
            score = await sql.fetchval("SELECT score FROM attempts WHERE id = $1", attempt)
        assert [(row["revision"], float(row["fraction"])) for row in scores] == [(1, 0.7)]
        assert (said, float(score), events) == (6, 7.0, events)
        assert len(self.vendor.asked) == asked

        async def is_settled() -> bool:
            return await self.spent() == await self.calls()

        await until(is_settled, seconds=30, what="everything recorded is settled")
        spent = await self.spent()
        assert len(spent) == billed
        used, held = await self.balance()
        assert used == sum(spent.values())
        # What was reserved by the dead for a call that nobody can tell of is let go in its time.
        worker = self.eduflow.worker
        later = worker.clock() + timedelta(hours=1)
        await free_expired(worker.databases["tutor"].primary, later)
        assert await self.balance() == (used, 0)
        assert held >= 0


class PatientServers(Servers, frozen=True):
    """The same servers, before a platform that waits longer for what a busy machine folds."""

    def environment(self, *, database: str = "api_core", port: int, gateway: int) -> dict[str, str]:
        plain = super().environment(database=database, port=port, gateway=gateway)
        return {**plain, "EDUFLOW_WAIT_MS": "10000"}


@contextlib.asynccontextmanager
async def _hands_only(settings: Settings, services: Sequence[Service]) -> AsyncIterator[Runtime]:
    """What a worker could do, and nobody who does it."""
    async with open_runtime(settings, services, worker=True) as hands:
        yield hands


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Of these tests alone: a worker of others, who asks no model, would take the essays."""
    with running_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture
async def scene(servers: Servers) -> AsyncIterator[Scene]:
    await servers.migrated()
    patient = PatientServers(servers.cluster, servers.broker, servers.objects, servers.folder)
    async with (
        running_platform(patient, load_services(), work=_hands_only) as eduflow,
        running_vendor() as vendor,
        way_to(eduflow.settings.llm.ledger_url) as way,
    ):
        vendor.answer = answered_by(lambda _: (1, 1))
        environment = {
            **servers.environment(port=1, gateway=1),
            "EDUFLOW_LLM_MODELS": "openai:reader",
            "EDUFLOW_LLM_OPENAI_KEY": OPENAI_KEY,
            "EDUFLOW_LLM_OPENAI_URL": f"{vendor.url}/v1",
            "EDUFLOW_LLM_LEDGER_URL": way.url,
        }
        workers = [
            Process("worker", environment=environment, log=servers.folder / f"reading-{n}.log")
            for n in range(2)
        ]
        workers[0].start()
        try:
            await priced(eduflow)
            school = await eduflow.school()
            admin = school.admin

            async def is_known() -> bool:
                return (await admin.send("GET", "/banks")).is_success

            # The worker is there, and folds.
            await until(is_known, seconds=60, what="the administrator is known")
            exam = await essays(eduflow, school)
            await opened(eduflow, exam)
            budget = {"scope_type": "institution", "period": "total", "limit_micros": LIMIT}
            school.admin.position = exam.teacher.position
            await school.admin.post("/ai/budgets", budget)
            exam.teacher.position = school.admin.position
            exam.students[0].position = school.admin.position
            yield Scene(eduflow, exam, vendor, way, workers[0], workers[1])
        finally:
            workers[0].send(signal.SIGCONT)
            for worker in workers:
                worker.stop()


async def _died(scene: Scene, moment: Awaitable[object]) -> None:
    async with asyncio.timeout(60):
        await moment
    scene.worker.kill()
    await scene.expire()


async def test_killed_between_the_reservation_and_the_answer(scene: Scene) -> None:
    scene.vendor.next(Wrong.STALLED)
    attempt = await scene.begun()
    await _died(scene, scene.vendor.heard())
    assert (await scene.balance())[1] > 0
    scene.worker.start()
    await scene.proven(attempt, asked=4, billed=3)


async def test_killed_between_two_samples_asks_for_the_second_only(scene: Scene) -> None:
    scene.vendor.next(None, Wrong.STALLED)
    attempt = await scene.begun()

    async def second() -> bool:
        return len(scene.vendor.asked) == 2

    await _died(scene, until(second, seconds=60, what="the second sample is asked for"))
    scene.worker.start()
    await scene.proven(attempt, asked=4, billed=3)


@pytest.mark.parametrize("fate", ["stalls", "lost"])
async def test_killed_between_the_record_and_the_settlement(scene: Scene, fate: str) -> None:
    way = scene.way
    setattr(way, fate, {"settle"})
    attempt = await scene.begun()
    await _died(scene, way.reached.wait())
    setattr(way, fate, set())
    scene.worker.start()
    # The answer was written with its call: nobody asks, or pays, for it again.
    await scene.proven(attempt, asked=3, billed=3)


async def test_killed_between_the_answer_and_the_finish(scene: Scene) -> None:
    attempt = await scene.begun()
    async with scene.eduflow.sql("assessment") as sql:
        transaction = sql.transaction()
        await transaction.start()
        await sql.execute("SELECT FROM attempts WHERE id = $1 FOR UPDATE", attempt)

        async def finishing() -> bool:
            async with scene.eduflow.sql("assessment") as other:
                return bool(
                    await other.fetchval(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        " AND datname = 'assessment'"
                    )
                )

        await until(finishing, seconds=60, what="it is about to finish")
        scene.worker.kill()
        await transaction.rollback()
    await scene.expire()
    scene.worker.start()
    await scene.proven(attempt, asked=3, billed=3)


async def test_who_was_thought_dead_and_comes_back_writes_nothing(scene: Scene) -> None:
    go_on = asyncio.Event()
    scene.vendor.next(Waits(go_on))
    attempt = await scene.begun()
    async with asyncio.timeout(60):
        await scene.vendor.heard()
    scene.worker.send(signal.SIGSTOP)
    await scene.expire()
    scene.other.start()
    job = await job_of(scene.eduflow, attempt)
    assert job["state"] == "judged"
    go_on.set()
    scene.worker.send(signal.SIGCONT)

    async def is_settled() -> bool:
        return len(await scene.spent()) >= 4

    # It had asked, and was answered: that is paid as well, counts for nothing, and is the last.
    await until(is_settled, seconds=60, what="the one that came back has settled")
    await scene.proven(attempt, asked=4, billed=4)
    async with scene.eduflow.sql("assessment") as sql:
        ended = await sql.fetch(
            "SELECT state FROM jobs WHERE arguments ->> 'job_id' = $1", str(job["id"])
        )
    assert [row["state"] for row in ended] == ["done"]
