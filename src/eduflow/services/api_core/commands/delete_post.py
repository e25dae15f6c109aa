"""Take one's own post back."""

import msgspec

from eduflow.contracts.discussion import AnswerWithdrawn, PostDeleted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.services.api_core.ids import CourseId, PostId, ThreadId
from eduflow.services.api_core.problems import ThreadLocked

GONE = "(deleted)"
"""Stands where a text must; nobody is shown it."""


class DeletePost(Command[None], frozen=True, kw_only=True):
    """The text is gone for good; the place stays, for the replies below it. Twice is once.

    Only the author: what others wrote can be hidden, and that can be undone.
    """

    post: PostId


class _Seen(msgspec.Struct):
    thread_id: ThreadId
    course_id: CourseId
    version: int
    state: str
    own: bool
    locked: bool
    accepted: bool


_LOOK = (
    "SELECT p.thread_id, p.course_id, p.version, p.state, p.author_id = eduflow_person() AS own,"
    " t.locked AND NOT holds_in('forum:moderate', p.course_id) AS locked,"
    " coalesce(t.accepted_post_id = p.id, false) AS accepted"
    " FROM discussion_posts AS p JOIN discussion_threads AS t ON t.id = p.thread_id"
    " WHERE p.id = $1"
)
_DELETE = (
    "UPDATE discussion_posts SET state = 'deleted', body = $3, moderation_note = '',"
    " version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)
_WITHDRAW = (
    "UPDATE discussion_threads SET accepted_post_id = NULL, version = version + 1"
    " WHERE id = $1 AND accepted_post_id = $2 AND {allowed}"
)


async def delete_post(command: DeletePost, work: UnitOfWork) -> None:
    seen = await work.look_one(_LOOK, command.post, into=_Seen)
    if seen is None:
        raise NotFound(kind="post")
    if not seen.own:
        raise Forbidden(permission="forum:write")
    if seen.state == "deleted":
        return
    if seen.locked:
        raise ThreadLocked(thread_id=seen.thread_id)
    work.write(_DELETE, command.post, seen.version, GONE)
    about = {
        "institution_id": work.identity.institution,
        "thread_id": seen.thread_id,
        "course_id": seen.course_id,
        "post_id": command.post,
    }
    work.record(PostDeleted(**about))
    if seen.accepted:
        # An answer that nobody can read answers nothing: the question is open again.
        work.write(_WITHDRAW, seen.thread_id, command.post)
        work.record(AnswerWithdrawn(**about))
