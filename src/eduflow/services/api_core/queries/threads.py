"""Threads: a forum's, the pinned first and then the liveliest; and one alone."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import ForumId, ThreadId
from eduflow.services.api_core.views import Thread, columns


class ThreadEntry(Thread, kw_only=True):
    """A thread and who began it: null where that is not for the caller to know."""

    author_id: UserId | None
    author_name: str | None
    own: bool
    following: bool


# Whether the caller moderates is asked once, not for every row.
_SHOWN = (
    f"SELECT {columns(Thread, 't')}, t.author_id = eduflow_person() AS own,"
    " CASE WHEN v.seen THEN t.author_id END AS author_id,"
    " CASE WHEN v.seen THEN u.display_name END AS author_name,"
    " EXISTS (SELECT FROM thread_subscriptions AS s WHERE s.user_id = eduflow_person()"
    " AND s.scope_id = t.id) AS following"
    " FROM here JOIN discussion_threads AS t ON t.{0} JOIN users AS u ON u.id = t.author_id"
    " CROSS JOIN LATERAL (SELECT here.moderates OR t.author_id = eduflow_person() OR"
    " (SELECT p.anonymous_to FROM discussion_posts AS p WHERE p.thread_id = t.id"
    " ORDER BY p.path LIMIT 1) IS NULL AS seen) AS v"
)
_PAGE = (
    "WITH here AS MATERIALIZED (SELECT f.id, holds_in('forum:moderate', f.course_id) AS moderates"
    " FROM discussion_forums AS f WHERE f.id = $1) "
    + _SHOWN.format("forum_id = here.id")
    + " WHERE ($2::boolean IS NULL OR (t.pinned, t.last_post_at, t.id) < ($2, $3, $4::uuid))"
    " ORDER BY t.pinned DESC, t.last_post_at DESC, t.id DESC LIMIT $5"
)
_ONE = (
    "WITH here AS MATERIALIZED (SELECT w.id, holds_in('forum:moderate', w.course_id) AS moderates"
    " FROM discussion_threads AS w WHERE w.id = $1) " + _SHOWN.format("id = here.id")
)


async def threads(replica: ReadSession, forum: ForumId, *, page: Page) -> Slice[ThreadEntry]:
    """One page of a forum."""
    pinned, at, thread = page.after(bool, datetime, UUID) or (None, None, None)
    rows = await replica.rows(_PAGE, forum, pinned, at, thread, page.fetch, into=ThreadEntry)
    return page.of(rows, by=lambda r: (r.pinned, r.last_post_at, r.id), into=lambda r: r)


async def thread(replica: ReadSession, wanted: ThreadId) -> ThreadEntry:
    """One of them."""
    return await replica.row(_ONE, wanted, into=ThreadEntry)
