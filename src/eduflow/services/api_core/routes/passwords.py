"""Choosing a password over HTTP: another one, the first one, or one instead of a forgotten one."""

from litestar import Response, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.auth.middleware import PUBLIC, public
from eduflow.kernel.auth.onetime import Purpose, is_usable
from eduflow.kernel.auth.passwords import check_new_password
from eduflow.kernel.ids import SessionId, UserId
from eduflow.kernel.problems import Unauthorized
from eduflow.kernel.web import Input, View, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.choose_password import ChangePassword, RedeemToken
from eduflow.services.api_core.commands.send_link import AskForReset, InviteUser
from eduflow.services.api_core.ids import InvitationId
from eduflow.services.api_core.login.desk import NOBODY, LoginDesk
from eduflow.services.api_core.problems import OneTimeTokenRefused, WrongPassword
from eduflow.services.api_core.routes.logins import Email, Password, Token

_SELDOM = {PUBLIC: True, "rate": "login"}


class PasswordChange(Input, kw_only=True):
    """Both, so that a screen left open is not enough."""

    current_password: Password
    new_password: Password


class NewInvitation(Input, kw_only=True):
    """Who is invited; the mail goes to their address."""

    user_id: UserId


class Invited(View, kw_only=True):
    """The invitation that was sent."""

    id: InvitationId


class Redemption(Input, kw_only=True):
    """What the link in the mail carried, and the password from now on."""

    token: Token
    password: Password


class ResetRequest(Input, kw_only=True):
    """Whose password was forgotten; without an institution, all accounts of the e-mail."""

    email: Email
    institution: Word | None = None


class ResetRequested(View, kw_only=True):
    """The same for everybody."""

    message: str = "If this e-mail has an account, a link to choose another password is on its way."


@put("/auth/password", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def change(
    data: JSONBody[PasswordChange],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
    identity: NamedDependency[Identity],
) -> None:
    """Choose another password. Every other session of yours ends; this one goes on."""
    desk = resources
    account = await desk.looks.account(identity.user)
    if account is None:
        raise Unauthorized
    # Whoever holds a stolen token guesses as slowly as at the door. The session stands for the
    # device, so that its guesses are not the owner's.
    await desk.throttle.before(account.email, address="", device=identity.session)
    stored = account.password_hash
    if not await desk.passwords.verify(data.current_password, stored) or stored is None:
        pointer = {"pointer": "/current_password", "message": WrongPassword.title}
        raise WrongPassword(errors=[pointer])
    check_new_password(data.new_password, email=account.email, pointer="/new_password")
    new = await desk.passwords.hash(data.new_password)
    command = ChangePassword(current_hash=stored, new_hash=new)
    await commands.receipt(command, secret=True)


@post("/auth/invitations", status_code=HTTP_202_ACCEPTED, guards=[may("user:write")])
async def invite(
    data: JSONBody[NewInvitation], commands: NamedDependency[BoundCommands]
) -> Invited:
    """Mail somebody a link to choose their first password. An older link of theirs is void."""
    return Invited(id=InvitationId(await commands.execute(InviteUser(user=data.user_id))))


@post("/auth/invitations/accept", status_code=HTTP_204_NO_CONTENT, opt=public)
async def accept(
    data: JSONBody[Redemption],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
) -> None:
    """Choose the first password, with the token from the mail; then log in with it."""
    await _redeem(data, "invitation", desk=resources, commands=commands)


@post("/auth/password-reset", status_code=HTTP_202_ACCEPTED, opt=_SELDOM)
async def ask_for_reset(
    data: JSONBody[ResetRequest], commands: NamedDependency[BoundCommands]
) -> Response[ResetRequested]:
    """Have a link mailed to choose another password. Says and costs the same for every address."""
    command = AskForReset(email=data.email.lower(), institution=data.institution)
    await commands.receipt(command, secret=True, access=NOBODY)
    return Response(ResetRequested())


@post("/auth/password-reset/confirm", status_code=HTTP_204_NO_CONTENT, opt=public)
async def confirm_reset(
    data: JSONBody[Redemption],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
) -> None:
    """Choose another password, with the token from the mail. Every session of yours ends."""
    email = await _redeem(data, "password-reset", desk=resources, commands=commands)
    await resources.throttle.right(email, device=None)


async def _redeem(
    data: Redemption, purpose: Purpose, *, desk: LoginDesk, commands: BoundCommands
) -> str:
    row = desk.one_time_tokens.read(data.token, purpose)
    promised = row and await desk.looks.promised(row)
    now = desk.clock()
    if not promised or not is_usable(expires=promised.expires_at, used=promised.used_at, now=now):
        raise OneTimeTokenRefused
    check_new_password(data.password, email=promised.email)
    new = await desk.passwords.hash(data.password)
    command = RedeemToken(token=promised.id, purpose=purpose, new_hash=new)
    # No session of theirs yet: the token's own id stands in its place.
    identity = Identity(
        promised.user_id, promised.institution_id, SessionId(promised.id), promised.expires_at
    )
    await commands.receipt(command, secret=True, access=Access(identity, ""))
    return promised.email
