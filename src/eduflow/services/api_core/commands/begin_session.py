"""Begin a session for somebody whose password was found right."""

from datetime import datetime

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import SessionId
from eduflow.services.api_core.problems import LoginRefused


class BeginSession(Command[SessionId], frozen=True, kw_only=True):
    """Only as long as that password is the person's, and the person may log in."""

    session: SessionId
    secret_hash: bytes
    password_hash: str
    """What the password was compared with."""
    user_agent: str
    expires: datetime


# The rows are held until this is committed: whoever suspends the person or changes the password at
# this moment waits, and then finds the session.
_BEGIN = (
    "INSERT INTO login_sessions (id, user_id, institution_id, secret_hash, user_agent, created_at,"
    " used_at, expires_at) SELECT $1, u.id, u.institution_id, $3, $4, $5, $5, $6"
    " FROM users AS u JOIN credentials AS c ON c.user_id = u.id"
    " WHERE u.id = $2 AND u.state = 'active' AND c.password_hash = $7 AND {allowed} FOR SHARE"
)


async def begin_session(command: BeginSession, work: UnitOfWork) -> SessionId:
    work.write(
        _BEGIN,
        command.session,
        work.identity.user,
        command.secret_hash,
        command.user_agent,
        work.now,
        command.expires,
        command.password_hash,
        otherwise=LoginRefused(),
    )
    return command.session


class RehashPassword(Command[None], frozen=True, kw_only=True):
    """The same password, hashed at another cost; nobody has to log in again for it."""

    password_hash: str
    rehashed: str


async def rehash_password(command: RehashPassword, work: UnitOfWork) -> None:
    work.write(
        "UPDATE credentials SET password_hash = $3"
        " WHERE user_id = $1 AND password_hash = $2 AND {allowed}",
        work.identity.user,
        command.password_hash,
        command.rehashed,
        changes=None,
    )
