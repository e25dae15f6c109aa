"""Results over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.assessment.commands.release_results import ReleaseResults
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.queries.results import OwnResult, Result, own_results, results

ResultState = Literal["submitted", "final", "released"]


class ReleasedResults(View, kw_only=True):
    """How many results were let go."""

    released: int
    more: bool
    """Ask again: a bounded number is released at a time."""


@get("/users/me/results", guards=[logged_in])
async def mine(
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    course_id: Annotated[UUID | None, QueryParameter(description="Only of this course")] = None,
) -> Slice[OwnResult]:
    """Your released results, newest first, as far as their review policies show points."""
    return await own_results(replica, page=page, course=course_id)


@get("/assessments/{assessment_id:uuid}/results", guards=[may("result:read", on="assessment")])
async def of_test(
    assessment_id: FromPath[AssessmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    result_state: Annotated[
        ResultState | None, QueryParameter(name="state", description="Only in this state")
    ] = None,
) -> Slice[Result]:
    """Every attempt that was handed in, and what it is worth."""
    return await results(replica, assessment_id, page=page, state=result_state)


@post(
    "/assessments/{assessment_id:uuid}/results/release",
    status_code=HTTP_200_OK,
    guards=[may("assessment:grade", on="assessment")],
)
async def release(
    assessment_id: FromPath[AssessmentId], commands: NamedDependency[BoundCommands]
) -> ReleasedResults:
    """Let final results go that the test holds back."""
    done = await commands.execute(ReleaseResults(assessment=assessment_id))
    return ReleasedResults(released=done.released, more=done.more)
