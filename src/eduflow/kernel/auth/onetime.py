"""One-time tokens for mails, bound to their purpose and stored hashed."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.settings import Secret

Purpose = Literal["invitation", "password-reset"]
LIFETIMES: dict[Purpose, timedelta] = {
    "invitation": timedelta(days=14),
    "password-reset": timedelta(hours=1),
}
_SECRET = 32
_LENGTH = 43


class OneTimeToken(msgspec.Struct, frozen=True):
    """A token for a link in a mail, and what to store of it."""

    token: str
    hash: bytes
    expires: datetime

    def __repr__(self) -> str:
        return f"OneTimeToken(…, expires={self.expires})"


class OneTimeTokens:
    """Makes one-time tokens, and finds the hash under which a presented one is stored.

    The purpose is part of the hash: an invitation is not found among the password resets, whatever
    the query forgets to ask.
    """

    def __init__(self, secret: Secret) -> None:
        self._key = derived_key(secret, "one-time-hash")

    def issue(self, purpose: Purpose, *, now: datetime) -> OneTimeToken:
        """Draw one; it lives as long as its purpose allows."""
        drawn = secrets.token_bytes(_SECRET)
        return OneTimeToken(to_text(drawn), self._hash(purpose, drawn), now + LIFETIMES[purpose])

    def stored_as(self, token: str, purpose: Purpose) -> bytes | None:
        """The hash to look for; None when the text cannot be a token."""
        drawn = from_text(token) if len(token) == _LENGTH else None
        return self._hash(purpose, drawn) if drawn is not None else None

    def _hash(self, purpose: Purpose, drawn: bytes) -> bytes:
        return hmac.new(self._key, purpose.encode() + b"\0" + drawn, hashlib.sha256).digest()


def is_usable(*, expires: datetime, used: datetime | None, now: datetime) -> bool:
    """Whether a stored token may still be redeemed, once."""
    return used is None and now < expires
