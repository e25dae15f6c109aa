"""Say how a test is given: when, how long, how often, and what is shown of it afterwards."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_problems import ClosesBeforeOpening, PolicyCounts
from eduflow.services.assessment.commands.assessment_rows import (
    COLUMNS,
    TABLES,
    Known,
    still_open,
    tell,
)
from eduflow.services.assessment.commands.scoring_rows import (
    ScoringSets,
    policy_of,
    write_scoring,
)
from eduflow.services.assessment.form_views import Policy, Review
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.model.exact import exact
from eduflow.services.assessment.model.reviewing import Phases, usual_review
from eduflow.services.assessment.model.scoring_policy import COUNTED
from eduflow.services.assessment.stored import as_json


class SetPolicy(Command[Policy], frozen=True, kw_only=True):
    """All of it anew. Without a `review` it is the usual one of the behaviour."""

    assessment: AssessmentId
    expected: int
    opens_at: datetime | None
    closes_at: datetime | None
    time_limit: int | None
    grace: int
    attempts: int | None
    overdue: str
    behaviour: str
    attempt_counts: str
    late_penalty: float
    reading: str
    release: str
    review: Phases | None
    appeal_days: int | None = None


class _Seen(Known, kw_only=True):
    key_set: dict[UUID, int] | None
    rubric_set: dict[UUID, UUID] | None
    points_set: dict[UUID, list[Decimal]] | None


_LOOK = (
    f"SELECT {COLUMNS}, g.key_set, g.rubric_set, g.points_set FROM {TABLES}"
    " LEFT JOIN scoring_versions AS g ON g.assessment_id = a.id AND g.number = a.scoring_number"
    " WHERE a.id = $1"
)
_UPDATE = (
    "UPDATE delivery_policies SET opens_at = $3, closes_at = $4, time_limit = $5, grace = $6,"
    " attempts = $7, overdue = $8, behaviour = $9, attempt_counts = $10, late_penalty = $11,"
    " reading = $12, release = $13, appeal_days = $14, points_told = $15, version = version + 1"
    " WHERE assessment_id = $1 AND version = $2 AND {allowed}"
)
_REVIEW = (
    "UPDATE review_policies AS p SET shows = r.shows FROM jsonb_to_recordset($2::text::jsonb)"
    " AS r(phase text, shows text[]) WHERE p.assessment_id = $1 AND p.phase = r.phase"
    " AND {allowed}"
)
# Whoever begins an attempt at this moment must meet whoever changes what it is worth.
_COUNT = (
    "UPDATE assessments SET scoring_number = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
    " AND NOT EXISTS (SELECT FROM attempts AS t WHERE t.assessment_id = $1)"
)


async def set_policy(command: SetPolicy, work: UnitOfWork) -> Policy:
    seen = still_open(await work.look_one(_LOOK, command.assessment, into=_Seen), expected=None)
    refuse_unseen(command.expected, seen.policy_version)
    if command.opens_at and command.closes_at and command.closes_at <= command.opens_at:
        raise ClosesBeforeOpening
    penalty = exact(command.late_penalty)
    counted = {
        "behaviour": command.behaviour,
        "attempt_counts": command.attempt_counts,
        "late_penalty": penalty,
    }
    other = [name for name in COUNTED if counted[name] != getattr(seen, name)]
    after = msgspec.structs.replace(
        seen, opens_at=command.opens_at, closes_at=command.closes_at, **counted
    )
    if seen.state == "published" and other:
        if seen.attempted:
            raise PolicyCounts(fields=other)
        after.scoring_number += 1
        work.write(_COUNT, seen.id, seen.version, after.scoring_number)
        sets = ScoringSets(
            keys=seen.key_set or {},
            rubrics=seen.rubric_set or {},
            points=seen.points_set or {},
            policy=policy_of(after),
        )
        write_scoring(work, seen.id, number=after.scoring_number, cause="policy", sets=sets)
    review = command.review or usual_review(command.behaviour)
    after.points_told = _are_points_shown(command, review, now=work.now)
    _write(
        work,
        command,
        version=seen.policy_version,
        review=review,
        points_told=after.points_told,
    )
    if seen.state == "published":
        tell(work, after)
    return Policy(
        **{
            name: getattr(command, name)
            for name in Policy.__struct_fields__
            if name not in {"assessment_id", "late_penalty", "review", "version"}
        },
        assessment_id=seen.id,
        late_penalty=float(penalty),
        review=msgspec.convert(review, type=Review, from_attributes=True),
        version=seen.policy_version + 1,
    )


def _are_points_shown(command: SetPolicy, review: Phases, *, now: datetime) -> bool:
    """From now on; that a test closes to the last of them later is told then."""
    is_closed = command.closes_at is not None and command.closes_at <= now
    return "points" in (review.after_close if is_closed else review.while_open)


def _write(
    work: UnitOfWork, command: SetPolicy, *, version: int, review: Phases, points_told: bool
) -> None:
    work.write(
        _UPDATE,
        command.assessment,
        version,
        command.opens_at,
        command.closes_at,
        command.time_limit,
        command.grace,
        command.attempts,
        command.overdue,
        command.behaviour,
        command.attempt_counts,
        exact(command.late_penalty),
        command.reading,
        command.release,
        command.appeal_days,
        points_told,
    )
    phases = msgspec.structs.asdict(review)
    rows = [{"phase": phase, "shows": shows} for phase, shows in phases.items()]
    work.write(_REVIEW, command.assessment, as_json(rows), changes=len(rows))
