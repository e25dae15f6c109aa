"""Write into a thread."""

from uuid import UUID

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.posting import OF_FORUM, Place, write_post
from eduflow.services.api_core.ids import PostId, ThreadId
from eduflow.services.api_core.model.nesting import path_below
from eduflow.services.api_core.problems import CourseConcluded, NoSuchPost, ThreadLocked
from eduflow.services.api_core.views import Post


class AddPost(Command[Post], frozen=True, kw_only=True):
    """A reply to `parent`, or, without one, to nobody in particular."""

    thread: ThreadId
    parent: PostId | None
    body: str


class _Look(Place, frozen=True):
    locked: bool
    above: list[UUID] | None


_LOOK = (
    f"SELECT {OF_FORUM}, t.locked, p.path AS above FROM discussion_threads AS t"
    " JOIN discussion_forums AS f ON f.id = t.forum_id JOIN courses AS c ON c.id = t.course_id"
    " LEFT JOIN discussion_posts AS p ON p.thread_id = t.id AND p.id = $2 WHERE t.id = $1"
)
# No version is compared: any number of people may write at the same moment, one after the other.
_COUNT = (
    "UPDATE discussion_threads SET posts = posts + 1, last_post_id = $2, last_post_at = $3"
    " WHERE id = $1 AND (NOT locked OR $4::boolean) AND {allowed}"
)


async def add_post(command: AddPost, work: UnitOfWork) -> Post:
    seen = await work.look_one(_LOOK, command.thread, command.parent, into=_Look)
    if seen is None:
        raise NotFound(kind="thread")
    if command.parent is not None and seen.above is None:
        raise NoSuchPost(post_id=command.parent)
    if seen.course_state == "concluded":
        raise CourseConcluded(course_id=seen.course_id)
    if seen.locked and not seen.moderates:
        raise ThreadLocked(thread_id=command.thread)
    post = PostId(new_id())
    path = path_below(seen.above or [], post)
    work.write(_COUNT, command.thread, post, work.now, seen.moderates)
    return write_post(work, seen, thread=command.thread, post=post, path=path, body=command.body)
