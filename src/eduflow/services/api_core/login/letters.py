"""The letters of the login, written when they are sent, from ids: no token lies in a job."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from eduflow.kernel.auth.onetime import OneTimeTokens, Purpose, is_usable
from eduflow.kernel.jobs import Held
from eduflow.kernel.mail import Letter

_ROW = (
    "SELECT t.purpose, t.expires_at, t.used_at, u.email, u.display_name, u.locale, u.time_zone,"
    " i.name AS institution FROM one_time_tokens AS t JOIN users AS u ON u.id = t.user_id"
    " JOIN institutions AS i ON i.id = t.institution_id WHERE t.id = $1 AND u.state = 'active'"
)


class _Promise(msgspec.Struct):
    purpose: Purpose
    expires_at: datetime
    used_at: datetime | None
    email: str
    display_name: str
    locale: str
    time_zone: str
    institution: str


async def compose(held: Held, runtime: Any) -> Letter | None:
    """The letter of a one-time token; None when it is used, too old, or its owner gone."""
    row_id = UUID(held.arguments["one_time_token"])
    # The workers' role sees every institution; this reads one row by its key.
    row = await runtime.databases["api_core"].primary.fetchrow(_ROW, row_id)
    if row is None:
        return None
    promise = msgspec.convert(dict(row), _Promise)
    if not is_usable(expires=promise.expires_at, used=promise.used_at, now=runtime.clock()):
        return None
    token = OneTimeTokens(runtime.settings.secret).token(row_id, promise.purpose)
    # Behind the `#` it reaches the page and no server, no log and no Referer.
    page = f"{runtime.settings.public_url.rstrip('/')}/{promise.purpose}"
    return _letter(promise, f"{page}#token={quote(token)}")


def _letter(promise: _Promise, link: str) -> Letter:
    until = moment(promise.expires_at, locale=promise.locale, time_zone=promise.time_zone)
    if promise.purpose == "invitation":
        subject = f"Your account at {promise.institution}"
        before = [
            f"Hello {promise.display_name},",
            (
                f"{promise.institution} has made an account for you on EduFlow, "
                f"for {promise.email}. Choose a password to begin:"
            ),
        ]
        after = [f"The link works once, until {until}."]
    else:
        subject = "Choose another password"
        before = [
            f"Hello {promise.display_name},",
            (
                f"somebody, probably you, asked for another password for {promise.email} "
                f"at {promise.institution}. Choose it here:"
            ),
        ]
        after = [
            f"The link works once, until {until}.",
            "If it was not you, do nothing: your password stays as it is.",
        ]
    return Letter(
        name=promise.display_name,
        address=promise.email,
        subject=subject,
        text="\n\n".join([*before, link, *after]) + "\n",
        html=_html(subject, before, link=link, after=after),
    )


def _html(subject: str, before: Sequence[str], *, link: str, after: Sequence[str]) -> str:
    def paragraphs(lines: Sequence[str]) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in lines)

    target = escape(link)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>"
        f'<body style="font-family:sans-serif;max-width:36em">{paragraphs(before)}'
        f'<p><a href="{target}">{escape(subject)}</a></p><p>Or copy this address: {target}</p>'
        f"{paragraphs(after)}</body></html>\n"
    )


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def moment(at: datetime, *, locale: str, time_zone: str) -> str:
    """A time as the person's clock shows it, in English; `en-US` has an order of its own."""
    try:
        there = at.astimezone(ZoneInfo(time_zone))
        zone = time_zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        there = at.astimezone(UTC)
        zone = "UTC"
    month = _MONTHS[there.month - 1]
    if locale.replace("_", "-").lower() == "en-us":
        hour = there.hour % 12 or 12
        half = "AM" if there.hour < 12 else "PM"  # noqa: PLR2004 (noon)
        return f"{month} {there.day}, {there.year}, {hour}:{there:%M} {half} ({zone})"
    return f"{there.day} {month} {there.year}, {there:%H:%M} ({zone})"
