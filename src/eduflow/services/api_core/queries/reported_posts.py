"""Posts of a course that somebody reported and nobody has decided upon since."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId


class ReportedPost(View, kw_only=True):
    """For those who moderate, who see names also where learners do not."""

    post_id: PostId
    thread_id: ThreadId
    forum_id: ForumId
    thread_title: str
    author_id: UserId
    author_name: str
    body: str
    state: str
    reports: int
    last_report_at: datetime


# Served by post_reactions_reports: there are few reports, and posts are found by their keys.
_PAGE = (
    "SELECT p.id AS post_id, p.thread_id, p.forum_id, t.title AS thread_title, p.author_id,"
    " u.display_name AS author_name, p.body, p.state, count(*) AS reports,"
    " max(r.created_at) AS last_report_at FROM post_reactions AS r"
    " JOIN discussion_posts AS p ON p.id = r.post_id AND p.course_id = $1"
    " AND p.state <> 'deleted' AND r.created_at > coalesce(p.moderated_at, '-infinity')"
    " JOIN discussion_threads AS t ON t.id = p.thread_id JOIN users AS u ON u.id = p.author_id"
    " WHERE r.kind = 'report' AND r.institution_id = eduflow_institution()"
    " AND ($2::uuid IS NULL OR p.id > $2) GROUP BY p.id, t.title, u.display_name"
    " ORDER BY p.id LIMIT $3"
)


async def reported_posts(
    replica: ReadSession, course: CourseId, *, page: Page
) -> Slice[ReportedPost]:
    """One page of them, the oldest post first."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, course, after, page.fetch, into=ReportedPost)
    return page.of(rows, by=lambda r: (r.post_id,), into=lambda r: r)
