"""Hide a post from those who learn, or say that it may be read."""

from typing import Any

import msgspec

from eduflow.contracts.discussion import PostHidden, PostRestored
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import CourseId, PostId, ThreadId
from eduflow.services.api_core.problems import PostGone


class HidePost(Command[None], frozen=True, kw_only=True):
    """Its author still sees it, and why; reports of it are settled. Again replaces the note."""

    post: PostId
    note: str


class RestorePost(Command[None], frozen=True, kw_only=True):
    """What was hidden is to be read again; and what was reported only is settled."""

    post: PostId


class _Seen(msgspec.Struct):
    thread_id: ThreadId
    course_id: CourseId
    version: int
    state: str


_LOOK = "SELECT thread_id, course_id, version, state FROM discussion_posts WHERE id = $1"
_DECIDE = (
    "UPDATE discussion_posts SET state = $3, moderation_note = $4, moderated_at = $5,"
    " moderated_by = $6, version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def hide_post(command: HidePost, work: UnitOfWork) -> None:
    about = await _decide(command.post, work, state="hidden", note=command.note)
    work.record(PostHidden(**about))


async def restore_post(command: RestorePost, work: UnitOfWork) -> None:
    about = await _decide(command.post, work, state="visible", note="")
    work.record(PostRestored(**about))


async def _decide(post: PostId, work: UnitOfWork, *, state: str, note: str) -> dict[str, Any]:
    seen = await work.look_one(_LOOK, post, into=_Seen)
    if seen is None:
        raise NotFound(kind="post")
    if seen.state == "deleted":
        raise PostGone(post_id=str(post))
    who = work.identity
    work.write(_DECIDE, post, seen.version, state, note, work.now, who.user)
    return {
        "institution_id": who.institution,
        "thread_id": seen.thread_id,
        "course_id": seen.course_id,
        "post_id": post,
    }
