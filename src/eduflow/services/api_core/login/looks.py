"""What the login asks before anybody is somebody, of functions that see all institutions.

Each is one statement on the primary, as the services' role, which sees nothing by itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from eduflow.kernel.auth.keys import SigningKey
from eduflow.kernel.db.away import AWAY
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.problems import Unavailable


class Candidate(msgspec.Struct, frozen=True):
    """Somebody who may be meant by an e-mail; active, and with a password or still without."""

    user_id: UserId
    institution_id: InstitutionId
    institution: str
    password_hash: str | None


class Account(msgspec.Struct, frozen=True):
    """Somebody active, by id."""

    user_id: UserId
    institution_id: InstitutionId
    email: str
    password_hash: str | None


class Promised(msgspec.Struct, frozen=True):
    """A one-time token's row, with whose it is."""

    id: UUID
    purpose: str
    expires_at: datetime
    used_at: datetime | None
    user_id: UserId
    institution_id: InstitutionId
    email: str


class Looks:
    """Raises Unavailable while the primary does not answer."""

    def __init__(self, primary: asyncpg.Pool) -> None:
        self._primary = primary

    async def candidates(self, email: str, institution: str | None) -> list[Candidate]:
        """At most four; whoever has more accounts must name the institution."""
        async with _answering():
            rows = await self._primary.fetch(
                "SELECT * FROM login_candidates($1, $2)", email, institution
            )
        return [msgspec.convert(dict(row), Candidate) for row in rows]

    async def account(self, user: UserId) -> Account | None:
        """None for somebody who is suspended, or gone."""
        async with _answering():
            row = await self._primary.fetchrow("SELECT * FROM login_account($1)", user)
        return row and msgspec.convert(dict(row), Account)

    async def owner(self, session: SessionId) -> tuple[UserId, InstitutionId] | None:
        """Whose session it is; None if there is none, or its owner may not log in."""
        async with _answering():
            row = await self._primary.fetchrow(
                "SELECT user_id, institution_id FROM login_session($1)", session
            )
        return row and (UserId(row["user_id"]), InstitutionId(row["institution_id"]))

    async def promised(self, token: UUID) -> Promised | None:
        """The row of a one-time token, used or not."""
        async with _answering():
            row = await self._primary.fetchrow("SELECT * FROM one_time_token($1)", token)
        return row and msgspec.convert(dict(row), Promised)

    async def revoked(self, *, since: float) -> list[tuple[SessionId, datetime]]:
        """Sessions that were revoked within the last `since` seconds."""
        async with _answering():
            rows = await self._primary.fetch(
                "SELECT * FROM revoked_sessions($1::float8 * interval '1 second')", since
            )
        return [(SessionId(row["id"]), row["revoked_at"]) for row in rows]

    async def keys(self) -> list[SigningKey]:
        """All signing keys, as they are now."""
        async with _answering():
            rows = await self._primary.fetch("SELECT * FROM signing_keys")
        return [
            SigningKey(
                kid=row["kid"],
                public=row["public_key"],
                sealed=row["sealed_key"],
                state=row["state"],
                created=row["created_at"],
                changed=row["changed_at"],
            )
            for row in rows
        ]


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except AWAY as fault:
        raise Unavailable("The login's database does not answer", retry_after=1) from fault
