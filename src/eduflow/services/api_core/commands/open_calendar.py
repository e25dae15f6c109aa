"""Open a calendar of what is due for oneself, give it another address, or withdraw it."""

from uuid import uuid4

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.ids import CalendarId
from eduflow.services.api_core.queries.calendar import Feed


class OpenCalendar(Command[Feed], frozen=True, kw_only=True):
    """Answers with the one there is, unless `rotate`: then its address is no longer good."""

    rotate: bool


class WithdrawCalendar(Command[None], frozen=True, kw_only=True):
    """Whoever knows the address reads nothing there any more. Without a calendar it is nothing."""


_OWN = "SELECT id, created_at FROM calendar_feeds WHERE user_id = $1"
_OPEN = (
    "INSERT INTO calendar_feeds (id, institution_id, user_id, created_at)"
    " SELECT $1, $2, $3, $4 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_ROTATE = (
    "UPDATE calendar_feeds SET id = $2, created_at = $3 WHERE user_id = $1 AND id = $4"
    " AND {allowed}"
)


async def open_calendar(command: OpenCalendar, work: UnitOfWork) -> Feed:
    who = work.identity
    known = await work.look_one(_OWN, who.user, into=Feed)
    if known is not None and not command.rotate:
        return known
    # Not one of the ids that can be put in order: when it was made is nobody else's business.
    feed = Feed(CalendarId(uuid4()), work.now)
    if known is None:
        work.write(_OPEN, feed.id, who.institution, who.user, work.now)
    else:
        work.write(_ROTATE, who.user, feed.id, work.now, known.id)
    return feed


async def withdraw_calendar(_: WithdrawCalendar, work: UnitOfWork) -> None:
    delete = "DELETE FROM calendar_feeds WHERE user_id = $1 AND {allowed}"
    work.write(delete, work.identity.user, changes=None)
