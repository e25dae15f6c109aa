"""What somebody has not read yet, by course, forum and thread."""

from datetime import datetime

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import CourseId, ForumId, ThreadId

MOST_THREADS = 50


class UnreadThread(View, kw_only=True):
    """A thread with posts of others that are new to the caller."""

    thread_id: ThreadId
    unread: int


class UnreadForum(View, kw_only=True):
    """`unread` counts all its posts; `threads` are the liveliest fifty."""

    forum_id: ForumId
    unread: int
    threads: list[UnreadThread]


class UnreadCourse(View, kw_only=True):
    """A course with something new in it."""

    course_id: CourseId
    unread: int
    forums: list[UnreadForum]


class Unread(View, kw_only=True):
    """Everything that is new to the caller, as it was at `as_of`."""

    as_of: datetime | None
    unread: int
    courses: list[UnreadCourse]


class _Row(msgspec.Struct):
    course_id: CourseId
    forum_id: ForumId
    unread: int
    threads: list[UnreadThread]


# One's own posts are never new to oneself; how many there are behind the mark, an index tells.
_FORUMS = (
    "SELECT f.course_id, f.forum_id, sum(f.unread) AS unread, json_agg(json_build_object("
    "'thread_id', f.thread_id, 'unread', f.unread) ORDER BY f.place)"
    f" FILTER (WHERE f.place <= {MOST_THREADS}) AS threads FROM ("
    "SELECT n.*, row_number() OVER (PARTITION BY n.forum_id ORDER BY n.last_at DESC, n.thread_id)"
    " AS place FROM (SELECT t.course_id, t.forum_id, t.thread_id, t.last_at, t.posts"
    " - coalesce(m.last_number, 0) - (SELECT count(*) FROM thread_posts AS p"
    " WHERE p.author_id = $1 AND p.thread_id = t.thread_id"
    " AND p.number > coalesce(m.last_number, 0)) AS unread"
    " FROM (SELECT DISTINCT r.course_id FROM course_roster AS r JOIN roles AS k ON k.key = r.role"
    " AND 'forum:read' = ANY (k.permissions) WHERE r.user_id = $1 AND r.state = 'active') AS s"
    " JOIN course_cards AS c ON c.course_id = s.course_id AND c.state <> 'deleted'"
    " JOIN thread_counts AS t ON t.course_id = s.course_id"
    " LEFT JOIN thread_reads AS m ON m.thread_id = t.thread_id AND m.user_id = $1) AS n"
    " WHERE n.unread > 0) AS f"
    " GROUP BY f.course_id, f.forum_id ORDER BY f.course_id, f.forum_id"
)


async def unread(replica: ReadSession, user: UserId) -> Unread:
    """Counted from the read model, in every course somebody has a seat in."""
    rows = await replica.rows(
        _FORUMS, user, into=_Row, of=("thread_reads", "course_roster", "course_cards")
    )
    courses: dict[CourseId, UnreadCourse] = {}
    for row in rows:
        course = courses.setdefault(
            row.course_id, UnreadCourse(course_id=row.course_id, unread=0, forums=[])
        )
        course.unread += row.unread
        course.forums.append(
            UnreadForum(forum_id=row.forum_id, unread=row.unread, threads=row.threads)
        )
    return Unread(
        as_of=replica.freshness.as_of,
        unread=sum(course.unread for course in courses.values()),
        courses=list(courses.values()),
    )
