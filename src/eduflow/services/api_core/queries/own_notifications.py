"""What somebody was told, newest first; and what they want to be told."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import NotificationId


class NotificationEntry(View, kw_only=True):
    """One thing the caller was told. `payload` holds the ids of what it is about."""

    id: NotificationId
    kind: str
    payload: dict[str, Any]
    course_title: str | None
    thread_title: str | None
    assignment_title: str | None
    created_at: datetime
    read_at: datetime | None


class Chosen(msgspec.Struct, frozen=True):
    """One choice, as it is kept."""

    kind: str
    channel: str
    digest: str


_PAGE = (
    "SELECT n.id, n.kind, n.payload, c.title AS course_title, t.title AS thread_title,"
    " a.title AS assignment_title, n.created_at, n.read_at FROM notifications AS n"
    " LEFT JOIN courses AS c ON c.id = (n.payload->>'course_id')::uuid"
    " LEFT JOIN discussion_threads AS t ON t.id = (n.payload->>'thread_id')::uuid"
    " LEFT JOIN assignments AS a ON a.id = (n.payload->>'assignment_id')::uuid"
    " WHERE n.user_id = eduflow_person() AND n.in_app AND ($1::uuid IS NULL OR n.id < $1)"
    " AND (NOT $2::boolean OR n.read_at IS NULL) ORDER BY n.id DESC LIMIT $3"
)
_CHOSEN = (
    "SELECT kind, channel, digest FROM notification_preferences WHERE user_id = eduflow_person()"
)


async def own_notifications(
    replica: ReadSession, *, page: Page, unread: bool
) -> Slice[NotificationEntry]:
    """One page; `unread` leaves out what was read."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, after, unread, page.fetch, into=NotificationEntry)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def own_choices(replica: ReadSession) -> list[Chosen]:
    """Only what was chosen; for the rest the usual holds."""
    return await replica.rows(_CHOSEN, into=Chosen)
