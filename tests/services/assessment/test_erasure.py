"""Somebody who has sat a test is forgotten: their words go, and what rests on numbers stays."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from eduflow.contracts.api_core import PersonErased
from eduflow.kernel.ids import new_id
from tests.harness.exams import a_choice, a_test, an_exam
from tests.harness.log import logged
from tests.harness.platform import Eduflow, School
from tests.harness.processes import Process
from tests.harness.things import until

SECRET = "my own words"


class Sat(msgspec.Struct, frozen=True):
    """Somebody's attempt with one answer, which was read by a model, by a person, and appealed."""

    user: UUID
    attempt: UUID
    response: UUID
    group: UUID


async def sat(eduflow: Eduflow, school: School, *, group: UUID | None = None) -> Sat:
    """Written as it is; what it hangs on is left out."""
    own = Sat(new_id(), new_id(), new_id(), group or new_id())
    job, appeal, other = new_id(), new_id(), new_id()
    rows: list[tuple[str, dict[str, Any]]] = [
        (
            "attempts",
            {
                "id": own.attempt,
                "course_id": other,
                "assessment_id": other,
                "assessment_version_id": other,
                "user_id": own.user,
                "number": 1,
                "session_id": other,
                "state": "submitted",
                "behaviour": "deferred",
                "seed": 1,
                "items": [],
                "started_at": "2026-01-01Z",
                "submitted_at": "2026-01-02Z",
                "score": 4,
                "points": 10,
                "scoring_number": 1,
                "late": False,
                "version": 1,
            },
        ),
        ("responses", _response(own, other)),
        (
            "response_drafts",
            {
                "attempt_id": own.attempt,
                "question_id": other,
                "value": SECRET,
                "revision": 1,
                "seconds": 3,
                "saved_at": "2026-01-02Z",
            },
        ),
        (
            "response_files",
            {
                **_about(own, name=SECRET, media_type="text/plain"),
                "question_id": other,
                "size": 3,
                "sha256": "\\x01",
            },
        ),
        ("integrity_events", _about(own, kind="pasted", detail={"what": SECRET})),
        (
            "item_scores",
            {
                "response_id": own.response,
                "scoring_version_id": other,
                "revision": 1,
                "attempt_id": own.attempt,
                "question_id": other,
                "fraction": 0.4,
                "correct": False,
                "parts": {},
                "feedback": [SECRET],
                "method": "ai",
                "note": SECRET,
                "at": "2026-01-02Z",
            },
        ),
        (
            "ai_grading_jobs",
            {
                "id": job,
                "course_id": other,
                "assessment_id": other,
                "question_id": other,
                "response_id": own.response,
                "rubric_version_id": other,
                "state": "judged",
                "samples": 1,
                "flags": [],
                "tokens_in": 1,
                "tokens_out": 1,
                "cost_micros": 0,
                "asked_at": "2026-01-02Z",
            },
        ),
        (
            "ai_judgements",
            {
                "job_id": job,
                "sample": 1,
                "criterion_id": other,
                "awarded": 2,
                "reason": SECRET,
                "quote": SECRET,
                "span_start": 0,
                "span_end": 3,
                "confidence": 0.5,
            },
        ),
        (
            "human_reviews",
            {
                "id": new_id(),
                "response_id": own.response,
                "scoring_version_id": other,
                "grader_id": other,
                "awarded": {},
                "fraction": 0.5,
                "comment": SECRET,
                "blind": True,
                "seconds": 1,
                "at": "2026-01-02Z",
            },
        ),
        (
            "appeals",
            {
                "id": appeal,
                "course_id": other,
                "assessment_id": other,
                "attempt_id": own.attempt,
                "response_id": own.response,
                "user_id": own.user,
                "claim": SECRET,
                "state": "decided",
                "asked_at": "2026-01-03Z",
                "version": 1,
            },
        ),
        (
            "appeal_decisions",
            {
                "appeal_id": appeal,
                "grader_id": other,
                "saw_scores": False,
                "outcome": "upheld",
                "fraction": 0.4,
                "reason": SECRET,
                "at": "2026-01-03Z",
            },
        ),
        (
            "rubric_precedents",
            {
                "id": new_id(),
                "rubric_version_id": other,
                "response_id": own.response,
                "question": f"Does {SECRET} count?",
                "ruling": "It counts.",
                "asked_by": other,
                "ruled_by": other,
                "asked_at": "2026-01-02Z",
                "ruled_at": "2026-01-02Z",
                "version": 2,
            },
        ),
        ("ai_calls", _call(job)),
        ("answer_group_members", {"response_id": own.response, "group_id": own.group}),
    ]
    if group is None:
        label = {
            "id": own.group,
            "assessment_id": other,
            "question_version_id": other,
            "label": SECRET,
            "method": "same",
            "digest": "\\x01",
            "made_at": "2026-01-03Z",
        }
        rows.append(("answer_groups", label))
    async with eduflow.sql("assessment") as sql, sql.transaction():
        await sql.execute("SET LOCAL session_replication_role = replica")
        for table, row in rows:
            whole = msgspec.json.encode({**row, "institution_id": school.institution}).decode()
            await sql.execute(
                f"INSERT INTO {table} ({', '.join(row)}, institution_id)"
                f" SELECT {', '.join(row)}, institution_id"
                f" FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)",
                whole,
            )
    return own


def _response(own: Sat, other: UUID) -> dict[str, Any]:
    return {
        "id": own.response,
        "assessment_id": other,
        "attempt_id": own.attempt,
        "question_id": other,
        "question_version_id": other,
        "try_number": 1,
        "value": SECRET,
        "hints": 0,
        "seconds": 3,
        "last": True,
        "sha256": "\\x01",
        "at": "2026-01-02Z",
    }


def _call(job: UUID) -> dict[str, Any]:
    numbers = {"tokens_in": 1, "tokens_cached": 0, "tokens_out": 1, "cost_micros": 1}
    return {
        "id": new_id(),
        "job_id": job,
        "purpose": "grading",
        "provider": "p",
        "model": "m",
        "prompt_sha256": "\\x01",
        "parameters": {"wire": "chat"},
        "outcome": "answered",
        "latency_ms": 1,
        "is_free": False,
        "settled_at": "2026-01-02Z",
        "at": "2026-01-02Z",
        **numbers,
    }


def _about(own: Sat, **fields: Any) -> dict[str, Any]:
    return {"id": new_id(), "attempt_id": own.attempt, "at": "2026-01-02Z", **fields}


async def forgotten(eduflow: Eduflow, school: School, user: UUID) -> None:
    """api_core tells that it has forgotten somebody, and it was heard."""
    event = PersonErased(institution_id=school.institution, user_id=user, erasure_id=new_id())
    async with eduflow.sql() as log:
        xid = (await logged(log, event)).xid
    eduflow.worker.bell.ring("assessment")

    async def heard() -> bool:
        async with eduflow.sql("assessment") as sql:
            return bool(
                await sql.fetchval(
                    "SELECT pg_visible_in_snapshot($1::text::xid8, snapshot) AND target IS NULL"
                    " FROM projection_checkpoints WHERE consumer = 'forgetting'",
                    xid,
                )
            )

    await until(heard, what="it was heard")


async def tables_that_tell(eduflow: Eduflow, *ids: UUID) -> set[str]:
    """Where the words stand in a row that has one of the ids anywhere."""
    async with eduflow.sql("assessment") as sql:
        tables = await sql.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        )
        return {
            t["relname"]
            for t in tables
            if await sql.fetchval(
                f"SELECT EXISTS (SELECT FROM {t['relname']} AS t WHERE t::text LIKE $1"
                " AND t::text LIKE ANY ($2))",
                f"%{SECRET}%",
                [f"%{one}%" for one in ids],
            )
        }


async def test_what_somebody_answered_and_what_was_said_of_it_goes_and_the_numbers_stay(
    eduflow: Eduflow, school: School
) -> None:
    gone = await sat(eduflow, school)
    stays = await sat(eduflow, school, group=gone.group)
    assert len(await tables_that_tell(eduflow, gone.attempt, gone.response, gone.group)) >= 7
    for _ in range(2):
        await forgotten(eduflow, school, gone.user)
    assert await tables_that_tell(eduflow, gone.attempt, gone.response) == set()
    assert "responses" in await tables_that_tell(eduflow, stays.attempt)
    async with eduflow.sql("assessment") as sql:
        assert await sql.fetchval("SELECT count(*) FROM ai_judgements WHERE reason = ''") >= 1
        row = await sql.fetchrow("SELECT value, sha256 FROM responses WHERE id = $1", gone.response)
        assert (row["value"], row["sha256"]) == ("null", b"\x01")
        score = await sql.fetchval("SELECT score FROM attempts WHERE id = $1", gone.attempt)
        assert score == 4
        case = await sql.fetchrow(
            "SELECT question, ruling, version FROM rubric_precedents WHERE response_id = $1",
            gone.response,
        )
        assert tuple(case) == ("(erased)", "It counts.", 3)
        label = "SELECT label FROM answer_groups WHERE id = $1"
        assert await sql.fetchval(label, gone.group) == SECRET
    await forgotten(eduflow, school, stays.user)
    async with eduflow.sql("assessment") as sql:
        assert await sql.fetchval(label, gone.group) == "(erased)"
        reasons = "SELECT count(*) FROM ai_judgements AS j JOIN ai_grading_jobs AS g"
        reasons += " ON g.id = j.job_id WHERE g.response_id = ANY ($1) AND j.quote <> ''"
        assert await sql.fetchval(reasons, [gone.response, stays.response]) == 0


async def test_receipts_say_that_an_answer_is_erased_and_not_that_it_was_changed(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school, students=2), [a_choice(2)])
    for student in exam.students:
        attempt = (await student.post(f"/assessments/{exam.test}/attempts"))["id"]
        answers = [{"question_id": exam.questions[0], "value": ["a"]}]
        await student.post(f"/attempts/{attempt}/submit", {"answers": answers})
        exam.teacher.position = student.position
    gone, stays = exam.students
    await forgotten(eduflow, school, gone.user)
    school.admin.position = exam.teacher.position

    async def check() -> Any:
        eduflow.servers.cluster.catch_up()
        told = await school.admin.post(f"/assessments/{exam.test}/receipts/check")
        return told["receipts"], told["erased"], [one["what"] for one in told["faults"]]

    assert await check() == (2, 1, [])
    code, said = await _verified(eduflow, exam.test)
    assert code == 0, said
    assert "1 answers are erased" in said
    assert "as they were given" in said
    # Of somebody who was not forgotten a blank answer is a changed one; and so is any other.
    async with eduflow.sql("assessment") as sql:
        blank = "UPDATE responses SET value = $2::text::jsonb WHERE attempt_id IN"
        blank += " (SELECT id FROM attempts WHERE user_id = $1)"
        await sql.execute(blank, stays.user, "null")
        await sql.execute(blank, gone.user, '["b"]')
    receipts, erased, faults = await check()
    assert (receipts, erased) == (2, 0)
    assert sum("is not what was answered" in one for one in faults) == 2
    assert (await _verified(eduflow, exam.test))[0] == 1


async def _verified(eduflow: Eduflow, test: str | None) -> tuple[int, str]:
    """`eduflow verify-receipts`, as an operator runs it: its exit code, and what it says."""
    log = eduflow.servers.folder / f"receipts-{new_id()}.log"
    process = Process(
        "verify-receipts",
        "--assessment",
        str(test),
        environment=eduflow.servers.environment(port=1, gateway=1),
        log=log,
    )
    process.start()
    code = await process.ended(seconds=60)
    return code, " ".join(log.read_text().split())


async def test_another_institution_forgets_nobody_of_this_one(
    eduflow: Eduflow, school: School
) -> None:
    own = await sat(eduflow, school)
    await forgotten(eduflow, await eduflow.school(), own.user)
    assert "responses" in await tables_that_tell(eduflow, own.attempt)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("responses", "value = '\"another\"'"),
        ("responses", "sha256 = '\\x02'"),
        ("response_files", "name = 'another'"),
        ("item_scores", "note = 'another'"),
        ("item_scores", "fraction = 1"),
        ("human_reviews", "comment = 'another'"),
    ],
)
async def test_workers_blank_and_write_nothing_else(
    eduflow: Eduflow, school: School, table: str, change: str
) -> None:
    own = await sat(eduflow, school)
    await forgotten(eduflow, school, own.user)
    column = {"responses": "id", "response_files": "attempt_id"}.get(table, "response_id")
    worker = eduflow.worker.databases["assessment"].primary
    whose = own.attempt if column == "attempt_id" else own.response
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await worker.execute(f"UPDATE {table} SET {change} WHERE {column} = $1", whose)


async def test_of_who_is_not_forgotten_workers_blank_nothing(
    eduflow: Eduflow, school: School
) -> None:
    own = await sat(eduflow, school)
    worker = eduflow.worker.databases["assessment"].primary
    done = await worker.execute("UPDATE responses SET value = 'null' WHERE id = $1", own.response)
    assert done == "UPDATE 0"
