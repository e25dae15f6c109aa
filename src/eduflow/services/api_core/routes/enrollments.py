"""Seats in courses over HTTP."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Input, Page, Slice, View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, shown
from eduflow.services.api_core.commands.change_enrollment import ChangeEnrollment
from eduflow.services.api_core.commands.enroll_learner import EnrollLearner
from eduflow.services.api_core.ids import CourseId, EnrollmentId, SectionId
from eduflow.services.api_core.queries.course_roster import RosterEntry, course_roster
from eduflow.services.api_core.queries.enrollment import enrollment
from eduflow.services.api_core.views import Enrollment

CourseRole = Literal["student", "teacher", "ta", "observer", "designer"]
SeatState = Literal["invited", "active", "inactive", "completed", "withdrawn"]


class NewEnrollment(Input, kw_only=True):
    """A seat for somebody; without a section, in the course's first."""

    user_id: UserId
    role: CourseRole = "student"
    section_id: SectionId | None = None


class Enrolled(View, kw_only=True):
    """The seat that was given."""

    id: EnrollmentId


class EnrollmentChange(Input, kw_only=True):
    """The state the seat is to be in."""

    state: SeatState


@post(
    "/courses/{course_id:uuid}/enrollments",
    status_code=HTTP_202_ACCEPTED,
    guards=[may("enrollment:write", on="course")],
)
async def enroll(
    course_id: FromPath[CourseId],
    data: JSONBody[NewEnrollment],
    commands: NamedDependency[BoundCommands],
) -> Response[Enrolled]:
    """Give somebody a seat in a course. Whoever sends on the position sees it on the roster."""
    seat = await commands.execute(
        EnrollLearner(course=course_id, user=data.user_id, role=data.role, section=data.section_id)
    )
    return Response(
        Enrolled(id=seat), headers={"Location": f"/api/v1/enrollments/{seat}", "ETag": '"v1"'}
    )


@get("/courses/{course_id:uuid}/roster", guards=[may("roster:read", on="course")])
async def roster(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    role: Annotated[
        CourseRole | None, QueryParameter(description="Only seats of this role")
    ] = None,
    seat_state: Annotated[
        SeatState | None, QueryParameter(name="state", description="Only seats in this state")
    ] = None,
) -> Slice[RosterEntry]:
    """Who has a seat in a course, oldest first."""
    return await course_roster(replica, course_id, page=page, role=role, state=seat_state)


@get("/enrollments/{enrollment_id:uuid}", guards=[may("enrollment:read", on="enrollment")])
async def one(
    enrollment_id: FromPath[EnrollmentId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
) -> Response[Enrollment]:
    """One seat. Everybody may read their own."""
    return shown(request, await enrollment(replica, enrollment_id))


@patch("/enrollments/{enrollment_id:uuid}", guards=[may("enrollment:write", on="enrollment")])
async def change(
    enrollment_id: FromPath[EnrollmentId],
    data: JSONBody[EnrollmentChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Enrollment]:
    """Activate, pause, complete or withdraw a seat."""
    command = ChangeEnrollment(enrollment=enrollment_id, expected=if_match, state=data.state)
    return changed(await commands.execute(command))
