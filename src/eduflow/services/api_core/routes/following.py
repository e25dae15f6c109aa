"""What one follows, and what is unread, over HTTP."""

from typing import Literal

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.follow import Subscribe, Unsubscribe
from eduflow.services.api_core.commands.read_thread import ReadThread
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId
from eduflow.services.api_core.queries.own_subscriptions import Followed, own_subscriptions
from eduflow.services.api_core.queries.unread import Unread, unread


class Subscription(Input, kw_only=True):
    """How often mail comes of it; null: as the caller's preferences say."""

    digest: Literal["off", "immediate", "daily", "weekly"] | None = None


class ReadUpTo(Input, kw_only=True):
    """The last post that was read; what came before it in time is read too."""

    post_id: PostId


@put(
    "/courses/{course_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="course")],
)
async def follow_course(
    course_id: FromPath[CourseId],
    data: JSONBody[Subscription],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Follow every forum of a course."""
    await commands.execute(Subscribe(scope_type="course", scope=course_id, digest=data.digest))


@delete(
    "/courses/{course_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="course")],
)
async def leave_course(
    course_id: FromPath[CourseId], commands: NamedDependency[BoundCommands]
) -> None:
    """No longer follow a course; its forums and threads that are followed by themselves stay."""
    await commands.execute(Unsubscribe(scope_type="course", scope=course_id))


@put(
    "/forums/{forum_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="forum")],
)
async def follow_forum(
    forum_id: FromPath[ForumId],
    data: JSONBody[Subscription],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Follow every thread of a forum."""
    await commands.execute(Subscribe(scope_type="forum", scope=forum_id, digest=data.digest))


@delete(
    "/forums/{forum_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="forum")],
)
async def leave_forum(
    forum_id: FromPath[ForumId], commands: NamedDependency[BoundCommands]
) -> None:
    """No longer follow a forum."""
    await commands.execute(Unsubscribe(scope_type="forum", scope=forum_id))


@put(
    "/threads/{thread_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="thread")],
)
async def follow_thread(
    thread_id: FromPath[ThreadId],
    data: JSONBody[Subscription],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Follow a thread."""
    await commands.execute(Subscribe(scope_type="thread", scope=thread_id, digest=data.digest))


@delete(
    "/threads/{thread_id:uuid}/subscription",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="thread")],
)
async def leave_thread(
    thread_id: FromPath[ThreadId], commands: NamedDependency[BoundCommands]
) -> None:
    """No longer follow a thread; whoever writes in it again follows it again."""
    await commands.execute(Unsubscribe(scope_type="thread", scope=thread_id))


@put(
    "/threads/{thread_id:uuid}/read",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:read", on="thread")],
)
async def read(
    thread_id: FromPath[ThreadId],
    data: JSONBody[ReadUpTo],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Say up to which post a thread was read. What was read stays read."""
    await commands.execute(ReadThread(thread=thread_id, post=data.post_id))


@get("/users/me/subscriptions", guards=[logged_in])
async def own_subscribed(
    page: NamedDependency[Page], replica: NamedDependency[ReadSession]
) -> Slice[Followed]:
    """What the caller follows: threads, forums, whole courses."""
    return await own_subscriptions(replica, page=page)


@get("/users/me/unread", guards=[logged_in])
async def own_unread(
    identity: NamedDependency[Identity], replica: NamedDependency[ReadSession]
) -> Unread:
    """How many posts of others are new to the caller, by course, forum and thread."""
    return await unread(replica, identity.user)
