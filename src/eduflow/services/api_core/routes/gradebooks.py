"""The gradebook over HTTP."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.queries.gradebook import (
    CourseGrade,
    Gradebook,
    gradebook,
    own_grades,
)


@get("/courses/{course_id:uuid}/gradebook", guards=[may("gradebook:read", on="course")])
async def of_course(
    course_id: FromPath[CourseId],
    class_page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Gradebook:
    """Students by name and all assignments, with what counts of each, and as of when."""
    return await gradebook(replica, course_id, page=class_page)


@get("/users/me/grades", guards=[logged_in])
async def own(
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Slice[CourseGrade]:
    """The caller's grades in each course they learn in, by code."""
    return await own_grades(replica, identity.user, page=page)
