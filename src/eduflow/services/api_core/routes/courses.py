"""Courses and their sections over HTTP."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Dated, Line, Note, Page, Slice, View, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created, shown
from eduflow.services.api_core.commands.add_section import AddSection
from eduflow.services.api_core.commands.change_course import ChangeCourse
from eduflow.services.api_core.commands.create_course import CreateCourse
from eduflow.services.api_core.ids import CourseId, TermId
from eduflow.services.api_core.queries.course import CourseWithOutline, course
from eduflow.services.api_core.queries.courses import courses
from eduflow.services.api_core.queries.sections import sections
from eduflow.services.api_core.routes.kinds import Moment, Tier
from eduflow.services.api_core.views import Course, Section


class NewCourse(Dated, kw_only=True):
    """A course for the catalogue."""

    code: Word
    title: Line
    description: Note = ""
    tier: Tier | None = None
    term_id: TermId | None = None
    starts_on: Moment | None = None
    ends_on: Moment | None = None
    state: Literal["draft", "published"] = "draft"


class CourseChange(Dated, kw_only=True):
    """Members that are absent stay; null takes away what need not be there."""

    code: Word | UnsetType = UNSET
    title: Line | UnsetType = UNSET
    description: Note | UnsetType = UNSET
    tier: Tier | UnsetType | None = UNSET
    term_id: TermId | UnsetType | None = UNSET
    starts_on: Moment | UnsetType | None = UNSET
    ends_on: Moment | UnsetType | None = UNSET
    state: Literal["draft", "published", "concluded", "deleted"] | UnsetType = UNSET


class NewSection(Dated, kw_only=True):
    """A part of the course's people."""

    name: Line
    sis_id: Word | None = None
    starts_on: Moment | None = None
    ends_on: Moment | None = None


class Created(View, kw_only=True):
    """What was made; `EduFlow-Position` says from where on it can be seen."""

    id: CourseId


@post("/courses", status_code=HTTP_201_CREATED, guards=[may("course:write")])
async def create(
    data: JSONBody[NewCourse], commands: NamedDependency[BoundCommands]
) -> Response[Created]:
    """Put a course into the catalogue, with one section to enroll people in."""
    made = await commands.execute(CreateCourse(**msgspec.structs.asdict(data)))
    return Response(
        Created(id=made), headers={"Location": f"/api/v1/courses/{made}", "ETag": '"v1"'}
    )


@get("/courses", guards=[logged_in])
async def catalogue(
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    course_state: Annotated[
        Literal["draft", "published", "concluded"] | None,
        QueryParameter(name="state", description="Only courses in this state"),
    ] = None,
    term_id: Annotated[
        TermId | None, QueryParameter(name="term_id", description="Only courses of this term")
    ] = None,
) -> Slice[Course]:
    """The courses the caller may see, by code: all there are, or those they are part of."""
    return await courses(replica, identity.user, page=page, state=course_state, term=term_id)


@get("/courses/{course_id:uuid}", guards=[may("course:read", on="course")])
async def one(
    course_id: FromPath[CourseId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
) -> Response[CourseWithOutline]:
    """A course with its modules and the titles of their lessons."""
    return shown(request, await course(replica, course_id))


@patch("/courses/{course_id:uuid}", guards=[may("course:write", on="course")])
async def change(
    course_id: FromPath[CourseId],
    data: JSONBody[CourseChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Course]:
    """Change a course, or move it on: draft, published, concluded; or delete it."""
    fields = msgspec.structs.asdict(data)
    command = ChangeCourse(course=course_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/courses/{course_id:uuid}/sections",
    status_code=HTTP_201_CREATED,
    guards=[may("course:write", on="course")],
)
async def add_section(
    course_id: FromPath[CourseId],
    data: JSONBody[NewSection],
    commands: NamedDependency[BoundCommands],
) -> Response[Section]:
    """Add a section."""
    fields = msgspec.structs.asdict(data)
    return created(await commands.execute(AddSection(course=course_id, **fields)), at=None)


@get("/courses/{course_id:uuid}/sections", guards=[may("course:read", on="course")])
async def list_sections(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Section]:
    """The sections of a course, in the order they were added."""
    return await sections(replica, course_id, page=page)
