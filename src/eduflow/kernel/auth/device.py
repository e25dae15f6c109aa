"""Known devices: where a person has logged in before, guessers elsewhere cannot lock them out."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from eduflow.kernel.auth.derivation import derived_key
from eduflow.kernel.auth.encoding import from_text, to_text
from eduflow.kernel.ids import UserId
from eduflow.kernel.settings import Secret

LIFETIME = timedelta(days=400)
"""As long as browsers keep a cookie."""
_DEVICE, _WHEN, _TAG = 16, 8, 32
_LENGTH = 75


class KnownDevices:
    """Signs a device's name for one person, and recognises it. It is no login: it opens nothing."""

    def __init__(self, secret: Secret) -> None:
        self._key = derived_key(secret, "known-device")

    def issue(self, user: UserId, *, now: datetime) -> str:
        """For the client to keep after a login with the right password."""
        until = int((now + LIFETIME).timestamp())
        body = uuid4().bytes + until.to_bytes(_WHEN, "big")
        return to_text(body + self._tag(user, body))

    def recognise(self, token: str | None, user: UserId, *, now: datetime) -> UUID | None:
        """The device, if this token was issued to this very person and has not expired."""
        data = from_text(token) if token is not None and len(token) == _LENGTH else None
        if data is None:
            return None
        body, tag = data[:-_TAG], data[-_TAG:]
        if not hmac.compare_digest(tag, self._tag(user, body)):
            return None
        until = int.from_bytes(body[_DEVICE:], "big")
        return UUID(bytes=body[:_DEVICE]) if now.astimezone(UTC).timestamp() < until else None

    def _tag(self, user: UserId, body: bytes) -> bytes:
        return hmac.new(self._key, user.bytes + body, hashlib.sha256).digest()
