"""Progress and dashboards over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice, View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.record_progress import RecordProgress
from eduflow.services.api_core.ids import CourseId, LessonId
from eduflow.services.api_core.queries.course_dashboard import CourseDashboard, course_dashboard
from eduflow.services.api_core.queries.course_progress import LearnerProgress, course_progress
from eduflow.services.api_core.queries.own_dashboard import Dashboard, own_dashboard
from eduflow.services.api_core.queries.own_progress import OwnProgress, own_progress


class NewProgress(Input, kw_only=True):
    """What the caller did with a lesson."""

    kind: Literal["viewed", "completed", "reopened"]


class Recorded(View, kw_only=True):
    """What was recorded; progress counts it from `EduFlow-Position` on."""

    id: UUID


@post(
    "/lessons/{lesson_id:uuid}/progress",
    status_code=HTTP_202_ACCEPTED,
    guards=[may("progress:write", on="lesson")],
)
async def record(
    lesson_id: FromPath[LessonId],
    data: JSONBody[NewProgress],
    commands: NamedDependency[BoundCommands],
) -> Recorded:
    """Say that you viewed, completed or reopened a lesson. To complete twice counts once."""
    return Recorded(id=await commands.execute(RecordProgress(lesson=lesson_id, kind=data.kind)))


@get("/courses/{course_id:uuid}/progress", guards=[may("progress:read", on="course")])
async def of_course(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[LearnerProgress]:
    """How far each learner of a course is, by name."""
    return await course_progress(replica, course_id, page=page)


@get("/users/me/progress", guards=[logged_in])
async def own(
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Slice[OwnProgress]:
    """How far the caller is in each course they learn in, by code."""
    return await own_progress(replica, identity.user, page=page)


@get("/users/me/dashboard", guards=[logged_in])
async def dashboard(
    identity: NamedDependency[Identity], replica: NamedDependency[ReadSession]
) -> Dashboard:
    """The caller's courses with role, section, state and progress, and as of when that is true."""
    return await own_dashboard(replica, identity.user)


@get("/courses/{course_id:uuid}/dashboard", guards=[may("dashboard:read", on="course")])
async def dashboard_of_course(
    course_id: FromPath[CourseId],
    analytics_replica: NamedDependency[ReadSession],
    inactive_days: Annotated[
        int, QueryParameter(ge=1, le=365, description="Days without activity that count")
    ] = 14,
) -> CourseDashboard:
    """How a course is doing: seats, progress, grades, what waits, what is missing, who is away."""
    return await course_dashboard(analytics_replica, course_id, inactive_days=inactive_days)
