"""The secret in a calendar's address: made from its row's id, and stored nowhere."""

import hashlib
import hmac
from uuid import UUID

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.settings import Secret

_ROW = 16
_LENGTH = 64


class CalendarTokens:
    """Makes the token of a feed, and finds the feed of a token; only the installation can.

    A text that was not made here costs the database no look.
    """

    def __init__(self, secret: Secret) -> None:
        self._key = derived_key(secret, "calendar-feed")

    def token(self, feed: UUID) -> str:
        """The one token of that feed; always the same."""
        return to_text(feed.bytes + self._tag(feed.bytes))

    def read(self, token: str) -> UUID | None:
        """The feed it was made for, if it was made here."""
        data = from_text(token) if len(token) == _LENGTH and token.isascii() else None
        if data is None:
            return None
        row, tag = data[:_ROW], data[_ROW:]
        return UUID(bytes=row) if hmac.compare_digest(tag, self._tag(row)) else None

    def _tag(self, row: bytes) -> bytes:
        return hmac.new(self._key, row, hashlib.sha256).digest()
