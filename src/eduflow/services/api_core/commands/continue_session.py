"""Go on with a session: a refresh token is used, and its successor takes its place."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import SessionRevoked
from eduflow.kernel.auth.refresh import Decision, Family, Presented, decide
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import SessionId


class ContinueSession(Command[str], frozen=True, kw_only=True):
    """Answers with a `Decision`'s value. Any number of equal ones at once make one successor."""

    session: SessionId
    presented_hash: bytes
    successor_hash: bytes


class _Stored(msgspec.Struct):
    secret_hash: bytes
    previous_hash: bytes | None
    rotated_at: datetime | None
    expires_at: datetime
    revoked: bool


_LOOK = (
    "SELECT encode(s.secret_hash, 'base64') AS secret_hash,"
    " encode(s.previous_hash, 'base64') AS previous_hash, s.rotated_at, s.expires_at,"
    " s.revoked_at IS NOT NULL AS revoked"
    " FROM login_sessions AS s JOIN users AS u ON u.id = s.user_id"
    " WHERE s.id = $1 AND s.user_id = $2 AND u.state = 'active'"
)
# Two requests that present the same token meet at this row; the second decides again.
_ROTATE = (
    "UPDATE login_sessions SET secret_hash = $3, previous_hash = secret_hash, rotated_at = $4,"
    " used_at = $4, generation = generation + 1"
    " WHERE id = $1 AND secret_hash = $2 AND revoked_at IS NULL AND {allowed}"
)
_REVOKE = (
    "UPDATE login_sessions SET revoked_at = clock_timestamp(), revoked_because = 'reuse'"
    " WHERE id = $1 AND revoked_at IS NULL AND {allowed}"
)


async def continue_session(command: ContinueSession, work: UnitOfWork) -> str:
    who = work.identity
    row = await work.look_one(_LOOK, command.session, who.user, into=_Stored)
    family = UUID(str(command.session))
    decision = decide(
        _family(family, row) if row else None,
        Presented(family, b""),
        hashed=command.presented_hash,
        now=work.now,
    )
    if decision is Decision.ROTATE:
        work.write(
            _ROTATE, command.session, command.presented_hash, command.successor_hash, work.now
        )
    elif decision is Decision.REUSE:
        work.write(_REVOKE, command.session)
        work.record(
            SessionRevoked(
                institution_id=who.institution,
                user_id=who.user,
                session_id=command.session,
                because="reuse",
            )
        )
    return decision.value


def _family(family: UUID, row: _Stored) -> Family:
    return Family(
        family=family,
        current=row.secret_hash,
        previous=row.previous_hash,
        rotated=row.rotated_at,
        expires=row.expires_at,
        revoked=row.revoked,
    )
