"""Say something about what was handed in, or about one criterion of it."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.desk import OF_SUBMISSION, Desk, write_comment
from eduflow.services.api_core.grading_views import CommentView
from eduflow.services.api_core.ids import CriterionId, SubmissionId
from eduflow.services.api_core.model.rubric import NotOfThisRubric


class CommentOnSubmission(Command[CommentView], frozen=True, kw_only=True):
    """By those who grade it, or by its author."""

    submission: SubmissionId
    criterion: CriterionId | None
    body: str


async def comment_on_submission(command: CommentOnSubmission, work: UnitOfWork) -> CommentView:
    desk = await work.look_one(OF_SUBMISSION, command.submission, into=Desk)
    if desk is None:
        raise NotFound(kind="submission")
    known = {criterion.id for criterion in desk.criteria}
    if command.criterion is not None and command.criterion not in known:
        raise NotOfThisRubric("There is no such criterion.", criterion_id=str(command.criterion))
    comment = write_comment(work, desk, command.body, criterion=command.criterion)
    return CommentView(
        id=comment,
        author_id=work.identity.user,
        criterion_id=command.criterion,
        body=command.body,
        at=work.now,
    )
