"""Writing how an answer was read: its score, what follows for the attempt, and who did it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.services.assessment.commands.settling import Facts, Settled, settle
from eduflow.services.assessment.reading.asking import Criterion, Ruling

CRITERIA = (
    "coalesce((SELECT json_agg(json_build_object('id', c.id, 'key', c.key, 'title', c.title,"
    " 'description', c.description, 'points', c.points, 'levels', c.levels, 'grader_note',"
    " c.grader_note) ORDER BY c.position) FROM scoring_criteria AS c"
    " WHERE c.rubric_version_id = {rubric}), '[]') AS criteria"
)
"""Of the rubric version that `{rubric}` is."""
THOUGHTS = (
    "coalesce((SELECT json_agg(json_build_object('criterion', c.key, 'sample', a.sample, 'points',"
    " a.awarded, 'reason', a.reason, 'quote', a.quote, 'span', CASE WHEN a.span_start IS NOT NULL"
    " THEN json_build_array(a.span_start, a.span_end) END, 'confidence', a.confidence)"
    " ORDER BY c.position, a.sample) FROM ai_judgements AS a JOIN scoring_criteria AS c"
    " ON c.id = a.criterion_id WHERE a.job_id = {job}), '[]')"
)
"""What the models of the job `{job}` said."""
_SCORES = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, parts, feedback, method, source_id, at)"
    " SELECT u.response, $1, u.revision, $2, $3, u.question, u.fraction, u.fraction = 1,"
    " u.parts::jsonb, u.feedback::jsonb, $4, u.source, $5 FROM unnest($6::uuid[], $7::int[],"
    " $8::uuid[], $9::numeric[], $10::text[], $11::text[], $12::uuid[])"
    " AS u(response, revision, question, fraction, parts, feedback, source) WHERE {allowed}"
)
TO_PEOPLE = (
    "INSERT INTO grading_queue (response_id, institution_id, course_id, assessment_id,"
    " question_id, reason, order_key, job_id, queued_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9"
    " WHERE {allowed} ON CONFLICT (response_id) DO UPDATE SET reason = excluded.reason,"
    " job_id = excluded.job_id, state = 'waiting', assigned_to = NULL, claimed_until = NULL,"
    " blind = true, queued_at = excluded.queued_at, version = grading_queue.version + 1"
    " WHERE grading_queue.state = 'done'"
)


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that was read, and what it is worth."""

    response: UUID
    fraction: Decimal
    parts: Mapping[str, Decimal]
    feedback: Sequence[str]
    source: UUID
    rests_on: Mapping[str, str | None]


class RubricOf(msgspec.Struct, kw_only=True):
    """A rubric version in force."""

    criteria: tuple[Criterion, ...]
    rulings: tuple[Ruling, ...] = ()


def keep_reading(work: UnitOfWork, facts: Facts, read: Sequence[Read], *, method: str) -> Settled:
    """Write the scores as the next revisions, and what the attempt is worth by them."""
    by_response = {one.response: one for one in read}
    tries = []
    judged = []
    for one in facts.tries:
        found = by_response.get(one.response_id)
        if found is None:
            tries.append(one)
            continue
        changed = msgspec.structs.replace(
            one,
            fraction=found.fraction,
            correct=found.fraction == 1,
            method=method,
            revision=one.revision + 1,
            rests_on=dict(found.rests_on),
        )
        tries.append(changed)
        judged.append((changed, found))
    institution = work.identity.institution
    work.write(
        _SCORES,
        facts.scoring.id,
        institution,
        facts.id,
        method,
        work.now,
        [one.response_id for one, _ in judged],
        [one.revision for one, _ in judged],
        [one.question_id for one, _ in judged],
        [found.fraction for _, found in judged],
        [msgspec.json.encode(found.parts).decode() for _, found in judged],
        [msgspec.json.encode([f for f in found.feedback if f]).decode() for _, found in judged],
        [found.source for _, found in judged],
        changes=len(judged),
    )
    return settle(
        work,
        msgspec.structs.replace(facts, tries=tries),
        judged=[one.response_id for one, _ in judged],
    )


def parts_of(
    criteria: Sequence[Criterion], points: Mapping[str, Decimal]
) -> tuple[dict[str, Decimal], Decimal]:
    """The share of each criterion, and of all of them together."""
    parts = {
        one.key: (points[one.key] / one.points).quantize(Decimal("0.000001")) for one in criteria
    }
    whole = sum((one.points for one in criteria), Decimal(0))
    earned = sum((points[one.key] for one in criteria), Decimal(0))
    return parts, min(Decimal(1), earned / whole).quantize(Decimal("0.000001"))
