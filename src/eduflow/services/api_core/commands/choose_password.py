"""Choose a password: instead of the one there is, or by a link from a mail."""

from uuid import UUID

from eduflow.contracts.api_core import PasswordChanged
from eduflow.kernel.auth.onetime import Purpose
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.problems import OneTimeTokenRefused, WrongPassword


class ChangePassword(Command[None], frozen=True, kw_only=True):
    """Every other session of the person ends with it (a trigger sees to that)."""

    current_hash: str
    new_hash: str


class RedeemToken(Command[None], frozen=True, kw_only=True):
    """The token is used up, the password chosen, and every session of the person ends."""

    token: UUID
    purpose: Purpose
    new_hash: str


_CHANGE = (
    "UPDATE credentials SET password_hash = $3, changed_at = $4, kept_session = $5"
    " WHERE user_id = $1 AND password_hash = $2 AND {allowed}"
)
_USE = (
    "UPDATE one_time_tokens SET used_at = $3 WHERE id = $1 AND purpose = $2 AND used_at IS NULL"
    " AND expires_at > $3 AND user_id = $4 AND {allowed}"
)
_CHOOSE = (
    "INSERT INTO credentials (user_id, institution_id, password_hash, changed_at)"
    " SELECT u.id, u.institution_id, $2, $3 FROM users AS u"
    " WHERE u.id = $1 AND u.state = 'active' AND {allowed} ON CONFLICT (user_id) DO UPDATE"
    " SET password_hash = excluded.password_hash, changed_at = excluded.changed_at,"
    " kept_session = NULL"
)
_VOID_OTHERS = (
    "UPDATE one_time_tokens SET used_at = $2"
    " WHERE user_id = $1 AND id IS DISTINCT FROM $3::uuid AND used_at IS NULL AND {allowed}"
)


async def change_password(command: ChangePassword, work: UnitOfWork) -> None:
    who = work.identity
    work.write(
        _CHANGE,
        who.user,
        command.current_hash,
        command.new_hash,
        work.now,
        who.session,
        otherwise=WrongPassword(),
    )
    work.write(_VOID_OTHERS, who.user, work.now, None, changes=None)
    _record(work, "change")


async def redeem_token(command: RedeemToken, work: UnitOfWork) -> None:
    user = work.identity.user
    work.write(
        _USE, command.token, command.purpose, work.now, user, otherwise=OneTimeTokenRefused()
    )
    work.write(_CHOOSE, user, command.new_hash, work.now, otherwise=OneTimeTokenRefused())
    work.write(_VOID_OTHERS, user, work.now, command.token, changes=None)
    _record(work, command.purpose)


def _record(work: UnitOfWork, because: str) -> None:
    who = work.identity
    work.record(PasswordChanged(institution_id=who.institution, user_id=who.user, because=because))
