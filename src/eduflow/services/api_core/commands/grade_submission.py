"""Grade a submission: by a score, by its rubric, or by an excuse."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.desk import OF_SUBMISSION, Desk
from eduflow.services.api_core.commands.giving import GivenGrade, give
from eduflow.services.api_core.grading_views import Graded
from eduflow.services.api_core.ids import SubmissionId


class GradeSubmission(Command[Graded], frozen=True, kw_only=True):
    """On the version that the grader saw; on another it is refused, and nothing is lost."""

    submission: SubmissionId
    given: GivenGrade


async def grade_submission(command: GradeSubmission, work: UnitOfWork) -> Graded:
    desk = await work.look_one(OF_SUBMISSION, command.submission, into=Desk)
    if desk is None:
        raise NotFound(kind="submission")
    return give(work, desk, command.given)
