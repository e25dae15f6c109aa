"""What somebody follows: threads, forums, whole courses."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CourseId, ForumId, ThreadId


class Followed(View, kw_only=True):
    """One thing the caller follows. `digest` is null where their preferences decide."""

    scope_type: str
    scope_id: UUID
    title: str
    course_id: CourseId
    course_title: str
    forum_id: ForumId | None
    thread_id: ThreadId | None
    digest: str | None
    created_at: datetime


_PAGE = (
    "SELECT s.scope_type, s.scope_id, coalesce(t.title, f.title, c.title) AS title, s.course_id,"
    " c.title AS course_title, s.forum_id, s.thread_id, s.digest, s.created_at"
    " FROM thread_subscriptions AS s JOIN courses AS c ON c.id = s.course_id"
    " AND c.state <> 'deleted' LEFT JOIN discussion_forums AS f ON f.id = s.forum_id"
    " LEFT JOIN discussion_threads AS t ON t.id = s.thread_id"
    " WHERE s.user_id = eduflow_person() AND ($1::uuid IS NULL OR s.scope_id > $1)"
    " ORDER BY s.scope_id LIMIT $2"
)


async def own_subscriptions(replica: ReadSession, *, page: Page) -> Slice[Followed]:
    """One page of them, in the order in which what they follow was begun."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, after, page.fetch, into=Followed)
    return page.of(rows, by=lambda r: (r.scope_id,), into=lambda r: r)
