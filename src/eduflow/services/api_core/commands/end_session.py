"""End a session of one's own: by logging out, or from the list of all of them."""

import msgspec

from eduflow.contracts.api_core import SessionRevoked
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import SessionId
from eduflow.kernel.problems import NotFound


class EndSession(Command[SessionId], frozen=True, kw_only=True):
    """Ending it twice is the same as once."""

    session: SessionId


class _Session(msgspec.Struct):
    revoked: bool


_LOOK = (
    "SELECT revoked_at IS NOT NULL AS revoked FROM login_sessions WHERE id = $1 AND user_id = $2"
)
_END = (
    "UPDATE login_sessions SET revoked_at = clock_timestamp(), revoked_because = 'logout'"
    " WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND {allowed}"
)


async def end_session(command: EndSession, work: UnitOfWork) -> SessionId:
    who = work.identity
    found = await work.look_one(_LOOK, command.session, who.user, into=_Session)
    if found is None:
        raise NotFound
    if not found.revoked:
        work.write(_END, command.session, who.user)
        work.record(
            SessionRevoked(
                institution_id=who.institution,
                user_id=who.user,
                session_id=command.session,
                because="logout",
            )
        )
    return command.session
