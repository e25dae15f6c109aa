"""Events put into a service's log by hand, as its commands put them there."""

import asyncpg
import msgspec

from eduflow.contracts import Event
from eduflow.kernel.ids import new_id

_APPEND = (
    "INSERT INTO outbox_events (id, type, aggregate_id, institution_id, at, payload)"
    " VALUES ($1, $2, $3, $4, clock_timestamp(), $5::text::jsonb)"
    " RETURNING seq, xid::text AS xid"
)


class Logged(msgspec.Struct, frozen=True):
    """Where an event stands in its log."""

    seq: int
    xid: str


async def logged(log: asyncpg.Connection, event: Event) -> Logged:
    """Append it, in whatever transaction is open; nobody is told that there is news."""
    payload = msgspec.json.encode(event).decode()
    about = (new_id(), event.name, event.aggregate, event.institution_id)
    return Logged(**await log.fetchrow(_APPEND, *about, payload))
