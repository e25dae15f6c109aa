"""A gate that opens and closes, answers that two want at once, and folds that are folded again."""

import asyncio
import random
from functools import partial
from typing import Any

from eduflow.kernel.repair import rebuild
from eduflow.services.assessment import service
from tests.harness.exams import Exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.reading_model import (
    Reader,
    essays,
    handed_in,
    job_of,
    reader,
    reviewed,
    taken,
)

__all__ = ["reader"]
POINTS = (0, 3, 6)
RATINGS = [(2, 1), (0, 0), (1, 0), (2, 0), (1, 1)]


async def _measured(eduflow: Eduflow, exam: Exam, n: int) -> Any:
    """How well the model agrees, once so many reviews are folded."""
    found: dict[str, Any] = {}

    async def is_measured() -> bool:
        told = await exam.teacher.get(f"/questions/{exam.questions[0]}/agreement")
        found.update(told["models"][0] if told["models"] else {})
        return bool(found) and found["n"] == n

    await until(partial(is_measured), what=f"{n} reviews are folded")
    return found


async def _read_and_reviewed(
    eduflow: Eduflow, exam: Exam, reader: Reader, number: int, *, agreeing: bool
) -> dict[str, Any]:
    """The model reads an essay, and a person judges it blindly, alike or the other way round."""
    model = RATINGS[number % 5]
    reader.levels = lambda _: model
    job = await job_of(eduflow, await handed_in(exam, exam.students[number]))
    task = await taken(exam, exam.teacher)
    argument, form = model if agreeing else (2 - model[0], 1 - model[1])
    await reviewed(exam.teacher, task, argument=POINTS[argument], form=4 * form)
    return job


async def test_the_gate_closes_again_when_people_agree_no_more(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=20)
    for number in range(10):
        await _read_and_reviewed(eduflow, exam, reader, number, agreeing=True)
    high = await _measured(eduflow, exam, 10)
    path = f"/questions/{exam.questions[0]}/gates/reader"
    bound = {"state": "measured", "min_answers": 10, "min_kappa": 0.7}
    gate = await put(exam.teacher, path, bound, version=0)
    assert gate["open"] is True
    reader.levels = lambda _: (1, 1)
    job = await job_of(eduflow, await handed_in(exam, exam.students[10]))
    assert job["state"] == "judged"
    if job["reason"] == "sample":  # One in ten is judged by a person as well.
        await reviewed(exam.teacher, await taken(exam, exam.teacher), argument=3, form=4)
    # A new teacher judges the same answers again, otherwise: what was measured is no more so.
    colleague = school.admin
    colleague.position = exam.teacher.position
    async with eduflow.sql("assessment") as sql:
        rows = await sql.fetch(
            "SELECT h.response_id, j.level FROM human_reviews AS h JOIN ai_grading_jobs AS j"
            " ON j.response_id = h.response_id WHERE j.assessment_id = $1",
            exam.test,
        )
        await sql.execute(
            "UPDATE grading_queue SET state = 'waiting', assigned_to = NULL, reason = 'undecided',"
            " blind = true, seen_by = '{}' WHERE assessment_id = $1",
            exam.test,
        )
    for row in rows:
        task = await taken(exam, colleague)
        level = next(r["level"] for r in rows if str(r["response_id"]) == task["response_id"])
        worst = (6, 4) if level < 2 else (0, 0)
        await reviewed(colleague, task, argument=worst[0], form=worst[1])
        assert row["level"] is not None
    exam.teacher.position = colleague.position

    async def has_fallen() -> bool:
        gate = await exam.teacher.get(path)
        return gate["kappa_low"] is not None and float(gate["kappa_low"]) < 0.7

    await until(has_fallen, what="the later reviews are folded")
    assert float(high["kappa_low"]) >= 0.7
    gate = await exam.teacher.get(path)
    assert (gate["state"], gate["open"]) == ("measured", False)
    exam.students[11].position = exam.teacher.position
    attempt = await handed_in(exam, exam.students[11])
    job = await job_of(eduflow, attempt)
    assert (job["state"], job["reason"], job["samples"]) == ("held", "gate", 2)
    async with eduflow.sql("assessment") as sql:
        held = await sql.fetchrow(
            "SELECT score, released_at, unjudged FROM attempts WHERE id = $1", attempt
        )
    assert (held["released_at"], held["unjudged"]) == (None, 1)


async def test_what_was_folded_one_by_one_is_what_a_rebuild_finds(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=12)
    dice = random.Random(5)  # noqa: S311
    for number in range(12):
        await _read_and_reviewed(eduflow, exam, reader, number, agreeing=dice.random() < 0.7)
    await _measured(eduflow, exam, 12)
    pool = eduflow.worker.databases["assessment"].primary
    for model in service.models:
        source = eduflow.worker.databases[model.source].primary
        rebuilt = await rebuild(model, source=source, home=pool, progress=lambda *_: None)
        assert set(rebuilt.differing.values()) <= {0}, model.name
    again = await _measured(eduflow, exam, 12)
    assert again["n"] == 12


async def test_of_two_who_take_at_once_each_has_another_answer_or_none(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=1)
    await job_of(eduflow, await handed_in(exam, exam.students[0]))
    school.admin.position = exam.teacher.position
    path = f"/assessments/{exam.test}/queue/next"
    graders = (exam.teacher, school.admin)
    for _ in range(5):
        told = await asyncio.gather(*(g.send("POST", path, {}) for g in graders))
        codes = sorted(answer.status_code for answer in told)
        assert codes == [200, 404], [answer.text for answer in told]
        winner = next(g for g, t in zip(graders, told, strict=True) if t.status_code == 200)
        task = await taken(exam, winner)
        release = f"/assessments/{exam.test}/queue/{task['response_id']}/release"
        await winner.post(release)
        for grader in graders:
            grader.position = winner.position


async def test_a_claim_lapses_and_who_takes_it_next_is_the_one_who_judges(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=1)
    await job_of(eduflow, await handed_in(exam, exam.students[0]))
    mine = await taken(exam, exam.teacher)
    school.admin.position = exam.teacher.position
    path = f"/assessments/{exam.test}/queue/next"
    assert await school.admin.refused("POST", path, {}) == (404, "assessment.nothing-to-grade")
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE grading_queue SET claimed_until = now() - interval '1 second'"
            " WHERE response_id = $1",
            mine["response_id"],
        )
    task = await taken(exam, school.admin)
    assert task["response_id"] == mine["response_id"]
    assert task["blind"] is True
    body = {"criteria": {"argument": 6, "form": 4}}
    path = f"/responses/{mine['response_id']}/reviews"
    exam.teacher.position = school.admin.position
    late = await exam.teacher.refused("POST", path, body, If_Match=f'"v{mine["version"]}"')
    assert late == (409, "assessment.claimed-by-another")
    await reviewed(school.admin, task, argument=3, form=4)
    async with eduflow.sql("assessment") as sql:
        reviews = await sql.fetch(
            "SELECT grader_id, blind FROM human_reviews WHERE response_id = $1", task["response_id"]
        )
    assert [(row["grader_id"], row["blind"]) for row in reviews] == [(school.admin.user, True)]


async def test_a_lapsed_claim_that_nobody_wanted_is_still_ones_own(
    eduflow: Eduflow, school: School, reader: Reader
) -> None:
    exam = await essays(eduflow, school, students=1)
    await job_of(eduflow, await handed_in(exam, exam.students[0]))
    task = await taken(exam, exam.teacher)
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE grading_queue SET claimed_until = now() - interval '1 second'"
            " WHERE response_id = $1",
            task["response_id"],
        )
    told = await reviewed(exam.teacher, task, argument=3, form=4)
    assert told["unjudged"] == 0
