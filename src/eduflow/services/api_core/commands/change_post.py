"""Write one's own post anew."""

from datetime import datetime

import msgspec

from eduflow.contracts.discussion import PostChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import CourseId, PostId
from eduflow.services.api_core.problems import PostGone, ThreadLocked
from eduflow.services.api_core.views import Post


class ChangePost(Command[Post], frozen=True, kw_only=True):
    """Nobody puts words into another's mouth: only the author may."""

    post: PostId
    expected: int
    body: str


class _Seen(Post, kw_only=True):
    course_id: CourseId
    own: bool
    locked: bool
    state: str


_LOOK = (
    "SELECT p.id, p.thread_id, p.parent_id, cardinality(p.path) AS depth, p.body, p.created_at,"
    " p.edited_at, p.version, p.course_id, p.author_id = eduflow_person() AS own,"
    " p.state, t.locked AND NOT holds_in('forum:moderate', p.course_id) AS locked"
    " FROM discussion_posts AS p JOIN discussion_threads AS t ON t.id = p.thread_id"
    " WHERE p.id = $1"
)
_UPDATE = (
    "UPDATE discussion_posts SET body = $3, edited_at = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_post(command: ChangePost, work: UnitOfWork) -> Post:
    seen = await work.look_one(_LOOK, command.post, into=_Seen)
    if seen is None:
        raise NotFound(kind="post")
    if not seen.own:
        raise Forbidden(permission="forum:write")
    if seen.state == "deleted":
        raise PostGone(post_id=str(seen.id))
    if seen.locked:
        raise ThreadLocked(thread_id=seen.thread_id)
    refuse_unseen(command.expected, seen.version)
    if command.body == seen.body:
        return _shown(seen, body=seen.body, edited_at=seen.edited_at, version=seen.version)
    work.write(_UPDATE, seen.id, seen.version, command.body, work.now)
    work.record(
        PostChanged(
            institution_id=work.identity.institution,
            thread_id=seen.thread_id,
            course_id=seen.course_id,
            post_id=seen.id,
        )
    )
    return _shown(seen, body=command.body, edited_at=work.now, version=seen.version + 1)


def _shown(seen: _Seen, *, body: str, edited_at: datetime | None, version: int) -> Post:
    fields = {name: getattr(seen, name) for name in Post.__struct_fields__}
    return msgspec.structs.replace(Post(**fields), body=body, edited_at=edited_at, version=version)
