"""The posts of a thread, every one right above its replies, oldest first."""

from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import PostId, ThreadId
from eduflow.services.api_core.views import Post


class PostEntry(Post, kw_only=True):
    """A post, and who wrote it: null where that is not for the caller to know.

    `alias` tells the nameless of one thread apart: the same number is the same person.
    """

    author_id: UserId | None
    author_name: str | None
    alias: int | None
    own: bool
    accepted: bool
    votes: int
    voted: bool
    endorsed: bool
    reports: int | None
    """Those not settled yet, only for those who moderate."""
    state: str
    """`visible`; `hidden` by who moderates, whose text only they and its author see; `deleted`."""
    moderation_note: str | None
    """Why it is hidden, for those who see it."""


class _Row(PostEntry, kw_only=True):
    path: list[PostId]


# An alias is the place of the person's first post among all first posts: it never changes, because
# nothing is ever put before what is there.
_PAGE = (
    "WITH here AS MATERIALIZED (SELECT t.id, t.accepted_post_id,"
    " holds_in('forum:moderate', t.course_id) AS moderates FROM discussion_threads AS t"
    " WHERE t.id = $1),"
    " faces AS (SELECT author_id, row_number() OVER (ORDER BY min(id::text)) AS alias"
    " FROM discussion_posts WHERE thread_id = $1 AND anonymous_to IS NOT NULL GROUP BY author_id)"
    " SELECT p.id, p.thread_id, p.parent_id, cardinality(p.path) AS depth, p.path,"
    " CASE WHEN s.readable THEN p.body ELSE '' END AS body, p.state,"
    " CASE WHEN s.readable AND p.state = 'hidden' THEN p.moderation_note END AS moderation_note,"
    " p.created_at, p.edited_at, p.version,"
    " CASE WHEN v.seen THEN p.author_id END AS author_id,"
    " CASE WHEN v.seen THEN u.display_name END AS author_name,"
    " CASE WHEN p.anonymous_to IS NOT NULL THEN a.alias END AS alias,"
    " p.author_id = eduflow_person() AS own, coalesce(p.id = here.accepted_post_id, false)"
    " AS accepted, r.votes, r.voted, r.endorsed,"
    " CASE WHEN here.moderates THEN r.reports END AS reports"
    " FROM here JOIN discussion_posts AS p ON p.thread_id = here.id"
    " JOIN users AS u ON u.id = p.author_id LEFT JOIN faces AS a ON a.author_id = p.author_id"
    " CROSS JOIN LATERAL (SELECT p.anonymous_to IS NULL OR here.moderates"
    " OR p.author_id = eduflow_person() AS seen) AS v"
    " CROSS JOIN LATERAL (SELECT p.state = 'visible' OR (p.state = 'hidden'"
    " AND (here.moderates OR p.author_id = eduflow_person())) AS readable) AS s"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'vote') AS votes,"
    " coalesce(bool_or(kind = 'vote' AND user_id = eduflow_person()), false) AS voted,"
    " coalesce(bool_or(kind = 'endorse'), false) AS endorsed,"
    " count(*) FILTER (WHERE kind = 'report'"
    " AND created_at > coalesce(p.moderated_at, '-infinity')) AS reports FROM post_reactions"
    " WHERE post_id = p.id) AS r"
    " WHERE $2::uuid[] IS NULL OR p.path > $2 ORDER BY p.path LIMIT $3"
)


async def posts(replica: ReadSession, thread: ThreadId, *, page: Page) -> Slice[PostEntry]:
    """One page of a thread."""
    (path,) = page.after(list[UUID]) or (None,)
    rows = await replica.rows(_PAGE, thread, path, page.fetch, into=_Row)
    return page.of(rows, by=lambda r: (r.path,), into=_entry)


def _entry(row: _Row) -> PostEntry:
    return msgspec.convert(row, PostEntry, from_attributes=True)
