"""When students see what they were given, over HTTP."""

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.guards import may
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed
from eduflow.services.api_core.commands.post_grades import HideGrades, PostGrades
from eduflow.services.api_core.grading_views import Assignment
from eduflow.services.api_core.ids import AssignmentId


@post(
    "/assignments/{assignment_id:uuid}/post-grades",
    status_code=HTTP_200_OK,
    guards=[may("grade:post", on="assignment")],
)
async def post_grades(
    assignment_id: FromPath[AssignmentId], commands: NamedDependency[BoundCommands]
) -> Response[Assignment]:
    """Let students see what they were given; from now on at once. Names of blind work are shown."""
    return changed(await commands.execute(PostGrades(assignment=assignment_id)))


@post(
    "/assignments/{assignment_id:uuid}/hide-grades",
    status_code=HTTP_200_OK,
    guards=[may("grade:post", on="assignment")],
)
async def hide_grades(
    assignment_id: FromPath[AssignmentId], commands: NamedDependency[BoundCommands]
) -> Response[Assignment]:
    """Hide them until they are posted again: they count for nothing meanwhile."""
    return changed(await commands.execute(HideGrades(assignment=assignment_id)))
