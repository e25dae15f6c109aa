"""Grade a student who may have handed in nothing: an exam on paper, an excuse, a nought."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.desk import OF_STUDENT, Desk
from eduflow.services.api_core.commands.giving import GivenGrade, give
from eduflow.services.api_core.grading_views import Graded
from eduflow.services.api_core.ids import AssignmentId
from eduflow.services.api_core.problems import GradedBlind, NoSuchStudent


class GradeStudent(Command[Graded], frozen=True, kw_only=True):
    """On the version that the grader saw; 0 where there was nothing."""

    assignment: AssignmentId
    user: UserId
    given: GivenGrade


async def grade_student(command: GradeStudent, work: UnitOfWork) -> Graded:
    desk = await work.look_one(OF_STUDENT, command.assignment, command.user, into=Desk)
    if desk is None:
        raise NotFound(kind="assignment")
    if not desk.is_student:
        raise NoSuchStudent(user_id=str(command.user))
    if desk.blind and desk.attempt:
        # The answer would name the work, and a refusal its grade.
        raise GradedBlind(assignment_id=str(command.assignment))
    return give(work, desk, command.given)
