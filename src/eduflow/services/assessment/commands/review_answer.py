"""Judge an answer as a person: the judgement that counts, whatever a model thought."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AnswerReviewed
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web.preconditions import refuse_unseen
from eduflow.services.assessment.commands.award_rows import worth
from eduflow.services.assessment.commands.claim_answer import thoughts_of
from eduflow.services.assessment.commands.judged_rows import (
    CRITERIA,
    THOUGHTS,
    Read,
    keep_reading,
)
from eduflow.services.assessment.commands.settling import FACTS, FACTS_FROM, Facts
from eduflow.services.assessment.grading_views import Reviewed, Thought
from eduflow.services.assessment.ids import ResponseId
from eduflow.services.assessment.reading.asking import Criterion
from eduflow.services.assessment.reading_problems import (
    ClaimedByAnother,
    JudgedMeanwhile,
    NotHandedIn,
)
from eduflow.services.assessment.under_appeal import ANSWER


class ReviewAnswer(Command[Reviewed], frozen=True, kw_only=True):
    """`points` by criterion where there is a rubric, else `fraction`.

    `expected`: the version of the place in the queue; 0 where the answer is not in it.
    """

    response: ResponseId
    expected: int
    points: dict[str, Decimal] | None
    fraction: Decimal | None
    comment: str
    seconds: int


class Reviewable(Facts, frozen=True, kw_only=True):
    """An attempt with one of its answers, and what a model thought of that."""

    response_id: UUID
    question_id: UUID
    rubric_version_id: UUID | None
    rubric: str | None
    criteria: tuple[Criterion, ...]
    queued: str | None
    assigned_to: UUID | None
    claimed_until: datetime | None
    queue_version: int
    claimed_blind: bool | None
    seen_by: list[UUID] | None
    model: str | None
    small_model: bool | None
    fraction: Decimal | None
    confidence: Decimal | None
    flags: list[str] | None
    level: int | None
    levels: int | None
    thoughts: list[Thought]
    under_appeal: bool


LOOK = (
    f"SELECT {FACTS}, x.id AS response_id, x.question_id, b.id AS rubric_version_id,"
    f" encode(b.sha256, 'hex') AS rubric, {CRITERIA.format(rubric='b.id')}, w.state AS queued,"
    " w.assigned_to, w.claimed_until, coalesce(w.version, 0) AS queue_version,"
    " w.blind AS claimed_blind, w.seen_by, y.model, y.small_model, y.fraction, y.confidence,"
    f" y.flags, y.level, y.levels, {THOUGHTS.format(job='y.id')} AS thoughts,"
    f" {ANSWER.format('x.id')} AS under_appeal"
    f" FROM {FACTS_FROM} JOIN responses AS x ON x.attempt_id = t.id"
    " LEFT JOIN scoring_rubric_versions AS b ON b.id = (n.rubric_set ->> x.question_id::text)::uuid"
    " LEFT JOIN grading_queue AS w ON w.response_id = x.id"
    " LEFT JOIN ai_grading_jobs AS y ON y.response_id = x.id AND y.rubric_version_id = b.id"
)
_REVIEW = (
    "INSERT INTO human_reviews (id, institution_id, response_id, scoring_version_id,"
    " rubric_version_id, grader_id, awarded, fraction, comment, blind, seconds, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $11, $12 WHERE {allowed}"
)
_DONE = (
    "UPDATE grading_queue SET state = 'done', claimed_until = NULL, assigned_to = $3,"
    " seen_by = CASE WHEN $3 = ANY (seen_by) THEN seen_by ELSE seen_by || $3 END,"
    " version = version + 1 WHERE response_id = $1 AND version = $2 AND {allowed}"
)


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """What a grader gives."""

    points: Mapping[str, Decimal] | None
    fraction: Decimal | None
    comment: str
    seconds: int


async def review_answer(command: ReviewAnswer, work: UnitOfWork) -> Reviewed:
    found = await work.look_one(f"{LOOK} WHERE x.id = $1", command.response, into=Reviewable)
    if found is None:
        raise NotFound(kind="response")
    _refuse_unless_mine(found, work, expected=command.expected)
    award = Award(
        points=command.points,
        fraction=command.fraction,
        comment=command.comment,
        seconds=command.seconds,
    )
    # Whoever judges what they did not claim may have read anything.
    blind = found.queued == "claimed" and bool(found.claimed_blind)
    seen = work.identity.user in (found.seen_by or [])
    return write_review(work, found, award, blind=blind and not seen)


def write_review(work: UnitOfWork, found: Reviewable, award: Award, *, blind: bool) -> Reviewed:
    """One review, with all that follows from it."""
    points, parts, fraction = worth(found.criteria, points=award.points, fraction=award.fraction)
    grader, review = work.identity.user, new_id()
    about = (work.identity.institution, found.response_id, found.scoring.id)
    awarded = msgspec.json.encode(points).decode()
    given = (awarded, fraction, award.comment, blind, award.seconds, work.now)
    work.write(_REVIEW, review, *about, found.rubric_version_id, grader, *given)
    read = Read(
        response=found.response_id,
        fraction=fraction,
        parts=parts,
        feedback=[award.comment],
        source=review,
        rests_on={"rubric": found.rubric, "reviewer": str(grader)},
    )
    settled = keep_reading(work, found, [read], method="human")
    version = found.queue_version
    if found.queued is not None:
        work.write(_DONE, found.response_id, version, grader)
        version += 1
    _tell(work, found, points, blind=blind)
    return Reviewed(
        id=review,
        response_id=found.response_id,
        fraction=fraction,
        blind=blind,
        unjudged=settled.marks.unjudged,
        thoughts=None if found.under_appeal else thoughts_of(found),
        under_appeal=found.under_appeal,
        version=version,
    )


def _refuse_unless_mine(found: Reviewable, work: UnitOfWork, *, expected: int) -> None:
    if found.state != "submitted":
        raise NotHandedIn
    is_held = found.claimed_until is not None and found.claimed_until > work.now
    if found.queued == "claimed" and is_held and found.assigned_to != work.identity.user:
        raise ClaimedByAnother(claimed_until=found.claimed_until)
    if found.queued == "done" and expected != found.queue_version:
        raise JudgedMeanwhile
    refuse_unseen(expected, found.queue_version)


def _tell(
    work: UnitOfWork, found: Reviewable, points: Mapping[str, Decimal], *, blind: bool
) -> None:
    """How well they agree; not over an answer of which the model was shown a part only."""
    if found.model is None or found.level is None or found.levels is None or found.flags:
        return
    level = sum(
        next(n for n, one in enumerate(c.levels) if one.points == points[c.key])
        for c in found.criteria
    )
    work.record(
        AnswerReviewed(
            institution_id=work.identity.institution,
            question_id=found.question_id,
            response_id=found.response_id,
            course_id=found.course_id,
            model=found.model,
            blind=blind,
            model_level=found.level,
            human_level=level,
            levels=found.levels,
        )
    )
