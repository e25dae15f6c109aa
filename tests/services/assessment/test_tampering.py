"""Whatever is changed in the rows that receipts rest on, the check finds it."""

import random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.services.assessment.checking import checked
from tests.harness.exams import RUBRIC, Exam, a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, School
from tests.services.assessment.replaying import BRICK, handed_in, published, regraded

TIMES = 1000
_OF = {
    "attempts": "assessment_id = $1",
    "responses": "assessment_id = $1",
    "scoring_versions": "assessment_id = $1",
    "grade_receipts": "attempt_id IN (SELECT id FROM attempts WHERE assessment_id = $1)",
    "item_scores": "attempt_id IN (SELECT id FROM attempts WHERE assessment_id = $1)",
    "human_reviews": "response_id IN (SELECT id FROM responses WHERE assessment_id = $1)",
    "answer_keys": "question_version_id IN (SELECT question_version_id FROM responses"
    " WHERE assessment_id = $1)",
    "scoring_rubric_versions": "id IN (SELECT rubric_version_id FROM human_reviews AS h JOIN"
    " responses AS r ON r.id = h.response_id WHERE r.assessment_id = $1)",
    "scoring_criteria": "rubric_version_id IN (SELECT rubric_version_id FROM human_reviews AS h"
    " JOIN responses AS r ON r.id = h.response_id WHERE r.assessment_id = $1)",
}
_OTHER = {
    "bytea": "sha256({0} || 'x')",
    "uuid": "gen_random_uuid()",
    "text": "{0} || 'x'",
    "number": "coalesce({0}, 0) + 100",
    "share": "CASE {0} WHEN 0 THEN 0.25 ELSE {0} / 2 END",
    "moment": "{0} + interval '1 second'",
    "truth": "NOT {0}",
}
COLUMNS: list[tuple[str, str, str]] = [
    *(("attempts", c, "number") for c in ("number", "score", "points", "scoring_number")),
    *(("attempts", c, "moment") for c in ("submitted_at", "released_at")),
    ("attempts", "user_id", "uuid"),
    ("attempts", "late", "truth"),
    ("attempts", "items", "jsonb_set({0}, '{{0,points_list}}', '[99]')"),
    *(("responses", c, "uuid") for c in ("question_id", "question_version_id", "variant_id")),
    *(("responses", c, "number") for c in ("try_number", "hints")),
    ("responses", "certainty", "CASE {0} WHEN 1 THEN 2 ELSE 1 END"),
    ("responses", "sha256", "bytea"),
    ("responses", "value", "jsonb_build_array('c')"),
    ("item_scores", "fraction", "share"),
    ("item_scores", "revision", "number"),
    *(("item_scores", c, "uuid") for c in ("source_id", "scoring_version_id", "response_id")),
    ("item_scores", "method", "CASE {0} WHEN 'ai' THEN 'key' ELSE 'ai' END"),
    *(("grade_receipts", c, "bytea") for c in ("digest", "previous")),
    *(("grade_receipts", c, "number") for c in ("number", "score", "points")),
    ("grade_receipts", "scoring_version_id", "uuid"),
    ("grade_receipts", "at", "moment"),
    ("grade_receipts", "links", "jsonb_set({0}, '{{0,fraction}}', '0.123')"),
    ("scoring_versions", "number", "number"),
    ("scoring_versions", "key_set", "jsonb_build_object(gen_random_uuid(), 1)"),
    ("scoring_versions", "rubric_set", "jsonb_build_object(gen_random_uuid(), id)"),
    ("scoring_versions", "points_set", "jsonb_build_object(gen_random_uuid(), '[9]'::jsonb)"),
    ("scoring_versions", "policy", "'{{\"late_penalty\": 0.123}}'"),
    ("answer_keys", "key", '{0} || \'{{"scoring": "each"}}\''),
    ("answer_keys", "sha256", "bytea"),
    ("answer_keys", "question_version_id", "uuid"),
    *(("human_reviews", c, "uuid") for c in ("grader_id", "rubric_version_id", "response_id")),
    ("human_reviews", "fraction", "share"),
    ("scoring_rubric_versions", "guidelines", "text"),
    ("scoring_rubric_versions", "sha256", "bytea"),
    *(("scoring_criteria", c, "text") for c in ("key", "title", "description", "grader_note")),
    ("scoring_criteria", "points", "number"),
    ("scoring_criteria", "levels", "'[]'"),
]
"""Every column of every kind of row that a receipt covers."""


async def _sat(eduflow: Eduflow, school: School) -> Exam:
    """Attempts with chains of one, two and three receipts: handed in, regraded, appealed."""
    made = await an_exam(eduflow, school, students=3)
    items = [a_choice(2), a_choice(3), a_choice(4, rubric=RUBRIC)]
    exam = await a_test(made, items, policy={"attempts": 2})
    first, second, third = exam.questions
    attempts = [
        await handed_in(student, exam, {first: [one], second: ["a"], third: ["b"]})
        for student, one in zip(exam.students, "aba", strict=True)
    ]
    run = await regraded(eduflow, exam, question=first, key=BRICK)
    await published(exam.teacher, run)
    async with eduflow.sql("assessment") as connection:
        response = await connection.fetchval(
            "SELECT id::text FROM responses WHERE attempt_id = $1::text::uuid"
            " AND question_id = $2::text::uuid",
            attempts[0]["id"],
            third,
        )
    student = exam.students[0]
    student.position = exam.teacher.position
    appeal = await student.post(f"/responses/{response}/appeals", {"claim": "Look again"})
    await exam.teacher.post(f"/appeals/{appeal['id']}/claim")
    told = {"criteria": {"argument": 3, "form": 4}, "reason": "Some of it"}
    await exam.teacher.post(f"/appeals/{appeal['id']}/decision", told)
    await handed_in(exam.students[1], exam, {first: ["b"], second: ["b"], third: ["a"]})
    return exam


async def _faults(connection: asyncpg.Connection, test: UUID) -> list[Any]:
    async def rows(sql: str, *arguments: Any, into: Any) -> list[Any]:
        body = await connection.fetchval(f"SELECT json_agg(q)::text FROM ({sql}) AS q", *arguments)
        kind: Any = list[into]
        found: list[Any] = (
            [] if body is None else msgspec.json.decode(body, type=kind, strict=False)
        )
        return found

    return (await checked(rows, test, after=None)).faults


async def _tamper(connection: asyncpg.Connection, dice: random.Random, test: UUID) -> str | None:
    """Change or remove something; says what, or None where there was nothing to change."""
    table, column, other = dice.choice(COLUMNS)
    place = f"ctid = (SELECT ctid FROM {table} WHERE {_OF[table]} ORDER BY ctid OFFSET $2 LIMIT 1)"
    count = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE {_OF[table]}", test)
    number = dice.randrange(count)
    if table in ("grade_receipts", "item_scores", "responses") and dice.random() < 0.1:
        await connection.execute(f"DELETE FROM {table} WHERE {place}", test, number)
        return f"{table}: a row is gone"
    value = _OTHER.get(other, other).format(column)
    await connection.execute(f"UPDATE {table} SET {column} = {value} WHERE {place}", test, number)
    return f"{table}.{column}, row {number}"


async def test_a_thousand_tamperings_are_all_found(eduflow: Eduflow, school: School) -> None:
    exam = await _sat(eduflow, school)
    test, dice = UUID(exam.test), random.Random(20261122)  # noqa: S311 (no secret)
    missed: list[str | None] = []
    async with eduflow.sql("assessment") as connection:
        # Whoever tampers does not ask the constraints.
        await connection.execute("SET session_replication_role = replica")
        assert await _faults(connection, test) == []
        for _ in range(TIMES):
            transaction = connection.transaction()
            await transaction.start()
            try:
                told = await _tamper(connection, dice, test)
                if not await _faults(connection, test):
                    missed.append(told)
            finally:
                await transaction.rollback()
        assert await _faults(connection, test) == []
    assert sorted({str(one) for one in missed}) == []


async def test_what_is_cut_off_at_the_end_is_missed_by_the_attempt(
    eduflow: Eduflow, school: School
) -> None:
    exam = await _sat(eduflow, school)
    async with eduflow.sql("assessment") as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(
            "DELETE FROM grade_receipts AS g USING attempts AS t WHERE t.id = g.attempt_id AND"
            " t.assessment_id = $1 AND g.number = (SELECT max(o.number) FROM grade_receipts AS o"
            " WHERE o.attempt_id = g.attempt_id)",
            UUID(exam.test),
        )
        faults = await _faults(connection, UUID(exam.test))
    told = {fault.what for fault in faults}
    assert "is not what the attempt shows" in told
    assert "was released without a receipt" in told
