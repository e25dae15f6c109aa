"""Another rubric: answers to its question are read again by it, and nothing else is asked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import new_id
from eduflow.kernel.jobs import Held
from eduflow.services.assessment.commands.end_regrade import EndPublishing, SwitchScoring
from eduflow.services.assessment.commands.fold_regrade import FIRST, FoldRegrade
from eduflow.services.assessment.commands.move_results import MoveResults
from eduflow.services.assessment.ids import RegradeId
from tests.harness.exams import RUBRIC, Exam, a_choice, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.reading_model import ESSAY, Reader, agreed, reader, reviewed, taken
from tests.services.assessment.replaying import handed_in, published, regraded_by, run_in

__all__ = ["reader"]
Json = dict[str, Any]
STRICTER = "Rayleigh must be named."


async def _another_rubric(exam: Exam, question: str) -> str:
    """A further version of the rubric of a question, by which less is worth as much."""
    path = f"/questions/{question}/rubric"
    known = await exam.teacher.get(path)
    body = {"guidelines": STRICTER, "criteria": RUBRIC["criteria"]}
    version = f'"v{known["version"]}"'
    made = await exam.teacher.post(f"{path}/versions", body, If_Match=version)
    return str(made["current"]["id"])


async def _lets_models_score(eduflow: Eduflow, exam: Exam, questions: Sequence[str]) -> None:
    """As if the model had been measured on each question, and had agreed with people."""
    bound = {"state": "measured", "min_answers": 10, "min_kappa": 0.7}
    for question in questions:
        await agreed(eduflow, exam, question=question, model="reader")
        await put(exam.teacher, f"/questions/{question}/gates/reader", bound, version=0)


async def _attempts(sql: asyncpg.Connection, exam: Exam) -> list[tuple[int, float, int, bool]]:
    rows = await sql.fetch(
        "SELECT scoring_number, score, unjudged, released_at IS NOT NULL AS released FROM attempts"
        " WHERE assessment_id = $1 ORDER BY id",
        UUID(exam.test),
    )
    return [(r["scoring_number"], float(r["score"]), r["unjudged"], r["released"]) for r in rows]


async def _jobs(sql: asyncpg.Connection, exam: Exam, question: str) -> list[str]:
    """States of the jobs about a question, the first asked first."""
    rows = await sql.fetch(
        "SELECT state FROM ai_grading_jobs WHERE assessment_id = $1 AND question_id = $2"
        " ORDER BY asked_at, id",
        UUID(exam.test),
        UUID(question),
    )
    return [row["state"] for row in rows]


async def _becomes(sql: asyncpg.Connection, exam: Exam, question: str, *states: str) -> None:
    async def there() -> bool:
        return await _jobs(sql, exam, question) == list(states)

    await until(there, what=f"jobs {states}: {await _jobs(sql, exam, question)}")


async def _paid(eduflow: Eduflow, exam: Exam) -> int:
    """Calls that the ledger was told of."""
    async with eduflow.sql("tutor") as sql:
        return int(
            await sql.fetchval(
                "SELECT count(*) FROM token_usage WHERE course_id = $1", UUID(exam.course)
            )
        )


async def test_only_answers_whose_rubric_changed_are_read_again_and_not_by_a_dry_run(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    made = await an_exam(eduflow, school, students=2)
    items = [an_essay(title="Sky"), an_essay(title="Sea"), a_choice(2)]
    exam = await a_test(made, items)
    sky, sea, choice = exam.questions
    await _lets_models_score(eduflow, exam, (sky, sea))
    async with eduflow.sql("assessment") as sql:
        for student in exam.students:
            student.position = exam.teacher.position
            await handed_in(student, exam, {sky: ESSAY, sea: ESSAY, choice: ["a"]})
        await _becomes(sql, exam, sky, "judged", "judged")
        await _becomes(sql, exam, sea, "judged", "judged")
        assert await _attempts(sql, exam) == [(1, 16.0, 0, True)] * 2
        asked = len(reader.vendor.asked)
        rubrics = {sky: await _another_rubric(exam, sky)}
        run = await regraded_by(exam, cause="rubric", rubrics=rubrics)
        assert (run["changed"], run["unread"]) == (2, 2)
        diffs = (await exam.teacher.get(f"/regrades/{run['id']}/diffs"))["items"]
        told = [(d["old_counts"], d["new_counts"], d["attempts"][0]["unread"]) for d in diffs]
        assert told == [(16, None, 1)] * 2
        assert len(reader.vendor.asked) == asked
        assert await _jobs(sql, exam, sky) == ["judged", "judged"]
        reader.levels = lambda _: (0, 1)
        await published(exam.teacher, run)
        await _becomes(sql, exam, sky, *["judged"] * 4)
        assert await _jobs(sql, exam, sea) == ["judged", "judged"]

        async def final() -> bool:
            return await _attempts(sql, exam) == [(2, 13.0, 0, True)] * 2

        await until(final, what=str(await _attempts(sql, exam)))
        anew = reader.vendor.asked[asked:]
        assert len(anew) == 6  # Two samples and the evidence, of two answers.
        assert all(STRICTER in one.instructions for one in anew)

        async def all_paid() -> bool:
            return await _paid(eduflow, exam) == len(reader.vendor.asked)

        await until(all_paid, what="the ledger has every call once")
        kept = await sql.fetch(
            "SELECT n.number, q.title, s.method, s.fraction::float8 AS fraction FROM item_scores"
            " AS s JOIN scoring_versions AS n ON n.id = s.scoring_version_id JOIN questions AS q"
            " ON q.id = s.question_id WHERE n.assessment_id = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2",
            UUID(exam.test),
        )
        assert [tuple(row) for row in kept] == [
            (1, "Fruit", "key", 1),
            (1, "Sea", "ai", 0.7),
            (1, "Sky", "ai", 0.7),
            (2, "Fruit", "carried", 1),
            (2, "Sea", "carried", 0.7),
            (2, "Sky", "ai", 0.4),
        ]
    check = await exam.teacher.post(f"/assessments/{exam.test}/receipts/check")
    assert (check["receipts"], check["faults"]) == (4, [])


async def test_a_model_that_reads_by_the_old_rubric_is_stopped_and_paid_once(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_essay()])
    (essay,) = exam.questions
    reader.vendor.lets_go.clear()
    await handed_in(exam.students[0], exam, {essay: ESSAY})
    await reader.vendor.heard()
    rubrics = {essay: await _another_rubric(exam, essay)}
    run = await regraded_by(exam, cause="rubric", rubrics=rubrics, dry_run=False)
    assert run["unread"] == 0  # Nothing was said of it yet.
    async with eduflow.sql("assessment") as sql:
        assert await _jobs(sql, exam, essay) == ["dropped", "waiting"]
        reader.vendor.lets_go.set()
        await _becomes(sql, exam, essay, "dropped", "held")
        calls = await sql.fetch(
            "SELECT j.state, count(*) AS n FROM ai_calls AS c JOIN ai_grading_jobs AS j"
            " ON j.id = c.job_id WHERE j.assessment_id = $1 GROUP BY 1 ORDER BY 1",
            UUID(exam.test),
        )
        assert [tuple(row) for row in calls] == [("dropped", 1), ("held", 2)]
        (queued,) = await sql.fetch(
            "SELECT q.reason, j.state FROM grading_queue AS q JOIN ai_grading_jobs AS j"
            " ON j.id = q.job_id WHERE q.assessment_id = $1",
            UUID(exam.test),
        )
        assert tuple(queued) == ("gate", "held")
        scores = "SELECT count(*) FROM item_scores WHERE question_id = $1"
        assert await sql.fetchval(scores, UUID(essay)) == 0
    assert len(reader.vendor.asked) == 3

    async def all_paid() -> bool:
        return await _paid(eduflow, exam) == 3

    await until(all_paid, what="the ledger has every call once")


async def test_back_to_the_rubric_before_what_was_paid_for_is_not_asked_again(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [an_essay()])
    (essay,) = exam.questions
    first = (await exam.teacher.get(f"/questions/{essay}/rubric"))["current"]["id"]
    reader.vendor.lets_go.clear()
    await handed_in(exam.students[0], exam, {essay: ESSAY})
    await reader.vendor.heard()
    second = await _another_rubric(exam, essay)
    async with eduflow.sql("assessment") as sql:
        await regraded_by(exam, cause="rubric", rubrics={essay: second}, dry_run=False)
        reader.vendor.lets_go.set()
        await _becomes(sql, exam, essay, "dropped", "held")
        await regraded_by(exam, cause="rubric", rubrics={essay: first}, dry_run=False)

        async def read() -> bool:
            return sorted(await _jobs(sql, exam, essay)) == ["held", "held"]

        await until(read)
        samples = await sql.fetch(
            "SELECT count(*) AS n FROM ai_calls AS c JOIN ai_grading_jobs AS j ON j.id = c.job_id"
            " WHERE j.assessment_id = $1 GROUP BY j.id",
            UUID(exam.test),
        )
        await regraded_by(exam, cause="rubric", rubrics={essay: second}, dry_run=False)
        asked_by = await sql.fetchval(
            "SELECT j.rubric_version_id FROM grading_queue AS q JOIN ai_grading_jobs AS j"
            " ON j.id = q.job_id WHERE q.assessment_id = $1 AND q.state = 'waiting'",
            UUID(exam.test),
        )
    assert [row["n"] for row in samples] == [2, 2]
    assert str(asked_by) == second
    assert len(reader.vendor.asked) == 4


async def test_a_grader_who_reads_by_the_old_rubric_is_told_and_what_people_said_is_carried(
    eduflow: Eduflow, school: School
) -> None:
    made = await an_exam(eduflow, school)
    items = [an_essay(title="Sky"), an_essay(title="Sea")]
    exam = await a_test(made, items, policy={"reading": "people"})
    sky, sea = exam.questions
    student = exam.students[0]
    attempt = (await handed_in(student, exam, {sky: "Air", sea: "Water"}))["id"]
    exam.teacher.position = student.position
    task = await taken(exam, exam.teacher, question_id=sea)
    await reviewed(exam.teacher, task, argument=3, form=4)
    task = await taken(exam, exam.teacher, question_id=sky)
    rubrics = {sky: await _another_rubric(exam, sky)}
    await regraded_by(exam, cause="rubric", rubrics=rubrics, dry_run=False)
    path = f"/responses/{task['response_id']}/reviews"
    body = {"criteria": {"argument": 0, "form": 0}}
    late = await exam.teacher.refused("POST", path, body, If_Match=f'"v{task["version"]}"')
    assert late == (412, "kernel.precondition-failed")
    anew = await taken(exam, exam.teacher, question_id=sky)
    assert anew["guidelines"] == STRICTER
    await reviewed(exam.teacher, anew, argument=6, form=4)
    shown = await _shown(exam, attempt)
    assert (shown[sea]["fraction"], shown[sea]["comment"]) == (0.7, "Read.")
    assert (shown[sky]["fraction"], shown[sky]["comment"]) == (1, "Read.")
    # Twice carried it still is what a person said.
    points = {await _version(eduflow, sea): [5]}
    await regraded_by(exam, cause="points", points=points, dry_run=False)
    shown = await _shown(exam, attempt)
    assert (shown[sea]["fraction"], shown[sea]["comment"]) == (0.7, "Read.")


async def _shown(exam: Exam, attempt: str) -> dict[str, Json]:
    """Answers by question, as staff see them: a student may have to wait for the comment."""
    answers = (await exam.teacher.get(f"/attempts/{attempt}"))["answers"]
    return {one["question_id"]: one for one in answers}


async def _version(eduflow: Eduflow, question: str) -> str:
    async with eduflow.sql("assessment") as sql:
        found = await sql.fetchval(
            "SELECT id::text FROM question_versions WHERE question_id = $1", UUID(question)
        )
    return str(found)


async def test_what_was_judged_before_a_new_form_is_shown_after_it(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(
        await an_exam(eduflow, school), [a_choice(2), an_essay()], policy={"reading": "people"}
    )
    choice, essay = exam.questions
    student = exam.students[0]
    attempt = (await handed_in(student, exam, {choice: ["a"], essay: "Air"}))["id"]
    exam.teacher.position = student.position
    version = (await exam.teacher.get(f"/assessments/{exam.test}"))["version"]
    form = {"sections": [{"items": [{"question_id": choice}, {"question_id": essay}]}]}
    await put(exam.teacher, f"/assessments/{exam.test}/form", form, version=version)
    task = await taken(exam, exam.teacher)
    await reviewed(exam.teacher, task, argument=6, form=4)
    shown = await _shown(exam, attempt)
    assert (shown[choice]["fraction"], shown[essay]["fraction"]) == (1, 1)


@pytest.fixture
async def held(eduflow: Eduflow, school: School) -> Held:
    """A job in the hands of this test, which no worker takes."""
    job = Held(id=new_id(), fence=1, attempts=1, arguments={}, institution=school.institution)
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "INSERT INTO jobs (id, kind, arguments, state, lease_until, fence, max_attempts)"
            " VALUES ($1, 'of_a_test', '{}', 'running', now() + interval '1 hour', 1, 1)",
            job.id,
        )
    return job


async def test_who_is_settled_between_the_turn_and_the_move_has_their_answers_read_too(
    eduflow: Eduflow, school: School, reader: Reader, held: Held
) -> None:
    exam = await a_test(
        await an_exam(eduflow, school), [an_essay(title="Sky"), an_essay(title="Sea")]
    )
    sky, sea = exam.questions
    await handed_in(exam.students[0], exam, {sky: ESSAY, sea: ESSAY})
    exam.teacher.position = exam.students[0].position
    async with eduflow.sql("assessment") as sql:
        await _becomes(sql, exam, sky, "held")
        await _becomes(sql, exam, sea, "held")
        sea_task = await taken(exam, exam.teacher, question_id=sea)
        rubrics = {sky: await _another_rubric(exam, sky)}
        run = RegradeId(UUID((await regraded_by(exam, cause="rubric", rubrics=rubrics))["id"]))
        await sql.execute("UPDATE regrade_runs SET state = 'publishing' WHERE id = $1", run)
        commands = eduflow.worker.commands["assessment"]
        access = as_system(school.institution)
        await commands.execute(SwitchScoring(held=held, run=run), access=access)
        await reviewed(exam.teacher, sea_task, argument=3, form=4)
        for step in (FoldRegrade, MoveResults):
            cursor: UUID | None = FIRST
            while cursor is not None:
                made: Any = step(held=held, run=run, cursor=cursor)
                cursor = (await commands.execute(made, access=access)).result.cursor
        await commands.execute(EndPublishing(held=held, run=run), access=access)
        await _becomes(sql, exam, sky, "held", "held")
        assert await _jobs(sql, exam, sea) == ["held"]
        assert await _attempts(sql, exam) == [(2, 7.0, 1, False)]
    found = await run_in(exam.teacher, str(run), "published")
    assert msgspec.json.encode(found)
