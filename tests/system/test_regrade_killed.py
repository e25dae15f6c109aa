"""kill -9 of the workers while a regrade runs, students hand in and graders decide appeals."""

import asyncio
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.auth.identity import as_system, on_behalf_of
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.services import load_services
from eduflow.services.assessment.commands.appeal import ClaimAppeal, RaiseAppeal
from eduflow.services.assessment.commands.decide_appeal import DecideAppeal
from eduflow.services.assessment.commands.end_regrade import PublishRegrade
from eduflow.services.assessment.commands.propose_regrade import ProposeRegrade, RulesChange
from eduflow.services.assessment.commands.start_attempt import StartAttempt
from eduflow.services.assessment.commands.submit_attempt import Given, SubmitAttempt
from eduflow.services.assessment.ids import AssessmentId, ResponseId
from ops.bench.regrade import sat
from tests.harness.processes import Process
from tests.harness.servers import Servers

pytestmark = pytest.mark.system
STUDENTS, QUESTIONS, KILLS = 2000, 5, 3


@pytest.fixture
def worker(servers: Servers) -> Iterator[Process]:
    environment = servers.environment(port=1, gateway=1)
    process = Process("worker", environment=environment, log=servers.folder / "regrade-worker.log")
    yield process
    process.stop()


class Life:
    """Students who hand in and graders who decide, until they are told to stop."""

    def __init__(
        self, hands: Runtime, home: InstitutionId, test: AssessmentId, *, asked: list[UUID]
    ) -> None:
        self._commands = hands.commands["assessment"]
        self._home, self._test, self._asked = home, test, asked
        self._dice = random.Random(7)  # noqa: S311 (no secret)
        self.stopped = False
        self.accepted: dict[UUID, int] = {}
        """Attempts that were answered with 200, and how many answers are right by the new key."""
        self.decided: dict[UUID, Decimal] = {}

    async def students(self) -> None:
        while not self.stopped:
            access = on_behalf_of(UserId(new_id()), self._home)
            begun = await self._commands.execute(StartAttempt(assessment=self._test), access=access)
            chosen = [self._dice.choice("abcd") for _ in self._asked]
            answers = tuple(
                Given(question_id=question, value=[one])
                for question, one in zip(self._asked, chosen, strict=True)
            )
            attempt = begun.result.id
            await self._commands.execute(
                SubmitAttempt(attempt=attempt, answers=answers), access=access
            )
            self.accepted[attempt] = chosen.count("b")
            await asyncio.sleep(0.02)

    async def graders(self, responses: list[asyncpg.Record]) -> None:
        for row in responses:
            if self.stopped:
                return
            student = on_behalf_of(UserId(row["user_id"]), self._home)
            response = ResponseId(row["id"])
            appeal = await self._commands.execute(
                RaiseAppeal(response=response, claim="Look again"), access=student
            )
            grader = on_behalf_of(UserId(new_id()), self._home)
            await self._commands.execute(ClaimAppeal(appeal=appeal.result.id), access=grader)
            told = DecideAppeal(
                appeal=appeal.result.id, points=None, fraction=Decimal("0.5"), reason="Half"
            )
            await self._commands.execute(told, access=grader)
            self.decided[response] = Decimal("0.5")
            await asyncio.sleep(0.05)


async def _killed(worker: Process, connection: asyncpg.Connection, run: UUID, state: str) -> None:
    """Kill it each time it has done a part of its work; then let it end."""
    sql = "SELECT state, done FROM regrade_runs WHERE id = $1"
    known, kills = 0, 0
    begun = asyncio.get_running_loop().time()
    while (row := await connection.fetchrow(sql, run)) is not None and row["state"] != state:
        assert asyncio.get_running_loop().time() < begun + 120, dict(row)
        if row["done"] > known and kills < KILLS:
            known, kills = row["done"], kills + 1
            worker.kill()
            # Nobody waits for the lease of the dead: it is as if it had run out.
            await connection.execute("UPDATE jobs SET lease_until = now() WHERE state = 'running'")
            worker.start()
        await asyncio.sleep(0.005)
    assert kills >= KILLS - 1, f"killed {kills} times before it was {state}"


async def test_every_accepted_answer_is_judged_once_by_the_version_that_counts(
    servers: Servers, worker: Process
) -> None:
    await servers.migrated()
    settings = servers.settings(port=1, gateway=1)
    async with (
        asyncpg.create_pool(
            servers.cluster.admin_dsn("assessment"), min_size=1, max_size=1
        ) as pool,
        pool.acquire() as connection,
        open_runtime(settings, load_services(), worker=True) as hands,
    ):
        home, test, asked = await sat(connection, students=STUDENTS, questions=QUESTIONS)
        appealed = await connection.fetch(
            "SELECT r.id, t.user_id FROM responses AS r JOIN attempts AS t ON t.id = r.attempt_id"
            " WHERE r.assessment_id = $1 ORDER BY r.id LIMIT 200",
            test,
        )
        life = Life(hands, home, test, asked=asked)
        worker.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(life.students())
            group.create_task(life.students())
            group.create_task(life.graders(appealed))
            try:
                commands, access = hands.commands["assessment"], as_system(home)
                proposal = ProposeRegrade(
                    assessment=test,
                    dry_run=True,
                    cause="key",
                    reason="B is right",
                    keys=dict.fromkeys(asked, 2),
                    rubrics={},
                    points={},
                    policy=RulesChange(),
                )
                run = (await commands.execute(proposal, access=access)).result.id
                await _killed(worker, connection, run, "ready")
                version = await connection.fetchval(
                    "SELECT version FROM regrade_runs WHERE id = $1", run
                )
                await commands.execute(PublishRegrade(run=run, expected=version), access=access)
                await _killed(worker, connection, run, "published")
            finally:
                life.stopped = True
        await _proven(connection, test, life)


async def _proven(connection: asyncpg.Connection, test: UUID, life: Life) -> None:
    attempts = await connection.fetch(
        "SELECT t.id, t.state, t.scoring_number, t.score, t.unjudged, t.released_at IS NOT NULL"
        " AS released FROM attempts AS t WHERE t.assessment_id = $1",
        test,
    )
    found = {row["id"]: row for row in attempts}
    assert life.accepted.keys() <= found.keys()
    assert len(found) >= STUDENTS + len(life.accepted)
    ended = {i: row for i, row in found.items() if row["state"] == "submitted"}
    assert {(r["scoring_number"], r["unjudged"], r["released"]) for r in ended.values()} == {
        (2, 0, True)
    }
    expected = await _expected(connection, test, life.decided)
    assert {i: row["score"] for i, row in ended.items()} == {i: expected[i] for i in ended}
    for attempt, right in life.accepted.items():
        assert found[attempt]["score"] == right
    await _once(connection, test, life)


async def _expected(
    connection: asyncpg.Connection, test: UUID, decided: dict[UUID, Decimal]
) -> dict[UUID, Decimal]:
    """Scores from the answers alone: what a person decided, else what the new key says."""
    scores: dict[UUID, Decimal] = {}
    for row in await connection.fetch(
        "SELECT id, attempt_id, value = '[\"b\"]' AS correct FROM responses"
        " WHERE assessment_id = $1",
        test,
    ):
        worth = decided.get(row["id"], Decimal(int(row["correct"])))
        scores[row["attempt_id"]] = scores.get(row["attempt_id"], Decimal(0)) + worth
    return scores


async def _once(connection: asyncpg.Connection, test: UUID, life: Life) -> None:
    """No event is doubled, and no revision is missing or twice the same."""
    touched = await connection.fetch(
        "SELECT DISTINCT attempt_id FROM appeals WHERE assessment_id = $1", test
    )
    appealed = {row["attempt_id"] for row in touched}
    events: list[Any] = await connection.fetch(
        "SELECT type, aggregate_id, payload ->> 'scoring_number' AS scoring, count(*) AS n"
        " FROM outbox_events WHERE payload ->> 'assessment_id' = $1::text AND type IN"
        " ('assessment.items_scored', 'assessment.result_released', 'assessment.attempt_submitted',"
        " 'assessment.regrade_published') GROUP BY 1, 2, 3",
        str(test),
    )
    doubled = [tuple(e) for e in events if e["n"] > 1 and e["aggregate_id"] not in appealed]
    assert doubled == []
    submitted = {e["aggregate_id"] for e in events if e["type"].endswith("submitted")}
    assert life.accepted.keys() <= submitted
    assert sum(e["type"].endswith("regrade_published") for e in events) == 1
    gaps = await connection.fetchval(
        "SELECT count(*) FROM (SELECT s.response_id FROM item_scores AS s JOIN scoring_versions"
        " AS v ON v.id = s.scoring_version_id WHERE v.assessment_id = $1 GROUP BY s.response_id,"
        " v.id HAVING max(s.revision) <> count(*)) AS q",
        test,
    )
    assert gaps == 0
