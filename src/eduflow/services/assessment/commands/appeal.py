"""Appeals until they are decided: raised, withdrawn, taken in hand."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.contracts.assessment import AppealRaised
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.appeal_views import OwnAppeal
from eduflow.services.assessment.commands.start_attempt import HAPPENED
from eduflow.services.assessment.ids import AppealId, ResponseId
from eduflow.services.assessment.replay_problems import (
    AppealEnded,
    AppealTaken,
    AppealTooLate,
    FirstReviewer,
    NotReleased,
)
from eduflow.services.assessment.under_appeal import KNOWING


class RaiseAppeal(Command[OwnAppeal], frozen=True, kw_only=True):
    """Ask that an answer be judged again, by somebody who has not seen what it got."""

    response: ResponseId
    claim: str


class WithdrawAppeal(Command[OwnAppeal], frozen=True, kw_only=True):
    """Take it back; the answer stays as it is judged."""

    appeal: AppealId


class ClaimAppeal(Command[int], frozen=True, kw_only=True):
    """Take it in hand, which keeps others off it; gives its version. Twice is once."""

    appeal: AppealId


class _Released(msgspec.Struct):
    course_id: UUID
    assessment_id: UUID
    attempt_id: UUID
    question_id: UUID
    user_id: UUID
    released_at: datetime | None
    appeal_days: int | None


class _Appeal(msgspec.Struct):
    response_id: ResponseId
    claim: str
    state: str
    user_id: UUID
    claimed_by: UUID | None
    asked_at: datetime
    version: int
    reviewers: list[UUID]


_LOOK = (
    "SELECT t.course_id, t.assessment_id, t.id AS attempt_id, r.question_id, t.user_id,"
    " t.released_at, p.appeal_days FROM responses AS r JOIN attempts AS t ON t.id = r.attempt_id"
    " JOIN delivery_policies AS p ON p.assessment_id = t.assessment_id WHERE r.id = $1"
)
_RAISE = (
    "INSERT INTO appeals (id, institution_id, course_id, assessment_id, attempt_id, response_id,"
    " user_id, claim, asked_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE {allowed}"
)
_LOOK_APPEAL = (
    "SELECT q.response_id, q.claim, q.state, q.user_id, q.claimed_by, q.asked_at, q.version,"
    f" {KNOWING} AS reviewers FROM appeals AS q WHERE q.id = $1"
)
_TURN = (
    "UPDATE appeals SET state = $3, claimed_by = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def raise_appeal(command: RaiseAppeal, work: UnitOfWork) -> OwnAppeal:
    who = work.identity
    found = await work.look_one(_LOOK, command.response, into=_Released)
    if found is None:
        raise NotFound(kind="response")
    _refuse_late(found, now=work.now)
    appeal = AppealId(new_id())
    place = (found.course_id, found.assessment_id, found.attempt_id, command.response)
    work.write(_RAISE, appeal, who.institution, *place, found.user_id, command.claim, work.now)
    about = (found.attempt_id, who.institution, "appealed", found.question_id)
    work.write(HAPPENED, *about, "{}", work.now)
    work.record(
        AppealRaised(
            institution_id=who.institution,
            attempt_id=found.attempt_id,
            appeal_id=appeal,
            response_id=command.response,
            assessment_id=found.assessment_id,
            course_id=found.course_id,
            user_id=found.user_id,
        )
    )
    return OwnAppeal(
        id=appeal,
        response_id=command.response,
        claim=command.claim,
        state="open",
        asked_at=work.now,
        version=1,
    )


def _refuse_late(found: _Released, *, now: datetime) -> None:
    if found.released_at is None:
        raise NotReleased
    if found.appeal_days is not None:
        until = found.released_at + timedelta(days=found.appeal_days)
        if now >= until:
            raise AppealTooLate(until=until)


async def withdraw_appeal(command: WithdrawAppeal, work: UnitOfWork) -> OwnAppeal:
    found = await _found(command.appeal, work)
    if found.state not in ("open", "claimed"):
        raise AppealEnded(state=found.state)
    work.write(_TURN, command.appeal, found.version, "withdrawn", found.claimed_by)
    return OwnAppeal(
        id=command.appeal,
        response_id=found.response_id,
        claim=found.claim,
        state="withdrawn",
        asked_at=found.asked_at,
        version=found.version + 1,
    )


async def claim_appeal(command: ClaimAppeal, work: UnitOfWork) -> int:
    found = await _found(command.appeal, work)
    who = work.identity.user
    if found.state not in ("open", "claimed"):
        raise AppealEnded(state=found.state)
    if who in found.reviewers or who == found.user_id:
        raise FirstReviewer
    if found.claimed_by is not None and found.state == "claimed":
        if found.claimed_by != who:
            raise AppealTaken
        return found.version
    work.write(_TURN, command.appeal, found.version, "claimed", who)
    return found.version + 1


async def _found(wanted: AppealId, work: UnitOfWork) -> _Appeal:
    found = await work.look_one(_LOOK_APPEAL, wanted, into=_Appeal)
    if found is None:
        raise NotFound(kind="appeal")
    return found
