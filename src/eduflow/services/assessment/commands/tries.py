"""Answers that are kept for good, each judged by its key."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Score
from eduflow.scoring.keys import Key
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.commands.settling import Facts
from eduflow.services.assessment.model.marking import MarkedTry
from eduflow.services.assessment.model.receipts import digest_of_answer
from eduflow.services.assessment.showing import Comments


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the attempt, with what judges it."""

    id: UUID
    interaction: Interaction
    key: Key
    key_sha256: str
    comments: Comments = Comments()
    """Where they are told to whoever answers; a regrade tells nobody."""


class NewTry(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is judged now."""

    id: UUID
    asked: Asked
    number: int
    value: Any
    certainty: int | None
    seconds: int
    hints: int
    score: Score
    sha256: bytes
    key_sha256: str


QUESTIONS = (
    "(SELECT json_agg(json_build_object('id', v.id, 'interaction', v.interaction, 'key', k.key,"
    " 'key_sha256', encode(k.sha256, 'hex'), 'comments', v.feedback))"
    " FROM question_versions AS v JOIN answer_keys AS k ON k.question_version_id = v.id"
    " AND k.number = coalesce((n.key_set ->> v.id::text)::integer, 1)"
    " WHERE v.id IN (SELECT (i.item ->> 'question_version_id')::uuid"
    " FROM jsonb_array_elements(t.items) AS i(item))) AS questions"
)
_RESPONSES = (
    "INSERT INTO responses (id, institution_id, assessment_id, attempt_id, question_id,"
    " question_version_id, variant_id, try_number, value, certainty, hints, seconds, last, sha256,"
    " at) SELECT u.id, $1, $2, $3, u.question, u.version, u.variant, u.try_number, u.value::jsonb,"
    " u.certainty, u.hints, u.seconds, $4, u.sha256, $5 FROM unnest($6::uuid[], $7::uuid[],"
    " $8::uuid[], $9::uuid[], $10::int[], $11::text[], $12::smallint[], $13::int[], $14::int[],"
    " $15::bytea[]) AS u(id, question, version, variant, try_number, value, certainty, hints,"
    " seconds, sha256) WHERE {allowed} ON CONFLICT DO NOTHING"
)
_SCORES = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, parts, feedback, method, note, at)"
    " SELECT u.response, $1, 1, $2, $3, u.question, u.fraction, u.correct, u.parts::jsonb,"
    " u.feedback::jsonb, 'key', u.note, $4 FROM unnest($5::uuid[], $6::uuid[], $7::numeric[],"
    " $8::boolean[], $9::text[], $10::text[], $11::text[])"
    " AS u(response, question, fraction, correct, parts, feedback, note)"
    # As in settling: not by a scoring version that has ceased to count since.
    " WHERE EXISTS (SELECT FROM scoring_versions AS n JOIN assessments AS a ON a.id ="
    " n.assessment_id WHERE n.id = $1 AND a.scoring_number = n.number FOR SHARE OF a) AND {allowed}"
    " ON CONFLICT DO NOTHING"
)


async def judged_try(
    work: UnitOfWork,
    item: Asked,
    question: Question,
    *,
    value: Any,
    number: int,
    certainty: int | None = None,
    seconds: int = 0,
    hints: int = 0,
) -> NewTry:
    """One answer, with what its key says of it."""
    score = await work.resources.judge(
        question.interaction, question.key, value, values=item.values
    )
    digest = digest_of_answer(
        item.question_version_id,
        item.variant_id,
        number=number,
        value=value,
        certainty=certainty,
        hints=hints,
    )
    return NewTry(
        id=new_id(),
        asked=item,
        number=number,
        value=value,
        certainty=certainty,
        seconds=seconds,
        hints=hints,
        score=score,
        sha256=digest,
        key_sha256=question.key_sha256,
    )


def keep_tries(work: UnitOfWork, facts: Facts, made: Sequence[NewTry], *, last: bool) -> None:
    """Write answers for good, and the scores of those that a key could judge."""
    if not made:
        return
    institution = work.identity.institution
    work.write(
        _RESPONSES,
        institution,
        facts.assessment_id,
        facts.id,
        last,
        work.now,
        [one.id for one in made],
        [one.asked.question_id for one in made],
        [one.asked.question_version_id for one in made],
        [one.asked.variant_id for one in made],
        [one.number for one in made],
        [msgspec.json.encode(one.value).decode() for one in made],
        [one.certainty for one in made],
        [one.hints for one in made],
        [one.seconds for one in made],
        [one.sha256 for one in made],
        changes=len(made),
    )
    judged = [one for one in made if not one.score.needs_reading]
    work.write(
        _SCORES,
        facts.scoring.id,
        institution,
        facts.id,
        work.now,
        [one.id for one in judged],
        [one.asked.question_id for one in judged],
        [one.score.fraction for one in judged],
        [one.score.correct for one in judged],
        [msgspec.json.encode(one.score.parts).decode() for one in judged],
        [msgspec.json.encode(one.score.feedback).decode() for one in judged],
        [one.score.note for one in judged],
        changes=len(judged),
    )


def marked_try(one: NewTry) -> MarkedTry:
    """A try as the fold of the score takes it."""
    read = one.score.needs_reading
    return MarkedTry(
        response_id=one.id,
        question_id=one.asked.question_id,
        question_version_id=one.asked.question_version_id,
        try_number=one.number,
        value=one.value,
        sha256=one.sha256.hex(),
        certainty=one.certainty,
        seconds=one.seconds,
        fraction=None if read else one.score.fraction,
        correct=one.score.correct,
        method=None if read else "key",
        revision=0 if read else 1,
        rests_on={"key": one.key_sha256},
    )
