"""The cookie in which a browser keeps its known-device tokens, one for each person who uses it."""

from datetime import datetime
from uuid import UUID

from litestar.datastructures import Cookie

from eduflow.kernel.auth.device import LIFETIME, KnownDevices
from eduflow.kernel.ids import UserId
from eduflow.kernel.settings import Settings

COOKIE = "eduflow_devices"
MOST = 5
"""People of one browser who are remembered: a family, not a library's terminal."""
_PATH = "/api/v1/auth"
_BETWEEN = "."
_LONGEST = 1024


class Devices:
    """Reads and writes the tokens; they open nothing, so they are not the session's cookie."""

    def __init__(self, settings: Settings) -> None:
        self._known = KnownDevices(settings.secret)
        self._secure = settings.public_url.startswith("https:")

    def sent(self, body: str | None, cookie: str | None) -> list[str]:
        """Every token that came along, the one in the body first."""
        kept = cookie.split(_BETWEEN)[:MOST] if cookie and len(cookie) <= _LONGEST else []
        return [token for token in (body, *kept) if token]

    def recognise(
        self, tokens: list[str], users: list[UserId], *, now: datetime
    ) -> tuple[str, UUID] | None:
        """The first token that was issued to one of these people, and its device."""
        for token in tokens:
            for user in users:
                device = self._known.recognise(token, user, now=now)
                if device is not None:
                    return token, device
        return None

    def keep(self, tokens: list[str], user: UserId, *, now: datetime) -> tuple[str, Cookie]:
        """The person's token on this device, the old one if it is known, and the whole cookie."""
        known = self.recognise(tokens, [user], now=now)
        mine = known[0] if known else self._known.issue(user, now=now)
        all_of_them = list(dict.fromkeys([mine, *tokens]))[:MOST]
        cookie = Cookie(
            key=COOKIE,
            value=_BETWEEN.join(all_of_them),
            path=_PATH,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )
        return mine, cookie
