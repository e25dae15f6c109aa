"""A second grader decides an appeal, and the answer is judged by what they say."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AppealDecided
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import View
from eduflow.services.assessment.commands.award_rows import worth
from eduflow.services.assessment.commands.judged_rows import CRITERIA
from eduflow.services.assessment.commands.settling import FACTS, FACTS_FROM, Facts, settle
from eduflow.services.assessment.ids import AppealId
from eduflow.services.assessment.model.marking import MarkedTry
from eduflow.services.assessment.reading.asking import Criterion
from eduflow.services.assessment.replay_problems import (
    AppealEnded,
    AppealTaken,
    FirstReviewer,
)
from eduflow.services.assessment.under_appeal import KNOWING


class Decided(View, kw_only=True):
    """What became of an appeal."""

    id: AppealId
    outcome: str
    """`raised`, `lowered` or `upheld`: only now is the grader told how it compares."""
    fraction: float
    at: datetime


class DecideAppeal(Command[Decided], frozen=True, kw_only=True):
    """By points for every criterion of the rubric or, where there is none, by a share."""

    appeal: AppealId
    points: dict[str, Decimal] | None
    fraction: Decimal | None
    reason: str
    saw_scores: bool = False
    """What the grader declares: that they had learnt elsewhere what it, or its attempt, had got."""


class _Found(Facts, frozen=True, kw_only=True):
    appeal_state: str
    appeal_version: int
    appellant: UUID
    claimed_by: UUID | None
    response_id: UUID
    reviewers: list[UUID]
    rubric_id: UUID | None
    rubric: str | None
    criteria: tuple[Criterion, ...]


_LOOK = (
    f"SELECT {FACTS}, q.state AS appeal_state, q.version AS appeal_version, q.user_id AS appellant,"
    f" q.claimed_by, q.response_id, {KNOWING} AS reviewers, w.id AS rubric_id,"
    f" encode(w.sha256, 'hex') AS rubric, {CRITERIA.format(rubric='w.id')} FROM {FACTS_FROM}"
    " JOIN appeals AS q ON q.attempt_id = t.id JOIN responses AS r ON r.id = q.response_id"
    " LEFT JOIN scoring_rubric_versions AS w ON w.id = (n.rubric_set ->> r.question_id::text)::uuid"
    " WHERE q.id = $1"
)
_REVIEW = (
    "INSERT INTO human_reviews (id, institution_id, response_id, scoring_version_id,"
    " rubric_version_id, grader_id, awarded, fraction, blind, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10 WHERE {allowed}"
)
_SCORE = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, parts, method, source_id, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7::numeric, $7::numeric = 1, $8::text::jsonb, 'human', $9,"
    " $10 WHERE {allowed}"
)
_DECISION = (
    "INSERT INTO appeal_decisions (appeal_id, institution_id, grader_id, saw_scores, outcome,"
    " fraction, reason, at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)
_DECIDED = (
    "UPDATE appeals SET state = 'decided', version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def decide_appeal(command: DecideAppeal, work: UnitOfWork) -> Decided:
    found = await work.look_one(_LOOK, command.appeal, into=_Found)
    if found is None:
        raise NotFound(kind="appeal")
    _refuse_others(found, work.identity.user)
    points, parts, fraction = worth(
        found.criteria, points=command.points, fraction=command.fraction
    )
    before = next(one for one in found.tries if one.response_id == found.response_id)
    review = new_id()
    after = msgspec.structs.replace(
        before,
        fraction=fraction,
        correct=fraction == 1,
        method="human",
        revision=before.revision + 1,
        rests_on={"rubric": found.rubric, "reviewer": str(work.identity.user)},
    )
    outcome = _outcome(before.fraction, fraction)
    blind = not command.saw_scores
    _write(found, work, review=review, after=after, given=(points, parts), blind=blind)
    who = (work.identity.institution, work.identity.user)
    told = (command.saw_scores, outcome, fraction, command.reason, work.now)
    work.write(_DECISION, command.appeal, *who, *told)
    work.write(_DECIDED, command.appeal, found.appeal_version)
    work.record(
        AppealDecided(
            institution_id=who[0],
            attempt_id=found.id,
            appeal_id=command.appeal,
            response_id=found.response_id,
            assessment_id=found.assessment_id,
            course_id=found.course_id,
            user_id=found.user_id,
            outcome=outcome,
        )
    )
    tries = [after if one is before else one for one in found.tries]
    settle(work, msgspec.structs.replace(found, tries=tries), judged=[found.response_id])
    return Decided(id=command.appeal, outcome=outcome, fraction=float(fraction), at=work.now)


def _refuse_others(found: _Found, who: UUID) -> None:
    if found.appeal_state not in ("open", "claimed"):
        raise AppealEnded(state=found.appeal_state)
    if who in found.reviewers or who == found.appellant:
        raise FirstReviewer
    if found.appeal_state != "claimed" or found.claimed_by != who:
        raise AppealTaken


def _outcome(before: Decimal | None, after: Decimal) -> str:
    was = before or Decimal(0)
    if after == was:
        return "upheld"
    return "raised" if after > was else "lowered"


def _write(
    found: _Found,
    work: UnitOfWork,
    *,
    review: UUID,
    after: MarkedTry,
    given: tuple[dict[str, Decimal], dict[str, Decimal]],
    blind: bool,
) -> None:
    institution = work.identity.institution
    points, parts = given
    awarded = msgspec.json.Encoder(decimal_format="number").encode(points)
    work.write(
        _REVIEW,
        review,
        institution,
        found.response_id,
        found.scoring.id,
        found.rubric_id,
        work.identity.user,
        awarded.decode(),
        after.fraction,
        blind,
        work.now,
    )
    work.write(
        _SCORE,
        found.response_id,
        found.scoring.id,
        after.revision,
        institution,
        found.id,
        after.question_id,
        after.fraction,
        msgspec.json.encode(parts).decode(),
        review,
        work.now,
    )
