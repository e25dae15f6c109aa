"""Correct how answers to a question are judged."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.scoring.keys import Key
from eduflow.services.assessment.authoring_problems import KeyBreaksTests
from eduflow.services.assessment.authoring_views import KeyCorrected
from eduflow.services.assessment.commands.key_rows import broken, look_at_version
from eduflow.services.assessment.ids import QuestionId, QuestionTestId
from eduflow.services.assessment.model.fitness import made_fit
from eduflow.services.assessment.stored import as_json, digest_of_key


class CorrectKey(Command[KeyCorrected], frozen=True, kw_only=True):
    """A further number; tests that were published go on by the one they have until a regrade.

    `give_up`: tests that may break. They are deleted; any other that breaks stands against it.
    """

    question: QuestionId
    number: int | None
    key: Key
    reason: str
    give_up: tuple[QuestionTestId, ...] = ()


_INSERT = (
    "INSERT INTO answer_keys (id, institution_id, question_version_id, number, key, reason, sha256,"
    " made_by, made_at) SELECT $1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT answer_keys_number_once DO NOTHING"
)
_GIVE_UP = (
    "DELETE FROM question_tests WHERE question_version_id = $1 AND id = ANY ($2::uuid[])"
    " AND {allowed}"
)


async def correct_key(command: CorrectKey, work: UnitOfWork) -> KeyCorrected:
    version = await look_at_version(work, command.question, number=command.number)
    item = made_fit(msgspec.structs.replace(version.item, key=command.key))
    against = await broken(work, item, item.key, tests=version.tests)
    if left := [one for one in against if one["id"] not in set(map(str, command.give_up))]:
        raise KeyBreaksTests(tests=left)
    given_up = [test.id for test in version.tests if str(test.id) in {t["id"] for t in against}]
    digest = digest_of_key(item.key)
    work.write(
        _INSERT,
        new_id(),
        work.identity.institution,
        version.version_id,
        version.key_number + 1,
        as_json(item.key),
        command.reason,
        digest,
        work.identity.user,
        work.now,
    )
    if given_up:
        work.write(_GIVE_UP, version.version_id, given_up, changes=None)
    return KeyCorrected(
        question_id=command.question,
        question_version_id=version.version_id,
        number=version.key_number + 1,
        reason=command.reason,
        sha256=digest.hex(),
        given_up=given_up,
    )
