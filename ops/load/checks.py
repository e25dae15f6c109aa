"""What the database says afterwards, looked at as superuser."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ops.bench.exam import QUESTIONS, Test, right
from ops.load.student import Student

_ATTEMPTS = "SELECT id, user_id, state, score, released_at FROM attempts WHERE assessment_id = $1"
_RESPONSES = (
    "SELECT attempt_id, question_id, value::text AS value FROM responses"
    " WHERE assessment_id = $1 AND last"
)


async def faults_in(dsn: str, test: Test, students: Iterable[Student]) -> list[str]:
    """What is not as everybody was told."""
    connection = await asyncpg.connect(dsn)
    try:
        attempts = await connection.fetch(_ATTEMPTS, test.id)
        responses = await connection.fetch(_RESPONSES, test.id)
    finally:
        await connection.close()
    theirs: dict[UUID, list[Any]] = defaultdict(list)
    for row in attempts:
        theirs[row["user_id"]].append(row)
    given: dict[UUID, dict[UUID, Any]] = defaultdict(dict)
    for row in responses:
        given[row["attempt_id"]][row["question_id"]] = msgspec.json.decode(row["value"])
    found: list[str] = []
    for student in students:
        rows = theirs[student.user]
        if len(rows) != 1 or rows[0]["id"] != student.attempt:
            found.append(f"{student.user} has {len(rows)} attempts")
            continue
        found += _of(student, rows[0], given[rows[0]["id"]], test)
    return found


def _of(student: Student, row: Any, given: dict[UUID, Any], test: Test) -> Iterable[str]:
    if row["state"] != "submitted" or row["released_at"] is None:
        yield f"{student.user}'s attempt is {row['state']}"
    if len(given) != QUESTIONS:
        yield f"{student.user} has {len(given)} answers"
    for question, kept in student.kept.items():
        if (there := given.get(question)) not in [kept.value, *kept.perhaps]:
            yield f"{student.user} gave {kept}, and {there} was kept of it"
    worth = sum(given.get(q) == [right(n)] for n, q in enumerate(test.questions))
    if row["score"] != worth:
        yield f"{student.user} has {row['score']} points for what is worth {worth}"
