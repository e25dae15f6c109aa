"""What follows when answers of an attempt have been judged: its score, its release, its receipt.

Whoever judges (handing in, a person, a model, an appeal, a regrade) hands in what was judged; the
score is folded here from all tries, in their order, so that it cannot depend on who came last.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import ItemsScored, JudgedItem, ResultReleased
from eduflow.kernel.commands import UnitOfWork
from eduflow.services.assessment.commands.facts import FACTS, FACTS_FROM, Facts, Scoring
from eduflow.services.assessment.model.marking import (
    Counted,
    MarkedTry,
    Marks,
    counts_of,
    marks_of,
)
from eduflow.services.assessment.model.receipts import (
    Link,
    NewReceipt,
    Told,
    digest_of_asked,
    receipt_after,
)

__all__ = ["FACTS", "FACTS_FROM", "Facts", "Scoring", "Settled", "settle"]
_SETTLE = (
    "UPDATE attempts SET score = $3, points = $4, unjudged = $5, released_at = $6,"
    " scoring_number = $7, state = $8, submitted_at = $9, late = $10, version = version + 1"
    # The lock meets whoever publishes a regrade: what was decided by the scoring version before is
    # not written once another counts, but decided again.
    " WHERE id = $1 AND version = $2 AND EXISTS (SELECT FROM assessments AS a"
    " WHERE a.id = attempts.assessment_id AND a.scoring_number = $7 FOR SHARE) AND {allowed}"
)
_RECEIPT = (
    "INSERT INTO grade_receipts (attempt_id, number, institution_id, scoring_version_id, score,"
    " points, links, digest, previous, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10 WHERE {allowed}"
    # Of two who settle at once the second looks again.
    " ON CONFLICT DO NOTHING"
)
_TOLD = (
    "INSERT INTO attempt_events (attempt_id, institution_id, kind, question_id, payload, at)"
    " SELECT $1, $2, u.kind, u.question, u.payload::jsonb, $3 FROM unnest($4::text[], $5::uuid[],"
    " $6::text[]) WITH ORDINALITY AS u(kind, question, payload, place) WHERE {allowed}"
    " ORDER BY u.place"
)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What the attempt is worth now."""

    marks: Marks
    released_at: datetime | None


def settle(
    work: UnitOfWork,
    facts: Facts,
    *,
    judged: Sequence[UUID],
    release: bool = False,
) -> Settled:
    """Write the attempt's score and say what was judged; release it where it is final.

    `facts.tries` are all tries as they are judged now; `judged` are those that were judged by this
    command. `release`: a person lets it go. The attempt's row is changed here and nowhere else in
    the command, since a statement changes a row once: its state is set to what `facts` say.
    """
    marks = marks_of(
        facts.items,
        facts.tries,
        facts.scoring.policy,
        late=facts.late,
        points=facts.scoring.points_set,
    )
    final = marks.unjudged == 0
    leaves = final and (release or facts.release == "when_final" or facts.released_at is not None)
    released_at = work.now if leaves else None
    if judged:
        work.record(items_scored(work, facts, marks, judged=frozenset(judged)))
    _tell(work, facts, marks, judged=frozenset(judged), released=leaves)
    score = (marks.score, marks.points, marks.unjudged, released_at, facts.scoring.number)
    state = (facts.state, facts.submitted_at, facts.late)
    work.write(_SETTLE, facts.id, facts.version, *score, *state)
    if leaves:
        _release(work, facts, marks)
    return Settled(marks=marks, released_at=released_at)


def _tell(
    work: UnitOfWork, facts: Facts, marks: Marks, *, judged: frozenset[UUID], released: bool
) -> None:
    """What whoever watches the attempt is told, item by item."""
    told: list[tuple[str, UUID | None, dict[str, Any]]] = [
        ("judged", one.question_id, {"method": one.method})
        for one in facts.tries
        if one.response_id in judged
    ]
    if released:
        items = {str(question): float(earned) for question, earned in marks.earned.items()}
        worth = {"score": float(marks.score), "points": float(marks.points), "items": items}
        told.append(("released", None, worth))
    if not told:
        return
    work.write(
        _TOLD,
        facts.id,
        work.identity.institution,
        work.now,
        [kind for kind, _, _ in told],
        [question for _, question, _ in told],
        [msgspec.json.encode(payload).decode() for _, _, payload in told],
        changes=len(told),
    )


def items_scored(
    work: UnitOfWork, facts: Facts, marks: Marks, *, judged: frozenset[UUID]
) -> ItemsScored:
    """What is said of the answers that were judged."""
    items = tuple(
        JudgedItem(
            response_id=one.response_id,
            question_id=one.question_id,
            question_version_id=one.question_version_id,
            fraction=one.fraction,
            earned=marks.earned[one.question_id],
            points=marks.possible[one.question_id],
            seconds=one.seconds,
            chosen=one.chosen,
            method=one.method or "key",
        )
        for one in facts.tries
        if one.response_id in judged and one.fraction is not None
    )
    return ItemsScored(
        institution_id=work.identity.institution,
        attempt_id=facts.id,
        assessment_id=facts.assessment_id,
        course_id=facts.course_id,
        user_id=facts.user_id,
        scoring_number=facts.scoring.number,
        items=items,
        score=marks.score,
        points=marks.points,
        unjudged=marks.unjudged,
    )


def _release(work: UnitOfWork, facts: Facts, marks: Marks) -> None:
    receipt = receipt_of(work, facts, marks)
    work.write(
        _RECEIPT,
        facts.id,
        receipt.number,
        work.identity.institution,
        facts.scoring.id,
        marks.score,
        marks.points,
        msgspec.json.encode(receipt.links).decode(),
        bytes.fromhex(receipt.digest),
        bytes.fromhex(receipt.previous),
        work.now,
    )
    this = Counted(number=facts.number, score=marks.score, points=marks.points)
    others = [Counted(number=o.number, score=o.score, points=o.points) for o in facts.others]
    counts = counts_of([*others, this], facts.scoring.policy)
    work.record(result_released(work, facts, marks, counts=counts))


def receipt_of(work: UnitOfWork, facts: Facts, marks: Marks) -> NewReceipt:
    """What the release of these marks rests on."""
    told = Told(
        attempt=facts.id,
        user=facts.user_id,
        number=facts.number,
        submitted_at=facts.submitted_at,
        late=facts.late,
        asked=digest_of_asked(facts.items),
        scoring=facts.scoring.id,
        scored_by=facts.scoring.digest,
        score=marks.score,
        points=marks.points,
        at=work.now,
    )
    return receipt_after(facts.receipt, told, links=[link_of(one) for one in facts.tries])


def result_released(
    work: UnitOfWork, facts: Facts, marks: Marks, *, counts: Counted
) -> ResultReleased:
    """What is said of a score that is the student's to see."""
    return ResultReleased(
        institution_id=work.identity.institution,
        attempt_id=facts.id,
        assessment_id=facts.assessment_id,
        course_id=facts.course_id,
        user_id=facts.user_id,
        number=facts.number,
        scoring_number=facts.scoring.number,
        score=marks.score,
        points=marks.points,
        counts=counts.score,
        counts_points=counts.points,
        submitted_at=facts.submitted_at or work.now,
        late=facts.late,
    )


def link_of(one: MarkedTry) -> Link:
    """One answer, as the receipt cites it."""
    rests_on: dict[str, Any] = {k: v for k, v in one.rests_on.items() if v is not None}
    return Link(
        response=one.sha256,
        question_version=one.question_version_id,
        fraction=one.fraction if one.fraction is not None else Decimal(0),
        method=one.method or "key",
        rests_on={k: str(v) for k, v in rests_on.items()},
    )
