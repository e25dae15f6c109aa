"""Calendars of what is due, over HTTP."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.auth.middleware import public
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import Input, View, is_known
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.calendars.writing import written
from eduflow.services.api_core.commands.open_calendar import OpenCalendar, WithdrawCalendar
from eduflow.services.api_core.ids import CalendarId
from eduflow.services.api_core.login.desk import LoginDesk
from eduflow.services.api_core.queries.calendar import Deadline, Feed, deadlines, own_feed

_SUFFIX = ".ics"
_TYPE = "text/calendar"
_FORM = b"1"
"""Counts the ways of writing the same deadlines down; another one makes another ETag."""


class Calendar(View, kw_only=True):
    """One's calendar, null where there is none. Whoever knows the address sees what is due."""

    url: str | None
    created_at: datetime | None


class CalendarWish(Input, kw_only=True):
    """With `rotate`, another address; the one there was is no longer good."""

    rotate: bool = False


@get("/users/me/calendar", guards=[logged_in])
async def own(
    replica: NamedDependency[ReadSession], resources: NamedDependency[LoginDesk]
) -> Calendar:
    """The address of the caller's calendar, if they have one."""
    feed = await own_feed(replica)
    return Calendar(url=None, created_at=None) if feed is None else _told(feed, resources)


@post("/users/me/calendar", status_code=HTTP_200_OK, guards=[logged_in])
async def open_own(
    data: JSONBody[CalendarWish],
    commands: NamedDependency[BoundCommands],
    resources: NamedDependency[LoginDesk],
) -> Calendar:
    """Open a calendar of what is due for the caller, or give it another address."""
    return _told(await commands.execute(OpenCalendar(rotate=data.rotate)), resources)


@delete("/users/me/calendar", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def withdraw(commands: NamedDependency[BoundCommands]) -> None:
    """Withdraw the calendar: its address is good for nothing any more."""
    await commands.execute(WithdrawCalendar())


@get("/calendars/{calendar:str}", opt=public, media_type=_TYPE)
async def feed(
    calendar: FromPath[str],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[LoginDesk],
) -> Response[bytes]:
    """What is due for whoever the address `{token}.ics` is of, as iCalendar; by their own dates."""
    token = calendar.removesuffix(_SUFFIX)
    row = None if token == calendar else resources.calendar_tokens.read(token)
    if row is None:
        raise NotFound(kind="calendar")
    found = await deadlines(replica, CalendarId(row))
    tag = f'"{hashlib.sha256(_FORM + found).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if is_known(request, tag):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=headers, media_type=_TYPE)
    body = written(msgspec.json.decode(found, type=list[Deadline], strict=False))
    return Response(body, headers=headers, media_type=_TYPE)


def _told(feed: Feed, desk: LoginDesk) -> Calendar:
    token = desk.calendar_tokens.token(feed.id)
    base = desk.settings.public_url.rstrip("/")
    return Calendar(url=f"{base}/api/v1/calendars/{token}{_SUFFIX}", created_at=feed.created_at)
