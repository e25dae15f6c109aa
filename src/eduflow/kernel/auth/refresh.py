"""Refresh tokens: used once, followed by one successor, and a family that dies when one is stolen.

A token is family, secret and a tag. The tag is ours alone to make, so that a stranger who knows a
family's id cannot end it with an invented token. The successor is derived from its predecessor:
an honest client whose answer was lost asks again and gets the same one, and nothing is stored in
clear for that (OAuth 2.1, RFC 9700, and FAPI's objection to them).
"""

import enum
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.settings import Secret

GRACE = timedelta(seconds=10)
"""How long after a rotation the predecessor still answers with the same successor."""
_PREFIX = "ert1."
_FAMILY, _SECRET, _TAG = 16, 32, 16
_LONGEST = 128


class Presented(msgspec.Struct, frozen=True):
    """A token that is genuine: we made it, whatever has become of it since."""

    family: UUID
    secret: bytes

    def __repr__(self) -> str:
        return f"Presented(family={self.family}, secret=…)"


class Issued(msgspec.Struct, frozen=True):
    """A token for the client, and what to store of it."""

    token: str
    hash: bytes

    def __repr__(self) -> str:
        return "Issued(…)"


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One login's chain of tokens, as stored. Only the last two links are known by their hash."""

    family: UUID
    current: bytes
    previous: bytes | None
    rotated: datetime | None
    """When `current` followed `previous`."""
    expires: datetime
    revoked: bool


class Decision(enum.Enum):
    """What to do with a genuine token."""

    ROTATE = "rotate"
    """Store `rotated(…)` under the condition that `current` is still the same, and answer with the
    successor. Whoever loses that race decides again and finds SAME_SUCCESSOR."""
    SAME_SUCCESSOR = "same successor"
    """Answer with the successor, and store nothing."""
    REUSE = "reuse"
    """Somebody else has it too: revoke the family and its session."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """No such family, or another one: refuse, and change nothing."""


class RefreshTokens:
    """Makes and reads refresh tokens under keys derived from the installation's secret."""

    def __init__(self, secret: Secret) -> None:
        self._tag_key = derived_key(secret, "refresh-tag")
        self._hash_key = derived_key(secret, "refresh-hash")
        self._next_key = derived_key(secret, "refresh-successor")

    def begin(self, family: UUID) -> Issued:
        """The first token of a new family."""
        return self._issue(Presented(family, secrets.token_bytes(_SECRET)))

    def read(self, token: str) -> Presented | None:
        """None when it is not one of ours; looks at nothing that is stored."""
        if len(token) > _LONGEST or not token.startswith(_PREFIX):
            return None
        data = from_text(token.removeprefix(_PREFIX))
        if data is None or len(data) != _FAMILY + _SECRET + _TAG:
            return None
        body, tag = data[:-_TAG], data[-_TAG:]
        if not hmac.compare_digest(tag, self._tag(body)):
            return None
        return Presented(UUID(bytes=body[:_FAMILY]), body[_FAMILY:])

    def hash(self, presented: Presented) -> bytes:
        """What is stored of it; worthless without the secret."""
        return _mac(self._hash_key, presented.family.bytes + presented.secret)

    def successor(self, presented: Presented) -> Issued:
        """The one token that may follow it: always the same, and only we can tell which."""
        following = _mac(self._next_key, presented.family.bytes + presented.secret)
        return self._issue(Presented(presented.family, following))

    def _issue(self, link: Presented) -> Issued:
        body = link.family.bytes + link.secret
        return Issued(_PREFIX + to_text(body + self._tag(body)), self.hash(link))

    def _tag(self, body: bytes) -> bytes:
        return _mac(self._tag_key, body)[:_TAG]


def decide(
    stored: Family | None, presented: Presented, *, hashed: bytes, now: datetime
) -> Decision:
    """What a genuine token means, given its family's state. `hashed` is `RefreshTokens.hash`."""
    if stored is None or stored.family != presented.family:
        return Decision.UNKNOWN
    if stored.revoked:
        return Decision.REVOKED
    if now >= stored.expires:
        return Decision.EXPIRED
    if hmac.compare_digest(hashed, stored.current):
        return Decision.ROTATE
    if (
        stored.previous is not None
        and stored.rotated is not None
        and hmac.compare_digest(hashed, stored.previous)
        # Two machines' clocks: a rotation "in the future" is one of this moment.
        and now - stored.rotated <= GRACE
    ):
        return Decision.SAME_SUCCESSOR
    return Decision.REUSE


def rotated(stored: Family, successor: Issued, *, now: datetime) -> Family:
    """The family after ROTATE. Its end does not move: a login lasts as long as it was given."""
    return msgspec.structs.replace(
        stored, current=successor.hash, previous=stored.current, rotated=now
    )


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
