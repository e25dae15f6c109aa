"""Courses over HTTP."""

from typing import Literal

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.web import Input, Line, Note, View, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.create_course import CreateCourse
from eduflow.services.api_core.ids import CourseId, TermId


class NewCourse(Input, kw_only=True):
    """A course for the catalogue."""

    code: Word
    title: Line
    description: Note = ""
    tier: Literal["high_school", "undergraduate", "graduate", "professional"] | None = None
    term_id: TermId | None = None
    state: Literal["draft", "published"] = "draft"


class Created(View, kw_only=True):
    """What was made; `EduFlow-Position` says from where on it can be seen."""

    id: CourseId


@post("/courses", status_code=HTTP_201_CREATED, guards=[may("course:write")])
async def create(
    data: JSONBody[NewCourse], commands: NamedDependency[BoundCommands]
) -> Response[Created]:
    """Put a course into the catalogue, with one section to enroll people in."""
    course = await commands.execute(
        CreateCourse(
            code=data.code,
            title=data.title,
            description=data.description,
            tier=data.tier,
            term_id=data.term_id,
            state=data.state,
        )
    )
    return Response(Created(id=course), headers={"Location": f"/api/v1/courses/{course}"})
