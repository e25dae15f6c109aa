"""The periodic work that makes digests: however many workers do it, each digest is made once."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.jobs import Done, Held, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.services.api_core.commands.make_digest import MakeDigest
from eduflow.services.api_core.notices.reaction import notices
from eduflow.services.api_core.notices.slots import last_slot
from eduflow.services.api_core.problems import AlreadyDigested

_AT_ONCE = 500
# Served by notifications_for_digests, in the order of people.
_WAITING = (
    "SELECT n.user_id, n.mail AS kind, n.institution_id, min(n.created_at) AS since, u.time_zone"
    " FROM notifications AS n JOIN users AS u ON u.id = n.user_id AND u.state = 'active'"
    " WHERE n.mail IN ('daily', 'weekly') AND n.digest_id IS NULL AND n.read_at IS NULL"
    " AND ($1::uuid IS NULL OR (n.user_id, n.mail) > ($1, $2))"
    " GROUP BY n.user_id, n.mail, n.institution_id, u.time_zone ORDER BY n.user_id, n.mail"
    f" LIMIT {_AT_ONCE}"
)


class _Waiting(msgspec.Struct):
    user_id: UserId
    kind: str
    institution_id: InstitutionId
    since: datetime
    time_zone: str


async def send_digests(_: Held, runtime: Runtime) -> Outcome:
    """Make every digest whose morning has come since something was put aside for it."""
    pool = runtime.databases["api_core"].primary
    now = runtime.clock()
    user: UUID | None = None
    kind: str | None = None
    while True:
        rows = await pool.fetch(_WAITING, user, kind)
        for row in rows:
            waiting = msgspec.convert(dict(row), _Waiting)
            user, kind = waiting.user_id, waiting.kind
            slot = last_slot(waiting.kind, now, time_zone=waiting.time_zone)
            if waiting.since < slot:
                await _make(runtime, waiting, slot=slot)
        if len(rows) < _AT_ONCE:
            return Done()


async def _make(runtime: Runtime, waiting: _Waiting, *, slot: datetime) -> None:
    access = Access(
        Identity(
            notices.principal,
            waiting.institution_id,
            SessionId(waiting.user_id),
            runtime.clock() + timedelta(minutes=5),
        ),
        "",
    )
    command = MakeDigest(user=waiting.user_id, kind=waiting.kind, slot=slot.date())
    try:
        await runtime.commands["api_core"].execute(command, access=access)
    except AlreadyDigested:
        return  # Another worker was quicker, or this morning's has gone out.
