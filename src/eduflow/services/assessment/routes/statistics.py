"""Statistics of a test over HTTP."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.assessment.commands.calibrate import Asked, AskForCalibration
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.queries.statistics import Statistics, test_statistics


@get(
    "/assessments/{assessment_id:uuid}/statistics",
    guards=[may("assessment:read", on="assessment")],
)
async def of_assessment(
    assessment_id: FromPath[AssessmentId], analytics_replica: NamedDependency[ReadSession]
) -> Statistics:
    """How hard each question is, how well it tells students apart, and what was chosen."""
    return await test_statistics(analytics_replica, assessment_id)


@post(
    "/assessments/{assessment_id:uuid}/calibrations",
    status_code=HTTP_202_ACCEPTED,
    guards=[may("assessment:grade", on="assessment")],
)
async def calibrate(
    assessment_id: FromPath[AssessmentId], commands: NamedDependency[BoundCommands]
) -> Asked:
    """Have the questions calibrated by the first attempts of at least fifty students.

    The statistics of the test show what came of it; of a question that all got right, or all wrong,
    they say so.
    """
    return await commands.execute(AskForCalibration(assessment=assessment_id))
