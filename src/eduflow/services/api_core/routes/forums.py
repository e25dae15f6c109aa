"""Forums, threads and posts over HTTP."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Line, Note, Page, Slice, Text, etag
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.add_post import AddPost
from eduflow.services.api_core.commands.change_post import ChangePost
from eduflow.services.api_core.commands.change_thread import ChangeThread
from eduflow.services.api_core.commands.create_forum import CreateForum
from eduflow.services.api_core.commands.react_to_post import ReactToPost, WithdrawReaction
from eduflow.services.api_core.commands.start_thread import StartThread
from eduflow.services.api_core.ids import CourseId, ForumId, PostId, ThreadId
from eduflow.services.api_core.queries.forums import forums
from eduflow.services.api_core.queries.posts import PostEntry, posts
from eduflow.services.api_core.queries.threads import ThreadEntry, thread, threads
from eduflow.services.api_core.views import Forum, Post, Thread

Said = Annotated[Text, msgspec.Meta(min_length=1)]
ReactionKind = Literal["vote", "endorse", "report"]


class NewForum(Input, kw_only=True):
    """A forum. Its `anonymity` is settled for good: nobody is unmasked later."""

    title: Line
    description: Note = ""
    kind: Literal["discussion", "question"] = "discussion"
    anonymity: Literal["none", "students"] = "none"


class NewThread(Input, kw_only=True):
    """A thread with its first post."""

    title: Line
    body: Said


class NewPost(Input, kw_only=True):
    """A post; with a `parent_id`, a reply to that one."""

    body: Said
    parent_id: PostId | None = None


class PostChange(Input, kw_only=True):
    """What the post says now."""

    body: Said


class ThreadChange(Input, kw_only=True):
    """Members that are absent stay; null opens an answered question again."""

    title: Line | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    accepted_post_id: PostId | UnsetType | None = UNSET


class NewReaction(Input, kw_only=True):
    """To endorse is for those who moderate; a report is seen by them alone."""

    kind: ReactionKind


@post(
    "/courses/{course_id:uuid}/forums",
    status_code=HTTP_201_CREATED,
    guards=[may("forum:moderate", on="course")],
)
async def open_forum(
    course_id: FromPath[CourseId],
    data: JSONBody[NewForum],
    commands: NamedDependency[BoundCommands],
) -> Response[Forum]:
    """Open a forum in a course, to discuss or to ask."""
    fields = msgspec.structs.asdict(data)
    return created(await commands.execute(CreateForum(course=course_id, **fields)), at=None)


@get("/courses/{course_id:uuid}/forums", guards=[may("forum:read", on="course")])
async def of_course(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Forum]:
    """The forums of a course, in the order they were opened."""
    return await forums(replica, course_id, page=page)


@post(
    "/forums/{forum_id:uuid}/threads",
    status_code=HTTP_201_CREATED,
    guards=[may("forum:write", on="forum")],
)
async def begin(
    forum_id: FromPath[ForumId],
    data: JSONBody[NewThread],
    commands: NamedDependency[BoundCommands],
) -> Response[Thread]:
    """Begin a thread. Whoever does follows it."""
    command = StartThread(forum=forum_id, title=data.title, body=data.body)
    made = await commands.execute(command)
    return created(made, at=f"/threads/{made.id}")


@get("/forums/{forum_id:uuid}/threads", guards=[may("forum:read", on="forum")])
async def of_forum(
    forum_id: FromPath[ForumId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[ThreadEntry]:
    """The threads of a forum: the pinned ones, then those written in last."""
    return await threads(replica, forum_id, page=page)


@get("/threads/{thread_id:uuid}", guards=[may("forum:read", on="thread")])
async def one(
    thread_id: FromPath[ThreadId], replica: NamedDependency[ReadSession]
) -> Response[ThreadEntry]:
    """One thread, with the version to change it by."""
    found = await thread(replica, thread_id)
    # No 304: posts are counted in it, and are no part of its version.
    return Response(found, headers={"ETag": etag(found.version)})


@patch("/threads/{thread_id:uuid}", guards=[may("forum:write", on="thread")])
async def change(
    thread_id: FromPath[ThreadId],
    data: JSONBody[ThreadChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Thread]:
    """Pin or lock (`forum:moderate`); give a title or accept an answer (whoever began it, too)."""
    fields = msgspec.structs.asdict(data)
    return changed(
        await commands.execute(ChangeThread(thread=thread_id, expected=if_match, **fields))
    )


@post(
    "/threads/{thread_id:uuid}/posts",
    status_code=HTTP_201_CREATED,
    guards=[may("forum:write", on="thread")],
)
async def say(
    thread_id: FromPath[ThreadId],
    data: JSONBody[NewPost],
    commands: NamedDependency[BoundCommands],
) -> Response[Post]:
    """Write into a thread. Whoever does follows it; replies nest eight deep."""
    command = AddPost(thread=thread_id, parent=data.parent_id, body=data.body)
    return created(await commands.execute(command), at=None)


@get("/threads/{thread_id:uuid}/posts", guards=[may("forum:read", on="thread")])
async def of_thread(
    thread_id: FromPath[ThreadId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[PostEntry]:
    """The posts of a thread, every one right above its replies, oldest first."""
    return await posts(replica, thread_id, page=page)


@patch("/posts/{post_id:uuid}", guards=[may("forum:write", on="post")])
async def rewrite(
    post_id: FromPath[PostId],
    data: JSONBody[PostChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Post]:
    """Write one's own post anew."""
    command = ChangePost(post=post_id, expected=if_match, body=data.body)
    return changed(await commands.execute(command))


@put(
    "/posts/{post_id:uuid}/reactions",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:write", on="post")],
)
async def react(
    post_id: FromPath[PostId],
    data: JSONBody[NewReaction],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Vote for a post, endorse it or report it. Twice is once."""
    await commands.execute(ReactToPost(post=post_id, kind=data.kind))


@delete(
    "/posts/{post_id:uuid}/reactions",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:write", on="post")],
)
async def take_back(
    post_id: FromPath[PostId],
    commands: NamedDependency[BoundCommands],
    *,
    kind: Annotated[ReactionKind, QueryParameter()],
) -> None:
    """Take a reaction back."""
    await commands.execute(WithdrawReaction(post=post_id, kind=kind))
