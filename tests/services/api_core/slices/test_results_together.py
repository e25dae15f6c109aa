"""Results that are taken many at once come to what they come to one by one."""

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.take_results import Result, Sitting, TakeResults, Told
from eduflow.services.api_core.ids import AssessmentId
from eduflow.services.api_core.results import results
from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given_grading import a_class
from tests.services.api_core.given_results import CLOSES, GivenTest, a_test, happened
from tests.services.api_core.slices.test_assessment_results import a_quiz, score

_STATE = (
    "SELECT s.user_id, s.state, s.current_attempt, s.version, r.number, r.scoring_number, r.seq,"
    " r.score, r.late, (SELECT array_agg((g.version, g.score, g.source, g.excused)::text"
    " ORDER BY g.version) FROM grade_events AS g WHERE g.submission_id = s.id) AS grades"
    " FROM assignments AS a JOIN submissions AS s ON s.assignment_id = a.id LEFT JOIN test_results"
    " AS r ON r.assignment_id = a.id AND r.user_id = s.user_id WHERE a.assessment_id = $1"
)
_EVENTS = (
    "SELECT type, payload->>'user_id' AS who, payload->>'attempt' AS attempt,"
    " payload->>'score' AS score FROM outbox_events WHERE payload->>'assignment_id' ="
    " (SELECT id::text FROM assignments WHERE assessment_id = $1)"
    " AND type IN ('api_core.grade_given', 'api_core.submission_made') ORDER BY seq"
)


async def take(eduflow: Eduflow, quiz: GivenTest, *told: Told) -> list[str]:
    """As the reaction does."""
    access = on_behalf_of(results.principal, quiz.school.institution)
    commands = eduflow.worker.commands["api_core"]
    return (await commands.execute(TakeResults(told=told), access=access)).result


async def state(eduflow: Eduflow, quiz: GivenTest) -> dict[Any, Any]:
    """Of each student of a test, by all that is written of them."""
    async with eduflow.sql() as sql:
        rows = await sql.fetch(_STATE, quiz.id)
    return {row["user_id"]: {**row} for row in rows}


async def events(eduflow: Eduflow, quiz: GivenTest) -> dict[str, list[Any]]:
    """By student, in the order of the log."""
    async with eduflow.sql() as sql:
        rows = await sql.fetch(_EVENTS, quiz.id)
    return {
        who: [(r["type"], r["attempt"], r["score"]) for r in rows if r["who"] == who]
        for who in {row["who"] for row in rows}
    }


def result(quiz: GivenTest, student: Person, counts: int, *, seq: int, **fields: Any) -> Result:
    says: dict[str, Any] = {"number": 1, "scoring_number": 1, "late": False, **fields}
    return Result(
        assessment=AssessmentId(quiz.id),
        user=UserId(student.user),
        attempt=quiz.id,
        seq=seq,
        counts=Decimal(counts),
        counts_points=Decimal(10),
        submitted_at=CLOSES - timedelta(hours=20),
        **says,
    )


def sitting(quiz: GivenTest, student: Person, number: int) -> Sitting:
    return Sitting(
        assessment=AssessmentId(quiz.id),
        user=UserId(student.user),
        number=number,
        submitted_at=CLOSES - timedelta(hours=20),
    )


def anything(quiz: GivenTest, students: list[Person], dice: random.Random) -> list[Told]:
    """Attempts, results and regrades of some students, mixed, doubled and out of order."""
    told: list[Told] = []
    for seq in range(1, 60):
        student = dice.choice(students)
        number = dice.randint(1, 3)
        if dice.random() < 0.3:
            told.append(sitting(quiz, student, number))
            continue
        which = {"number": number, "scoring_number": dice.randint(1, 3), "late": seq % 5 == 0}
        told.append(result(quiz, student, dice.randint(0, 10), seq=seq, **which))
    for _ in range(10):
        told.insert(dice.randrange(len(told)), dice.choice(told))
    return told


def as_of(told: Told, quiz: GivenTest) -> Told:
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return type(told)(**{**fields, "assessment": AssessmentId(quiz.id)})


@pytest.mark.parametrize("seed", range(5))
async def test_many_at_once_come_to_what_they_come_to_one_by_one(
    eduflow: Eduflow, school: School, seed: int
) -> None:
    given = await a_class(eduflow, school, students=4)
    quizzes = [a_test(school, given) for _ in range(3)]
    await happened(eduflow, *(quiz.published() for quiz in quizzes))
    alone, together, again = quizzes
    dice = random.Random(seed)  # noqa: S311 (to be drawn alike again)
    told = anything(alone, given.students, dice)
    said = [answer for one in told for answer in await take(eduflow, alone, one)]
    assert await take(eduflow, together, *(as_of(one, together) for one in told)) == said
    # Whoever begins again after a crash begins earlier, and ends elsewhere.
    cuts = sorted(dice.sample(range(1, len(told)), 3))
    for begin, end in zip([0, *cuts], [*cuts, len(told)], strict=True):
        part = [as_of(one, again) for one in told[begin:end]]
        await take(eduflow, again, *part[: len(part) // 2 + 1])
        await take(eduflow, again, *part)
    expected = await state(eduflow, alone)
    assert len(expected) == len(given.students)
    for quiz in (together, again):
        assert await state(eduflow, quiz) == expected
        assert await events(eduflow, quiz) == await events(eduflow, alone)


async def test_one_result_that_cannot_be_taken_holds_up_no_other(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=4)
    unheard = a_test(school, given)
    told = [quiz.released(student, n) for n, student in enumerate(given.students)]
    await happened(eduflow, *told[:2], unheard.released(given.students[0], 9), *told[2:])
    for n, student in enumerate(given.students):
        assert await score(given, student) == (n, "assessment", "graded")
    async with eduflow.sql() as sql:
        failed = await sql.fetch(
            "SELECT event->'payload'->>'assessment_id' AS test FROM projection_failures"
            " WHERE consumer = 'results' AND event->>'institution_id' = $1::text",
            str(school.institution),
        )
    assert [row["test"] for row in failed] == [str(unheard.id)]


async def test_whoever_was_erased_gets_nothing_and_the_others_do(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=3)
    ann, ben, cat = given.students
    async with eduflow.sql() as sql:
        await sql.execute("UPDATE users SET state = 'deleted' WHERE id = $1", ben.user)
    told = [result(quiz, who, 5, seq=n) for n, who in enumerate((ann, ben, cat), start=1)]
    assert await take(eduflow, quiz, *told) == ["taken", "no student", "taken"]
    assert {*await state(eduflow, quiz)} == {ann.user, cat.user}


async def test_an_override_that_is_given_while_results_are_taken_stays(
    eduflow: Eduflow, school: School
) -> None:
    given, quiz = await a_quiz(eduflow, school, students=6)
    first = [quiz.released(who, 4) for who in given.students]
    await happened(eduflow, *first)
    path = f"/assignments/{(await quiz.column())['id']}/grades"
    ann = given.students[0]
    above = {"user_id": str(ann.user), "version": 1, "score": 9, "source": "override"}
    later = [
        result(quiz, who, 2 + round_, seq=10**9 + round_, scoring_number=2)
        for round_ in range(5)
        for who in given.students
    ]
    reason = {"reason": "The fire alarm went off"}

    async def regraded() -> None:
        for begin in range(0, len(later), 6):
            await take(eduflow, quiz, *later[begin : begin + 6])

    async def overridden() -> None:
        for version in range(1, 8):
            body = {**above, **reason, "version": version}
            if (await given.teacher.send("POST", path, body)).is_success:
                return
        raise AssertionError("the teacher never got through")

    await asyncio.gather(regraded(), overridden())
    found = (await state(eduflow, quiz))[ann.user]
    assert "override" in found["grades"][-1]
    assert found["score"] == 6
    for student in given.students[1:]:
        assert (await state(eduflow, quiz))[student.user]["score"] == 6
