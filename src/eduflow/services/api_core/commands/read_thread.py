"""Say how far one has read a thread."""

import msgspec

from eduflow.contracts.discussion import ThreadRead
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.ids import PostId, ThreadId
from eduflow.services.api_core.problems import NoSuchPost


class ReadThread(Command[None], frozen=True, kw_only=True):
    """Everything up to that post, by time. What was read stays read."""

    thread: ThreadId
    post: PostId


class _Found(msgspec.Struct):
    id: PostId


_LOOK = "SELECT id FROM discussion_posts WHERE thread_id = $1 AND id = $2"


async def read_thread(command: ReadThread, work: UnitOfWork) -> None:
    if await work.look_one(_LOOK, command.thread, command.post, into=_Found) is None:
        raise NoSuchPost(post_id=command.post)
    who = work.identity
    work.record(
        ThreadRead(
            institution_id=who.institution,
            thread_id=command.thread,
            user_id=who.user,
            post_id=command.post,
        )
    )
