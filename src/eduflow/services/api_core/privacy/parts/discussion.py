"""What people write in forums, follow, and are told."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

_THREADS = (
    "SELECT t.id::text AS key, t.id, t.course_id, t.forum_id, f.title AS forum, t.title,"
    " t.created_at FROM discussion_threads AS t JOIN discussion_forums AS f ON f.id = t.forum_id"
    " WHERE t.author_id = $1 AND ($2::text IS NULL OR t.id::text > $2) ORDER BY 1 LIMIT $3"
)
_POSTS = (
    "SELECT p.id::text AS key, p.id, p.course_id, p.forum_id, p.thread_id, p.parent_id, p.body,"
    " p.anonymous_to, p.created_at, p.edited_at, p.state, p.moderated_at,"
    " p.moderation_note FROM discussion_posts AS p"
    " WHERE p.author_id = $1 AND ($2::text IS NULL OR p.id::text > $2) ORDER BY 1 LIMIT $3"
)
_REACTIONS = (
    "SELECT post_id::text || ' ' || kind AS key, post_id, thread_id, kind, created_at"
    " FROM post_reactions WHERE user_id = $1"
    " AND ($2::text IS NULL OR post_id::text || ' ' || kind > $2) ORDER BY 1 LIMIT $3"
)
_FOLLOWED = (
    "SELECT scope_id::text AS key, scope_type, scope_id, course_id, digest, created_at"
    " FROM thread_subscriptions WHERE user_id = $1"
    " AND ($2::text IS NULL OR scope_id::text > $2) ORDER BY 1 LIMIT $3"
)
_TOLD = (
    "SELECT id::text AS key, id, kind, event_id, payload, in_app, mail, created_at, read_at"
    " FROM notifications WHERE user_id = $1 AND ($2::text IS NULL OR id::text > $2)"
    " ORDER BY 1 LIMIT $3"
)
_CHOSEN = (
    "SELECT kind || ' ' || channel AS key, kind, channel, digest FROM notification_preferences"
    " WHERE user_id = $1 AND ($2::text IS NULL OR kind || ' ' || channel > $2) ORDER BY 1 LIMIT $3"
)


def threads(subject: Subject) -> AsyncIterator[Row]:
    """Those they began."""
    return subject.rows(_THREADS)


def posts(subject: Subject) -> AsyncIterator[Row]:
    """All they wrote, also where others do not learn who it was."""
    return subject.rows(_POSTS)


def reactions(subject: Subject) -> AsyncIterator[Row]:
    """What they voted for, endorsed or reported."""
    return subject.rows(_REACTIONS)


def followed(subject: Subject) -> AsyncIterator[Row]:
    """What they want to hear of."""
    return subject.rows(_FOLLOWED)


def notifications(subject: Subject) -> AsyncIterator[Row]:
    """What they were told."""
    return subject.rows(_TOLD)


def preferences(subject: Subject) -> AsyncIterator[Row]:
    """How they want to be told."""
    return subject.rows(_CHOSEN)


PARTS = (
    Part(
        name="threads",
        title="Threads begun",
        tables=("discussion_threads",),
        read=threads,
        erasure="The title is blanked. The thread stays, for what others wrote in it.",
    ),
    Part(
        name="posts",
        title="Posts",
        tables=("discussion_posts",),
        read=posts,
        erasure="The text is blanked and the name is gone. The post keeps its place, for the"
        " replies below it.",
    ),
    Part(
        name="reactions",
        title="Votes and reports",
        tables=("post_reactions",),
        read=reactions,
        erasure="Stays, with the id of the blank row: it is counted at the posts of others.",
    ),
    Part(
        name="followed",
        title="Followed",
        tables=("thread_subscriptions",),
        read=followed,
        erasure="Deleted.",
    ),
    Part(
        name="notifications",
        title="Notifications",
        tables=("notifications",),
        read=notifications,
        erasure="Deleted.",
    ),
    Part(
        name="notification-preferences",
        title="How to be told",
        tables=("notification_preferences",),
        read=preferences,
        erasure="Deleted.",
    ),
)
EXCUSED = (
    Excuse(
        tables=("notification_digests",),
        why="On which mornings notifications went out together; the notifications are here.",
        erasure="Deleted.",
    ),
    Excuse(
        tables=("thread_posts", "thread_reads", "course_reads"),
        why="Counted from posts and from what was said to be read, which are in the archive.",
        erasure="Stays, with the id of the blank row: it holds numbers only, and what is unread to"
        " others is counted by it.",
    ),
)
