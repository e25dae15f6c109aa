"""Logging in and out over HTTP."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.auth.middleware import PUBLIC
from eduflow.kernel.auth.refresh import Decision, Issued
from eduflow.kernel.ids import InstitutionId, SessionId, UserId, new_id
from eduflow.kernel.web import Input, View, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.begin_session import BeginSession, RehashPassword
from eduflow.services.api_core.commands.continue_session import ContinueSession
from eduflow.services.api_core.commands.end_session import EndSession
from eduflow.services.api_core.login.desk import LoginDesk
from eduflow.services.api_core.login.devices import COOKIE
from eduflow.services.api_core.login.looks import Candidate
from eduflow.services.api_core.problems import InstitutionNeeded, LoginRefused, RefreshRefused

Email = Annotated[
    str, msgspec.Meta(min_length=3, max_length=254, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$")
]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
# The throttle counts wrong passwords by account and address, and the hashing pool is bounded: a
# whole school behind one address may log in at nine o'clock.
OFTEN = {PUBLIC: True, "rate": "read"}


class Login(Input, kw_only=True):
    """Who one is. `device_token` came with an earlier login; browsers have it as a cookie."""

    email: Email
    password: Password
    institution: Word | None = None
    """Short name; needed only where one e-mail has several accounts with this password."""
    device_token: Token | None = None


class Refresh(Input, kw_only=True):
    """The token that came with the last answer."""

    refresh_token: Token


class Tokens(View, kw_only=True):
    """`access_token` goes into `Authorization: Bearer`; `refresh_token` gives the next pair."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 (its kind)


class LoggedIn(Tokens, kw_only=True):
    """`device_token` makes this device known: send it with the next login, from here only."""

    device_token: str


@post("/auth/login", status_code=HTTP_200_OK, opt=OFTEN)
async def login(
    data: JSONBody[Login],
    request: Request[Any, Any, Any],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
) -> Response[LoggedIn]:
    """Exchange e-mail and password for tokens; an unknown e-mail is refused as a wrong password."""
    desk = resources
    email = data.email.lower()
    candidates = await desk.looks.candidates(email, data.institution)
    now = desk.clock()
    sent = desk.devices.sent(data.device_token, request.cookies.get(COOKIE))
    known = desk.devices.recognise(sent, [c.user_id for c in candidates], now=now)
    device = known[1] if known else None
    address = desk.address(request)
    await desk.throttle.before(email, address=address, device=device)
    right = await _right(desk, data.password, candidates)
    if not right:
        await desk.throttle.wrong(address=address)
        raise LoginRefused
    await desk.throttle.right(email, device=device)
    if len(right) > 1:
        raise InstitutionNeeded(institutions=[c.institution for c in right])
    who, stored = right[0], right[0].password_hash or ""
    family = new_id()
    issued = desk.refresh_tokens.begin(family)
    session = SessionId(family)
    access = _access(who.user_id, who.institution_id, session, desk)
    begin = BeginSession(
        session=session,
        secret_hash=issued.hash,
        password_hash=stored,
        user_agent=desk.user_agent(request),
        expires=now + timedelta(days=desk.settings.refresh_token_days),
    )
    await commands.receipt(begin, secret=True, access=access)
    if desk.passwords.needs_rehash(stored):
        again = await desk.passwords.hash(data.password)
        rehash = RehashPassword(password_hash=stored, rehashed=again)
        await commands.receipt(rehash, secret=True, access=access)
    token, cookie = desk.devices.keep(sent, who.user_id, now=now)
    tokens = await _tokens(desk, access, issued)
    body = LoggedIn(**msgspec.structs.asdict(tokens), device_token=token)
    return Response(body, cookies=[cookie])


@post("/auth/refresh", status_code=HTTP_200_OK, opt=OFTEN)
async def refresh(
    data: JSONBody[Refresh],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
) -> Tokens:
    """Exchange a refresh token for the next pair. Shown again within 10 s, it gives the same one.

    Shown later it has been stolen from somebody, and its whole session ends.
    """
    desk = resources
    presented = desk.refresh_tokens.read(data.refresh_token)
    if presented is None:
        raise RefreshRefused
    session = SessionId(presented.family)
    owner = await desk.looks.owner(session)
    if owner is None:
        raise RefreshRefused
    successor = desk.refresh_tokens.successor(presented)
    command = ContinueSession(
        session=session,
        presented_hash=desk.refresh_tokens.hash(presented),
        successor_hash=successor.hash,
    )
    access = _access(*owner, session, desk)
    decision = Decision((await commands.receipt(command, secret=True, access=access)).result)
    if decision not in (Decision.ROTATE, Decision.SAME_SUCCESSOR):
        raise RefreshRefused
    return await _tokens(desk, access, successor)


@post("/auth/logout", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def logout(
    commands: NamedDependency[BoundCommands], identity: NamedDependency[Identity]
) -> None:
    """End this session. Every service refuses its tokens within a second."""
    await commands.receipt(EndSession(session=identity.session), secret=True)


async def _right(desk: LoginDesk, password: str, candidates: list[Candidate]) -> list[Candidate]:
    """Those with this password. Nobody is compared with too, so that an absence costs as much."""
    if not candidates:
        await desk.passwords.verify(password, None)
    return [c for c in candidates if await desk.passwords.verify(password, c.password_hash)]


def _access(
    user: UserId, institution: InstitutionId, session: SessionId, desk: LoginDesk
) -> Access:
    return Access(Identity(user, institution, session, desk.clock()), "")


async def _tokens(desk: LoginDesk, access: Access, issued: Issued) -> Tokens:
    who = access.identity
    if who is None:
        raise LoginRefused
    signer = await desk.signing.signer()
    signed = signer.sign(
        user=who.user, institution=who.institution, session=who.session, now=desk.clock()
    )
    return Tokens(
        access_token=signed.token, expires_in=signed.expires_in, refresh_token=issued.token
    )
