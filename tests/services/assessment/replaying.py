"""What tests of regrades, appeals and receipts do again and again."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.ids import new_id
from eduflow.services.assessment.stored import digest_of_key
from tests.harness.exams import Exam
from tests.harness.platform import Eduflow, Person
from tests.harness.things import until

Json = dict[str, Any]
BRICK: Json = {"type": "choice", "correct": ["b"]}
"""The key of `a_choice`, corrected: the brick is the fruit."""


async def handed_in(student: Person, exam: Exam, answers: Mapping[str, Any]) -> Json:
    """An attempt with these answers, by question; as handing it in is answered."""
    begun = await student.post(f"/assessments/{exam.test}/attempts")
    given = [{"question_id": q, "value": value} for q, value in answers.items()]
    made = await student.post(f"/attempts/{begun['id']}/submit", {"answers": given})
    return {**made, "id": begun["id"]}


async def version_of(eduflow: Eduflow, question: str) -> str:
    """The newest version of a question."""
    async with eduflow.sql("assessment") as connection:
        return str(
            await connection.fetchval(
                "SELECT id FROM question_versions WHERE question_id = $1 ORDER BY number DESC"
                " LIMIT 1",
                UUID(question),
            )
        )


async def corrected_key(eduflow: Eduflow, question: str, key: Json) -> tuple[str, int]:
    """A further key of the newest version of a question: that version, and the key's number."""
    version = await version_of(eduflow, question)
    async with eduflow.sql("assessment") as connection:
        number = await connection.fetchval(
            "INSERT INTO answer_keys (id, institution_id, question_version_id, number, key, sha256,"
            " made_by, made_at) SELECT $1, k.institution_id, k.question_version_id,"
            " max(k.number) + 1, $3::text::jsonb, $4, k.institution_id, now() FROM answer_keys AS k"
            " WHERE k.question_version_id = $2 GROUP BY k.institution_id, k.question_version_id"
            " RETURNING number",
            new_id(),
            UUID(version),
            msgspec.json.encode(key).decode(),
            digest_of_key(key),
        )
    return version, int(number)


async def regraded(
    eduflow: Eduflow, exam: Exam, *, question: str, key: Json, dry_run: bool = True
) -> Json:
    """A regrade by a corrected key, folded and ready, or published where it is no dry run."""
    version, number = await corrected_key(eduflow, question, key)
    return await regraded_by(exam, cause="key", keys={version: number}, dry_run=dry_run)


async def regraded_by(exam: Exam, *, cause: str, dry_run: bool = True, **changes: Any) -> Json:
    """A regrade by what is given, until it waits for a second call or is published."""
    body = {"cause": cause, "reason": "It was wrong", "dry_run": dry_run, **changes}
    run = await exam.teacher.post(f"/assessments/{exam.test}/regrades", body)
    return await run_in(exam.teacher, run["id"], "ready" if dry_run else "published")


async def run_in(teacher: Person, run: str, state: str, *, seconds: float = 20) -> Json:
    """The regrade, once it is in this state."""
    found: Json = {}

    async def there() -> bool:
        found.update(await teacher.get(f"/regrades/{run}"))
        return bool(found["state"] == state)

    await until(there, seconds=seconds, what=f"{state}: {found}")
    return found


async def published(teacher: Person, run: Json) -> Json:
    """The regrade, published, and every result moved."""
    await teacher.post(f"/regrades/{run['id']}/publish", If_Match=f'"v{run["version"]}"')
    return await run_in(teacher, run["id"], "published")


def digest(value: Any) -> bytes:
    """Any digest."""
    return hashlib.sha256(msgspec.json.encode(value)).digest()
