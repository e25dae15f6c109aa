"""One-time tokens for mails: bound to their purpose, made from a row's id, and stored nowhere.

Whoever sends the mail makes the token again from the id, so that no job, queue or backup ever
holds one. The row says until when it is good, and that it has been used.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.settings import Secret

Purpose = Literal["invitation", "password-reset"]
LIFETIMES: dict[Purpose, timedelta] = {
    "invitation": timedelta(days=14),
    "password-reset": timedelta(hours=1),
}
_ROW, _TAG = 16, 32
_LENGTH = 64


class OneTimeTokens:
    """Makes the token of a row, and finds the row of a token; only the installation can do either.

    The purpose is part of the tag: an invitation is no password reset, whatever a query forgets to
    ask. A text that was not made here costs the database no look.
    """

    def __init__(self, secret: Secret) -> None:
        self._key = derived_key(secret, "one-time-token")

    def token(self, row: UUID, purpose: Purpose) -> str:
        """The one token of that row; always the same."""
        return to_text(row.bytes + self._tag(row.bytes, purpose))

    def read(self, token: str, purpose: Purpose) -> UUID | None:
        """The row it was made for, if it was made for this purpose."""
        data = from_text(token) if len(token) == _LENGTH else None
        if data is None:
            return None
        row, tag = data[:_ROW], data[_ROW:]
        return UUID(bytes=row) if hmac.compare_digest(tag, self._tag(row, purpose)) else None

    def _tag(self, row: bytes, purpose: Purpose) -> bytes:
        return hmac.new(self._key, purpose.encode() + b"\0" + row, hashlib.sha256).digest()[:_TAG]


def is_usable(*, expires: datetime, used: datetime | None, now: datetime) -> bool:
    """Whether a token may still be redeemed, once."""
    return used is None and now < expires
