"""The periodic work that reminds people of what is due tomorrow, from seven in their morning on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.jobs import Done, Held, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.services.api_core.commands.notify_of_work import NotifyOfDue
from eduflow.services.api_core.ids import AssignmentId, CourseId
from eduflow.services.api_core.notices.kinds import DUE
from eduflow.services.api_core.notices.reaction import notices
from eduflow.services.api_core.notices.slots import HOUR, zone
from eduflow.services.api_core.problems import AlreadyNotified

_AT_ONCE = 500
# Served by gradebook_cells_due. Tomorrow ends, wherever one is, within two days from now. Who has
# handed in and was not folded yet is left out by the command, which asks the rows themselves.
_SOON = (
    "SELECT c.assignment_id, c.user_id, c.course_id, c.institution_id, c.due_at, u.time_zone"
    " FROM gradebook_cells AS c JOIN users AS u ON u.id = c.user_id AND u.state = 'active'"
    " JOIN course_grades AS g ON g.user_id = c.user_id AND g.course_id = c.course_id AND g.active"
    " JOIN course_cards AS k ON k.course_id = c.course_id AND k.state = 'published'"
    " WHERE c.published AND c.state = 'none' AND c.due_at BETWEEN $1 AND $1 + interval '2 days'"
    " AND ($2::uuid IS NULL OR (c.assignment_id, c.user_id) > ($2, $3))"
    f" AND NOT EXISTS (SELECT FROM notifications AS n WHERE n.user_id = c.user_id AND n.kind ="
    f" '{DUE}' AND n.payload->>'assignment_id' = c.assignment_id::text)"
    f" ORDER BY c.assignment_id, c.user_id LIMIT {_AT_ONCE}"
)


class _Soon(msgspec.Struct):
    assignment_id: AssignmentId
    user_id: UserId
    course_id: CourseId
    institution_id: InstitutionId
    due_at: datetime
    time_zone: str


async def remind_of_due(_: Held, runtime: Runtime) -> Outcome:
    """Tell whoever has not handed in, once for each assignment, on the day before it is due."""
    pool = runtime.databases["api_core"].primary
    now = runtime.clock()
    last: tuple[UUID | None, UUID | None] = (None, None)
    while True:
        rows = [msgspec.convert(dict(row), _Soon) for row in await pool.fetch(_SOON, now, *last)]
        concerned: dict[AssignmentId, list[_Soon]] = {}
        for soon in rows:
            if is_tomorrow(soon.due_at, now, time_zone=soon.time_zone):
                concerned.setdefault(soon.assignment_id, []).append(soon)
        await _tell(runtime, concerned)
        if len(rows) < _AT_ONCE:
            return Done()
        last = (rows[-1].assignment_id, rows[-1].user_id)


def is_tomorrow(due_at: datetime, now: datetime, *, time_zone: str) -> bool:
    """Whether it is due on the next day of the person's calendar, and their day has begun."""
    there = zone(time_zone)
    local = now.astimezone(there)
    begun = local.timetz().replace(tzinfo=None) >= HOUR
    return begun and due_at.astimezone(there).date() == local.date() + timedelta(days=1)


async def _tell(runtime: Runtime, concerned: Mapping[AssignmentId, list[_Soon]]) -> None:
    for assignment, found in concerned.items():
        first = found[0]
        access = Access(
            Identity(
                notices.principal,
                first.institution_id,
                SessionId(assignment),
                runtime.clock() + timedelta(minutes=5),
            ),
            "",
        )
        command = NotifyOfDue(
            course=first.course_id,
            assignment=assignment,
            users=tuple(soon.user_id for soon in found),
        )
        try:
            await runtime.commands["api_core"].execute(command, access=access)
        except AlreadyNotified:
            continue  # Another worker was quicker; whoever it left out is told at the next round.
