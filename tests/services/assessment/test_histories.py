"""Whatever happened in whichever order, the score is the fold of the answers from scratch."""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from eduflow.kernel.repair import rebuild
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import Key
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.model.marking import (
    Counted,
    MarkedTry,
    Rules,
    counts_of,
    marks_of,
)
from eduflow.services.assessment.projections.statistics import statistics
from tests.harness.exams import Exam, a_choice, a_test, an_exam, put
from tests.harness.platform import Eduflow, Person, School
from tests.harness.things import until
from tests.services.assessment.replaying import published, regraded, regraded_by, version_of

Json = dict[str, Any]
STEPS = 24


class History:
    """What is done to a test, and what it must come to."""

    def __init__(self, eduflow: Eduflow, exam: Exam, *, seed: str, behaviour: str) -> None:
        self.eduflow, self.exam, self.behaviour = eduflow, exam, behaviour
        self.dice = random.Random(seed)  # noqa: S311 (no secret)
        self.keys: dict[str, Json] = {
            question: {"type": "choice", "correct": ["a"]} for question in exam.questions
        }
        self.rules = Rules(
            behaviour=behaviour,  # type: ignore[arg-type]
            attempt_counts="highest",
            late_penalty=Decimal("0.1"),
        )
        self.points: dict[UUID, tuple[Decimal, ...]] = {}
        self.decided: dict[str, Decimal] = {}
        self.late: dict[str, bool] = {}
        self.extended: dict[UUID, str] = {}
        """Who has more time, and the id of that."""

    async def step(self) -> None:
        """One thing more."""
        await self.dice.choice(
            [
                *[self.sit] * 4,
                *[self.appeal] * 2,
                self.correct,
                self.change,
                self.extend,
                self.reform,
            ]
        )()

    async def sit(self) -> None:
        """Somebody sits it: with tries where there are, now and then too late."""
        dice, student = self.dice, self.dice.choice(self.exam.students)
        student.position = self.exam.teacher.position
        attempt = (await student.post(f"/assessments/{self.exam.test}/attempts"))["id"]
        if self.behaviour == "interactive":
            for question in self.exam.questions:
                if dice.random() < 0.6:
                    path = f"/attempts/{attempt}/responses/{question}/tries"
                    await student.send("POST", path, {"value": [dice.choice("ab")]})
        self.late[attempt] = dice.random() < 0.4
        if self.late[attempt]:
            await self._runs_late(attempt, student)
            if dice.random() < 0.3:
                # The teacher looks at it in time, and gives some more.
                self.exam.teacher.position = student.position
                await self.exam.teacher.post(f"/attempts/{attempt}/time", {"minutes": 10})
                student.position = self.exam.teacher.position
                self.late[attempt] = False
        certain = {"certainty": dice.randint(1, 3)} if self.behaviour == "certainty" else {}
        answers = [
            {"question_id": question, "value": [dice.choice("ab")], **certain}
            for question in self.exam.questions
            if dice.random() < 0.8
        ]
        await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
        self.exam.teacher.position = student.position

    async def _runs_late(self, attempt: str, student: Person) -> None:
        """As if it had begun two hours ago: an hour too long, unless they have two hours more."""
        async with self.eduflow.sql("assessment") as connection:
            deadline = await connection.fetchval(
                "UPDATE attempts SET deadline_at = deadline_at - interval '2 hours', grace_until ="
                " deadline_at + interval '1 day' WHERE id = $1 RETURNING deadline_at < now()",
                UUID(attempt),
            )
        self.late[attempt] = bool(deadline)
        assert self.late[attempt] is (student.user not in self.extended)

    async def extend(self) -> None:
        """A student gets two hours more in attempts to come, or no more than others again."""
        student, teacher = self.dice.choice(self.exam.students), self.exam.teacher
        path = f"/assessments/{self.exam.test}/overrides"
        if known := self.extended.pop(student.user, None):
            assert (await teacher.send("DELETE", f"{path}/{known}")).is_success
        else:
            body = {"user_id": str(student.user), "extra_minutes": 120}
            self.extended[student.user] = (await teacher.post(path, body))["id"]

    async def reform(self) -> None:
        """A new form that asks the same: whatever was judged counts on."""
        path = f"/assessments/{self.exam.test}"
        version = (await self.exam.teacher.get(path))["version"]
        items = [{"question_id": q, "points": [2, 1]} for q in self.exam.questions]
        form = {"sections": [{"items": items}]}
        await put(self.exam.teacher, f"{path}/form", form, version=version)

    async def correct(self) -> None:
        """A key is another: published, or thought of and dropped."""
        question = self.dice.choice(self.exam.questions)
        right = {"a": "b", "b": "a"}[self.keys[question]["correct"][0]]
        key = {"type": "choice", "correct": [right]}
        run = await regraded(self.eduflow, self.exam, question=question, key=key)
        if await self._publish(run):
            self.keys[question] = key

    async def change(self) -> None:
        """Points, lateness, and which attempt counts, are others."""
        counts = self.dice.choice(["highest", "last", "first", "average"])
        late, worth = self.dice.choice([0, 0.25, 0.5]), self.dice.randint(1, 9)
        version = await version_of(self.eduflow, self.dice.choice(self.exam.questions))
        listed = (Decimal(worth), Decimal(worth) / 2)
        if (
            self.rules.late_penalty == Decimal(str(late))
            and self.rules.attempt_counts == counts
            and self.points.get(UUID(version)) == listed
        ):
            return
        run = await regraded_by(
            self.exam,
            cause="points",
            points={version: [float(one) for one in listed]},
            policy={"late_penalty": late, "attempt_counts": counts},
        )
        if await self._publish(run):
            self.rules = msgspec.structs.replace(
                self.rules, late_penalty=Decimal(str(late)), attempt_counts=counts
            )
            self.points[UUID(version)] = listed

    async def _publish(self, run: Json) -> bool:
        if self.dice.random() < 0.3:
            path = f"/regrades/{run['id']}/drop"
            await self.exam.teacher.post(path, If_Match=f'"v{run["version"]}"')
            return False
        if self.dice.random() < 0.5:
            await self.sit()
        await published(self.exam.teacher, run)
        return True

    async def appeal(self) -> None:
        """A second grader decides about some answer that nobody has decided about."""
        async with self.eduflow.sql("assessment") as connection:
            rows = await connection.fetch(
                "SELECT r.id::text, t.user_id FROM responses AS r JOIN attempts AS t ON t.id ="
                " r.attempt_id WHERE t.assessment_id = $1::text::uuid AND t.released_at IS NOT NULL"
                " ORDER BY r.id",
                self.exam.test,
            )
        open_ones = [row for row in rows if row["id"] not in self.decided]
        if not open_ones:
            return
        row = self.dice.choice(open_ones)
        student = next(s for s in self.exam.students if s.user == row["user_id"])
        student.position = self.exam.teacher.position
        made = await student.post(f"/responses/{row['id']}/appeals", {"claim": "Please"})
        teacher = self.exam.teacher
        teacher.position = student.position
        await teacher.post(f"/appeals/{made['id']}/claim")
        worth = Decimal(self.dice.randint(0, 4)) / 4
        told = {"fraction": float(worth), "reason": "So"}
        await teacher.post(f"/appeals/{made['id']}/decision", told)
        self.decided[row["id"]] = worth

    async def holds(self) -> None:
        """Every score is what its answers come to, judged from scratch."""
        async with self.eduflow.sql("assessment") as connection:
            attempts = await connection.fetch(
                "SELECT id, user_id, number, items, late, score, points FROM attempts"
                " WHERE assessment_id = $1::text::uuid AND state = 'submitted'",
                self.exam.test,
            )
            assert {str(row["id"]): row["late"] for row in attempts} == self.late
            worth: dict[UUID, list[Counted]] = defaultdict(list)
            for row in attempts:
                tries = await connection.fetch(
                    "SELECT * FROM responses WHERE attempt_id = $1 ORDER BY try_number", row["id"]
                )
                marks = marks_of(
                    msgspec.json.decode(row["items"], type=list[Asked]),
                    [self._judged(one) for one in tries],
                    self.rules,
                    late=row["late"],
                    points=self.points,
                )
                assert (row["score"], row["points"]) == (marks.score, marks.points)
                told = Counted(number=row["number"], score=marks.score, points=marks.points)
                worth[row["user_id"]].append(told)
            last = await connection.fetch(
                "SELECT DISTINCT ON (1) payload ->> 'user_id' AS user, payload ->> 'counts' AS"
                " counts FROM outbox_events WHERE type = 'assessment.result_released'"
                " AND payload ->> 'assessment_id' = $1 ORDER BY 1, seq DESC",
                self.exam.test,
            )
            expected = {str(u): counts_of(all_of, self.rules).score for u, all_of in worth.items()}
            assert {row["user"]: Decimal(row["counts"]) for row in last} == expected

    def _judged(self, row: Any) -> MarkedTry:
        interaction: Any = msgspec.convert(a_choice()["interaction"], Interaction)
        key: Any = msgspec.convert(self.keys[str(row["question_id"])], Key)
        value = msgspec.json.decode(row["value"])
        fraction = judge(interaction, key, value, values={}).fraction
        fraction = self.decided.get(str(row["id"]), fraction)
        return MarkedTry(
            response_id=row["id"],
            question_id=row["question_id"],
            question_version_id=row["question_version_id"],
            try_number=row["try_number"],
            value=value,
            sha256="",
            certainty=row["certainty"],
            fraction=fraction,
            correct=fraction == 1,
            method="key",
        )


@pytest.mark.parametrize("behaviour", ["deferred", "certainty", "interactive"])
async def test_any_history_comes_to_the_fold_from_scratch(
    eduflow: Eduflow, school: School, behaviour: str
) -> None:
    made = await an_exam(eduflow, school, students=3)
    policy = {"behaviour": behaviour, "late_penalty": 0.1, "time_limit": 3600}
    items = [a_choice([2, 1], title=f"Q{n}") for n in range(3)]
    exam = await a_test(made, items, policy=policy)
    history = History(eduflow, exam, seed=behaviour, behaviour=behaviour)
    for _ in range(STEPS):
        await history.step()
    await history.holds()
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert check["faults"] == []
    await _folds_alike(eduflow, exam)


async def _folds_alike(eduflow: Eduflow, exam: Exam) -> None:
    """One result for each attempt and scoring version, and statistics that a rebuild finds."""
    async with eduflow.sql("assessment") as connection:
        wanted = await connection.fetchval(
            "SELECT count(DISTINCT (payload ->> 'attempt_id', payload ->> 'scoring_number'))"
            " FROM outbox_events WHERE type IN ('assessment.items_scored',"
            " 'assessment.result_released')"
            " AND payload ->> 'assessment_id' = $1",
            exam.test,
        )

        async def folded() -> bool:
            told = await connection.fetchval(
                "SELECT count(*) FROM grading_results WHERE assessment_id = $1::text::uuid"
                " AND score IS NOT NULL",
                exam.test,
            )
            return bool(told == wanted)

        await until(folded, seconds=60, what="every result is folded")
    pool = eduflow.worker.databases["assessment"].primary
    rebuilt = await rebuild(statistics, source=pool, home=pool, progress=lambda *_: None)
    assert rebuilt.differing["judged_items"] == 0
    assert set(rebuilt.differing.values()) == {0}
