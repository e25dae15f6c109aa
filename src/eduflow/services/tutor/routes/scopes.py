"""Of whom somebody asks: of themselves, of a course, or of the whole institution."""

from typing import Annotated, Literal
from uuid import UUID

from litestar.params import QueryParameter

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.problems import Invalid
from eduflow.services.tutor.ids import CourseId

Whose = Annotated[
    Literal["own", "course", "institution"],
    QueryParameter(
        description="`own`: of the caller alone; `course`: of everybody in the course `course_id`;"
        " `institution`: of everybody"
    ),
]
OfCourse = Annotated[CourseId | None, QueryParameter(name="course_id", description="The course")]


def access_to(of: str, identity: Identity, *, permission: str, course: UUID | None) -> Access:
    """What has to be allowed for it; of oneself everybody may ask."""
    match of:
        case "institution":
            return Access(identity, permission)
        case "course":
            if course is None:
                message = "Say which course"
                fault = {"parameter": "course_id", "in": "query", "message": message}
                raise Invalid(errors=[fault])
            return Access(identity, permission, "course", course)
        case _:
            return Access(identity, "")
