"""Save one criterion at the desk."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.commands.desk import (
    OF_SUBMISSION,
    Desk,
    refuse_unseen_work,
    write_mark,
)
from eduflow.services.api_core.commands.giving import GivenMark
from eduflow.services.api_core.grading_views import Marked
from eduflow.services.api_core.ids import CriterionId, RatingId, SubmissionId
from eduflow.services.api_core.model.rubric import marked
from eduflow.services.api_core.problems import NoRubric


class MarkCriterion(Command[Marked], frozen=True, kw_only=True):
    """On the mark that the grader saw there, 0 for none. It is no grade before one is given."""

    submission: SubmissionId
    criterion: CriterionId
    expected: int
    mark: GivenMark


_NEXT = "UPDATE submissions SET version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"


async def mark_criterion(command: MarkCriterion, work: UnitOfWork) -> Marked:
    desk = await work.look_one(OF_SUBMISSION, command.submission, into=Desk)
    if desk is None:
        raise NotFound(kind="submission")
    if desk.rubric_version_id is None:
        raise NoRubric
    mark = command.mark.mark()
    points = marked(desk.criteria, command.criterion, mark=mark)
    last = next((m for m in desk.marks if m.criterion_id == command.criterion), None)
    refuse_unseen_work(
        command.expected,
        last.version if last else 0,
        theirs=msgspec.to_builtins(last),
        refused=msgspec.to_builtins(command.mark),
    )
    # Somebody may mark another criterion meanwhile: then this looks again, and both are kept.
    work.write(_NEXT, command.submission, desk.version)
    version = write_mark(work, desk, command.criterion, mark=mark, points=points)
    return Marked(
        submission_id=command.submission,
        criterion_id=command.criterion,
        rating_id=None if mark.rating_id is None else RatingId(mark.rating_id),
        points=float(points),
        comment=mark.comment,
        version=version,
        submission_version=desk.version + 1,
    )
