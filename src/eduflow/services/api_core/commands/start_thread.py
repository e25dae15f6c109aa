"""Begin a thread with its first post."""

from eduflow.contracts.discussion import ThreadStarted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.posting import OF_FORUM, Place, write_post
from eduflow.services.api_core.ids import ForumId, PostId, ThreadId
from eduflow.services.api_core.model.nesting import path_below
from eduflow.services.api_core.problems import CourseConcluded
from eduflow.services.api_core.views import Thread


class StartThread(Command[Thread], frozen=True, kw_only=True):
    """A question, or something to discuss; `body` is its first post."""

    forum: ForumId
    title: str
    body: str


_LOOK = (
    f"SELECT {OF_FORUM} FROM discussion_forums AS f JOIN courses AS c ON c.id = f.course_id"
    " WHERE f.id = $1"
)
_INSERT = (
    "INSERT INTO discussion_threads (id, institution_id, course_id, forum_id, author_id, title,"
    " posts, last_post_id, last_post_at, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, 1, $7, $8, $8 WHERE {allowed}"
)


async def start_thread(command: StartThread, work: UnitOfWork) -> Thread:
    place = await work.look_one(_LOOK, command.forum, into=Place)
    if place is None:
        raise NotFound(kind="forum")
    if place.course_state == "concluded":
        raise CourseConcluded(course_id=place.course_id)
    who = work.identity
    post = PostId(new_id())
    thread = Thread(
        id=ThreadId(new_id()),
        forum_id=place.forum_id,
        course_id=place.course_id,
        title=command.title,
        pinned=False,
        locked=False,
        accepted_post_id=None,
        posts=1,
        last_post_id=post,
        last_post_at=work.now,
        version=1,
    )
    work.write(
        _INSERT,
        thread.id,
        who.institution,
        place.course_id,
        place.forum_id,
        who.user,
        thread.title,
        post,
        work.now,
    )
    work.record(
        ThreadStarted(
            institution_id=who.institution,
            thread_id=thread.id,
            forum_id=place.forum_id,
            course_id=place.course_id,
            author_id=who.user,
        )
    )
    path = path_below([], post)
    write_post(work, place, thread=thread.id, post=post, path=path, body=command.body)
    return thread
