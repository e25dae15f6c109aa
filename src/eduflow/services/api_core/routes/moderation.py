"""Taking posts back and moderating them, over HTTP."""

from typing import Annotated

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Note, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.delete_post import DeletePost
from eduflow.services.api_core.commands.moderate_post import HidePost, RestorePost
from eduflow.services.api_core.ids import CourseId, PostId
from eduflow.services.api_core.queries.reported_posts import ReportedPost, reported_posts


class Hiding(Input, kw_only=True):
    """Why; its author reads it, too."""

    note: Annotated[Note, msgspec.Meta(min_length=1)]


@delete(
    "/posts/{post_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:write", on="post")],
)
async def take_back(post_id: FromPath[PostId], commands: NamedDependency[BoundCommands]) -> None:
    """Delete one's own post: its text is gone, its place stays for the replies below it."""
    await commands.execute(DeletePost(post=post_id))


@put(
    "/posts/{post_id:uuid}/hidden",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:moderate", on="post")],
)
async def hide(
    post_id: FromPath[PostId],
    data: JSONBody[Hiding],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Hide a post from all but its author and those who moderate; reports of it are settled."""
    await commands.execute(HidePost(post=post_id, note=data.note))


@delete(
    "/posts/{post_id:uuid}/hidden",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("forum:moderate", on="post")],
)
async def restore(post_id: FromPath[PostId], commands: NamedDependency[BoundCommands]) -> None:
    """Show a hidden post again; or settle reports of one that may stay as it is."""
    await commands.execute(RestorePost(post=post_id))


@get("/courses/{course_id:uuid}/reported-posts", guards=[may("forum:moderate", on="course")])
async def reported(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[ReportedPost]:
    """Posts that somebody reported and nobody has decided upon since."""
    return await reported_posts(replica, course_id, page=page)
