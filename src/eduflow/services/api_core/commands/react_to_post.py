"""Vote for a post, endorse it or report it; and take that back."""

import msgspec

from eduflow.contracts.discussion import PostReacted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.services.api_core.ids import PostId, ThreadId
from eduflow.services.api_core.problems import PostGone


class ReactToPost(Command[None], frozen=True, kw_only=True):
    """Doing it twice is doing it once. To endorse is for those who moderate."""

    post: PostId
    kind: str


class WithdrawReaction(Command[None], frozen=True, kw_only=True):
    """Taking back what was not done changes nothing."""

    post: PostId
    kind: str


class _Seen(msgspec.Struct):
    thread_id: ThreadId
    moderates: bool
    done: bool
    gone: bool


_LOOK = (
    "SELECT p.thread_id, holds_in('forum:moderate', p.course_id) AS moderates,"
    " EXISTS (SELECT FROM post_reactions AS r WHERE r.post_id = p.id AND r.kind = $2"
    " AND r.user_id = eduflow_person()) AS done, p.state = 'deleted' AS gone"
    " FROM discussion_posts AS p WHERE p.id = $1"
)
_INSERT = (
    "INSERT INTO post_reactions (post_id, user_id, kind, institution_id, thread_id, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_DELETE = (
    "DELETE FROM post_reactions WHERE post_id = $1 AND user_id = $2 AND kind = $3 AND {allowed}"
)


async def react_to_post(command: ReactToPost, work: UnitOfWork) -> None:
    seen = await _seen(command.post, command.kind, work)
    if command.kind == "endorse" and not seen.moderates:
        raise Forbidden(permission="forum:moderate")
    if seen.done:
        return
    if seen.gone:
        raise PostGone(post_id=str(command.post))
    who = work.identity
    work.write(
        _INSERT, command.post, who.user, command.kind, who.institution, seen.thread_id, work.now
    )
    _say(work, command.post, seen.thread_id, kind=command.kind, withdrawn=False)


async def withdraw_reaction(command: WithdrawReaction, work: UnitOfWork) -> None:
    seen = await _seen(command.post, command.kind, work)
    if not seen.done:
        return
    work.write(_DELETE, command.post, work.identity.user, command.kind)
    _say(work, command.post, seen.thread_id, kind=command.kind, withdrawn=True)


async def _seen(post: PostId, kind: str, work: UnitOfWork) -> _Seen:
    seen = await work.look_one(_LOOK, post, kind, into=_Seen)
    if seen is None:
        raise NotFound(kind="post")
    return seen


def _say(work: UnitOfWork, post: PostId, thread: ThreadId, *, kind: str, withdrawn: bool) -> None:
    who = work.identity
    work.record(
        PostReacted(
            institution_id=who.institution,
            post_id=post,
            thread_id=thread,
            user_id=who.user,
            kind=kind,
            withdrawn=withdrawn,
        )
    )
