"""Promise somebody a link by mail: to join, or to choose another password."""

from datetime import timedelta
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import InvitationSent
from eduflow.kernel.auth.onetime import LIFETIMES, Purpose
from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import InstitutionId, UserId, new_id
from eduflow.kernel.jobs import Held
from eduflow.kernel.mail import SEND_MAIL
from eduflow.services.api_core.problems import HasPassword, NoSuchPerson

FIND_RESET = "find_password_reset"
_TRIES = 10
_RECENT: dict[Purpose, timedelta] = {
    "invitation": timedelta(),
    "password-reset": timedelta(minutes=5),
}


class InviteUser(Command[UUID], frozen=True, kw_only=True):
    """Answers with the invitation's id. A newer one voids the older."""

    user: UserId


class AskForReset(Command[None], frozen=True, kw_only=True):
    """Looks at nothing, so that it takes as long for a stranger's address as for a person's."""

    email: str
    institution: str | None


class SendResets(Command[int], frozen=True, kw_only=True):
    """The rest of it, in a worker: answers how many accounts are sent a link."""

    held: Held
    email: str
    institution: str | None


class _Invited(msgspec.Struct):
    has_password: bool


class _Account(msgspec.Struct):
    user_id: UserId
    institution_id: InstitutionId


_INVITED = (
    "SELECT c.user_id IS NOT NULL AS has_password FROM users AS u"
    " LEFT JOIN credentials AS c ON c.user_id = u.id WHERE u.id = $1 AND u.state = 'active'"
)
_PROMISE = (
    "INSERT INTO one_time_tokens (id, user_id, institution_id, purpose, created_at, expires_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_VOID_OLDER = (
    "UPDATE one_time_tokens SET used_at = $3"
    " WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL AND created_at <= $4 AND {allowed}"
)
# Whoever got a link within the last minutes needs no other, however often one is asked for.
_ACCOUNTS = (
    "SELECT u.id AS user_id, u.institution_id FROM users AS u"
    " JOIN institutions AS i ON i.id = u.institution_id"
    " WHERE u.email = lower($1) AND u.state = 'active' AND ($2::text IS NULL OR i.slug = $2)"
    " AND NOT EXISTS (SELECT FROM one_time_tokens AS t WHERE t.user_id = u.id"
    " AND t.purpose = 'password-reset' AND t.used_at IS NULL"
    " AND t.created_at > $3) LIMIT 20"
)


async def invite_user(command: InviteUser, work: UnitOfWork) -> UUID:
    found = await work.look_one(_INVITED, command.user, into=_Invited)
    if found is None:
        raise NoSuchPerson(user_id=command.user)
    if found.has_password:
        raise HasPassword(user_id=command.user)
    institution = work.identity.institution
    row = _promise(work, command.user, institution, purpose="invitation")
    work.record(InvitationSent(institution_id=institution, user_id=command.user, invitation_id=row))
    return row


async def ask_for_reset(command: AskForReset, work: UnitOfWork) -> None:
    arguments = {"email": command.email, "institution": command.institution}
    work.enqueue(Enqueue(FIND_RESET, arguments))


async def send_resets(command: SendResets, work: UnitOfWork) -> int:
    accounts = await work.look(
        _ACCOUNTS,
        command.email,
        command.institution,
        work.now - _RECENT["password-reset"],
        into=_Account,
    )
    for account in accounts:
        _promise(work, account.user_id, account.institution_id, purpose="password-reset")
    command.held.finish_in(work)
    return len(accounts)


def _promise(
    work: UnitOfWork, user: UserId, institution: InstitutionId, *, purpose: Purpose
) -> UUID:
    row = new_id()
    expires = work.now + LIFETIMES[purpose]
    # A recent one is left alone: whoever promised it a moment ago is met at the index of open
    # links, and this is decided again.
    work.write(_VOID_OLDER, user, purpose, work.now, work.now - _RECENT[purpose], changes=None)
    work.write(_PROMISE, row, user, institution, purpose, work.now, expires)
    work.enqueue(Enqueue(SEND_MAIL, {"one_time_token": str(row)}, max_attempts=_TRIES))
    return row
