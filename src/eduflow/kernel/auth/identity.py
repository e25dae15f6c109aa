"""Who is asking, and for what: the two facts that travel with every statement."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from eduflow.kernel.ids import InstitutionId, SessionId, UserId


class Identity(msgspec.Struct, frozen=True):
    """A person, in one institution, logged in. Comes from a verified token, never from a body."""

    user: UserId
    institution: InstitutionId
    session: SessionId
    expires: datetime


class Access(msgspec.Struct, frozen=True):
    """What a request asks for; the database answers whether it may, beside the answer itself."""

    identity: Identity | None
    permission: str
    """`service:verb`, or "" where being logged in is enough."""
    kind: str = "institution"
    """The kind of thing the permission must hold for: institution, course, lesson …"""
    target: UUID | None = None
    """Which one. None: the caller's own institution."""


SYSTEM = UserId(UUID(int=1))
"""Who acts when nobody is logged in: the operator at the command line. The log names it."""


def as_system(institution: InstitutionId) -> Access:
    """The operator, within one institution; of use only under the workers' role."""
    return on_behalf_of(SYSTEM, institution)


def on_behalf_of(user: UserId, institution: InstitutionId) -> Access:
    """Somebody, in what a job does for them while they are away."""
    always = datetime.max.replace(tzinfo=UTC)
    return Access(Identity(user, institution, SessionId(user), always), "")
