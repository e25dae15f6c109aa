"""Revoked sessions: known to every process within a second, without a look-up per request.

api_core publishes what was revoked and is not yet expired by itself; everybody else asks for it a
few times a second, mostly to hear that nothing changed (304).
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self
from uuid import UUID

import httpx
import msgspec
import structlog

from eduflow.kernel.auth.encoding import to_text
from eduflow.kernel.clock import Clock
from eduflow.kernel.ids import SessionId, UserId

REVOKED_PATH = "/.well-known/revoked-sessions"
INTERVAL = 0.4
"""Seconds between two questions."""
PATIENCE = 0.5
"""Seconds for an answer. Together with the interval below one second, which is the promise."""
LARGEST = 8 << 20
_log = structlog.get_logger(__name__)


class RevokedDocument(msgspec.Struct, frozen=True):
    """What travels. Times are whole seconds since 1970."""

    sessions: list[tuple[UUID, int]] = []
    """Session, and when its last access token expires: afterwards it need not be listed."""
    people: list[tuple[UUID, int]] = []
    """Person, and the epoch before which every token of theirs is void."""


def epoch_of(moment: datetime) -> int:
    """The epoch that voids all tokens issued until now: the next whole second.

    A token's `iat` has no fractions, so "this second" would let the tokens of its first half live
    or those of its second half die. The signer is told the epoch and never issues before it.
    """
    return int(moment.timestamp()) + 1


def revoked_document(
    sessions: Iterable[tuple[SessionId, int]], people: Iterable[tuple[UserId, int]]
) -> bytes:
    """The document, in a stable order, so that equal lists have equal tags."""
    return msgspec.json.encode(
        RevokedDocument(
            sorted((UUID(str(session)), until) for session, until in sessions),
            sorted((UUID(str(person)), epoch) for person, epoch in people),
        )
    )


def entity_tag(document: bytes) -> str:
    """A strong `ETag` of its content."""
    return f'"{to_text(hashlib.sha256(document).digest()[:18])}"'


class RevocationList:
    """What this process knows to be revoked. Remembers local revocations until they expire.

    api_core uses it as it is and feeds it from its own commands; others use `RevokedSessions`.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[UUID, int] = {}
        self._people: dict[UUID, int] = {}
        self._own_sessions: dict[UUID, int] = {}
        self._own_people: dict[UUID, tuple[int, int]] = {}

    def refuses(self, user: UserId, session: SessionId, *, issued: int) -> bool:
        """Whether the token is void."""
        return session in self._sessions or issued < self._people.get(user, 0)

    def note_session(self, session: SessionId, *, until: int) -> None:
        """Refuse a session at once, before the list that names it comes round."""
        self._own_sessions[session] = self._sessions[session] = until

    def note_person(self, user: UserId, *, epoch: int, until: int) -> None:
        """Refuse every token of a person issued before the epoch, at once."""
        latest = max(epoch, self._people.get(user, 0))
        self._own_people[user] = (latest, until)
        self._people[user] = latest

    def take(self, document: RevokedDocument) -> None:
        """Replace the list; what was noted here stays until it expires, the list may be older."""
        now = self._clock().timestamp()
        self._own_sessions = {s: until for s, until in self._own_sessions.items() if until > now}
        self._own_people = {p: own for p, own in self._own_people.items() if own[1] > now}
        people = dict(document.people)
        for person, (epoch, _) in self._own_people.items():
            people[person] = max(epoch, people.get(person, 0))
        self._people = people
        self._sessions = dict(document.sessions) | self._own_sessions


class RevokedSessions(RevocationList):
    """Asks `{identity_url}/.well-known/revoked-sessions` as long as it is entered.

    While api_core does not answer, the last list stays in force and nothing is forgotten; what
    was revoked meanwhile goes through until its token expires, which is minutes. One line is
    logged when it goes away and one when it is back.
    """

    def __init__(
        self,
        identity_url: str,
        *,
        client: httpx.AsyncClient,
        clock: Clock,
        interval: float = INTERVAL,
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(clock=clock)
        self._url = identity_url.rstrip("/") + REVOKED_PATH
        self._client = client
        self._interval = interval
        self._on_failure = on_failure
        self._tag = ""
        self._away = False
        self._answered: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def age(self) -> float | None:
        """Seconds since the last good answer, for readiness and metrics. None: never."""
        return None if self._answered is None else time.monotonic() - self._answered

    async def __aenter__(self) -> Self:
        await self.ask()
        self._task = asyncio.create_task(self._ask_for_ever())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _ask_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self.ask()

    async def ask(self) -> bool:
        """Ask once. False when there was no answer that could be used."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask()
        # rule: R4 because the questions must go on whatever went wrong
        except Exception as fault:  # noqa: BLE001
            # Whatever went wrong, the questions must go on: a poller that died unseen would let
            # revoked sessions in for as long as the process lives.
            if not self._away:
                _log.warning("revoked sessions not fetched", url=self._url, fault=repr(fault))
            self._away = True
            self._on_failure()
            return False
        if self._away:
            _log.info("revoked sessions are fetched again", url=self._url)
        self._away = False
        self._answered = time.monotonic()
        return True

    async def _ask(self) -> None:
        headers = {"If-None-Match": self._tag} if self._tag else {}
        body = bytearray()
        async with self._client.stream("GET", self._url, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code}")
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise ValueError(f"more than {LARGEST} bytes")
            tag = answer.headers.get("ETag", "")
        self.take(msgspec.json.decode(bytes(body), type=RevokedDocument))
        self._tag = tag
