"""What a first post and a reply have in common."""

from uuid import UUID

import msgspec

from eduflow.contracts.discussion import PostAdded
from eduflow.kernel.commands import UnitOfWork
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId
from eduflow.services.api_core.views import Post

# What decides about a post in the forum `f` of the course `c`, to be selected with the rest.
OF_FORUM = (
    "f.id AS forum_id, f.course_id, f.anonymity, c.state AS course_state,"
    " holds_in('forum:moderate', f.course_id) AS moderates"
)


class Place(msgspec.Struct, frozen=True):
    """Where a post goes, and who writes it."""

    forum_id: ForumId
    course_id: CourseId
    anonymity: str
    course_state: str
    moderates: bool


_INSERT = (
    "INSERT INTO discussion_posts (id, institution_id, course_id, forum_id, thread_id, author_id,"
    " anonymous_to, parent_id, path, body, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::uuid[], $10, $11 WHERE {allowed}"
)
# Whoever writes is told what comes after, unless they follow the thread in a way of their own.
_FOLLOW = (
    "INSERT INTO thread_subscriptions (user_id, institution_id, course_id, forum_id, thread_id,"
    " created_at) SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT DO NOTHING"
)


def write_post(
    work: UnitOfWork, place: Place, *, thread: ThreadId, post: PostId, path: list[UUID], body: str
) -> Post:
    """Write it, have its author follow the thread, and say so.

    Learners of an anonymous forum are so to each other; who moderates answers by name.
    """
    who = work.identity
    parent = PostId(path[-2]) if len(path) > 1 else None
    hidden = place.anonymity == "students" and not place.moderates
    work.write(
        _INSERT,
        post,
        who.institution,
        place.course_id,
        place.forum_id,
        thread,
        who.user,
        "students" if hidden else None,
        parent,
        path,
        body,
        work.now,
    )
    work.write(
        _FOLLOW,
        who.user,
        who.institution,
        place.course_id,
        place.forum_id,
        thread,
        work.now,
        changes=None,
    )
    work.record(
        PostAdded(
            institution_id=who.institution,
            thread_id=thread,
            forum_id=place.forum_id,
            course_id=place.course_id,
            post_id=post,
            parent_id=parent,
            author_id=who.user,
            posted_at=work.now,
        )
    )
    return Post(
        id=post,
        thread_id=thread,
        parent_id=parent,
        depth=len(path),
        body=body,
        created_at=work.now,
        edited_at=None,
        version=1,
    )
