"""Handing in, grading and the desk over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Input, Note, Page, Slice, Text
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.comment_on_submission import CommentOnSubmission
from eduflow.services.api_core.commands.giving import GivenGrade, GivenMark
from eduflow.services.api_core.commands.grade_student import GradeStudent
from eduflow.services.api_core.commands.grade_submission import GradeSubmission
from eduflow.services.api_core.commands.mark_criterion import MarkCriterion
from eduflow.services.api_core.commands.submit_work import SubmitWork
from eduflow.services.api_core.grading_views import (
    CommentView,
    Graded,
    Marked,
    SubmissionWithVersions,
    Submitted,
)
from eduflow.services.api_core.ids import AssignmentId, CriterionId, SubmissionId
from eduflow.services.api_core.queries.gradebook import SubmissionLine, submissions
from eduflow.services.api_core.queries.submission import NextUngraded, next_ungraded, submission
from eduflow.services.api_core.routes.kinds import Points

Version = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
CellState = Literal["none", "submitted", "graded", "resubmitted", "excused"]


class NewSubmission(Input, kw_only=True):
    """What is handed in: a text, files of the content service, or both."""

    body: Text = ""
    files: Annotated[list[UUID], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)


class NewMark(Input, kw_only=True):
    """A level of the criterion, or points within what it gives."""

    rating_id: UUID | None = None
    points: Points | None = None
    comment: Note = ""


class NewGrade(Input, kw_only=True):
    """One of `score`, `rubric` and `excused`, on the `version` of the submission that was seen.

    By the rubric, marks that were saved at the desk and are not named here count as they are. An
    `override` is taken as it is, by no late policy, and says its `reason`. The grade of a test can
    only be overridden or excused; with the source `assessment`, and no score, the test's own result
    counts again.
    """

    version: Version
    score: Points | None = None
    rubric: Annotated[dict[UUID, NewMark], msgspec.Meta(max_length=50)] | None = None
    excused: bool = False
    source: Literal["human", "override", "assessment"] = "human"
    reason: Note = ""
    comment: Note = ""


class NewStudentGrade(NewGrade, kw_only=True):
    """For a student who may have handed in nothing: then `version` is 0."""

    user_id: UserId


class NewComment(Input, kw_only=True):
    """On the work, or on one criterion of its rubric."""

    body: Annotated[Note, msgspec.Meta(min_length=1)]
    criterion_id: CriterionId | None = None


@post(
    "/assignments/{assignment_id:uuid}/submissions",
    status_code=HTTP_201_CREATED,
    guards=[may("submission:write", on="assignment")],
)
async def submit(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewSubmission],
    commands: NamedDependency[BoundCommands],
) -> Response[Submitted]:
    """Hand in, or hand in again: every version is kept, and the newest is looked at."""
    command = SubmitWork(assignment=assignment_id, body=data.body, files=tuple(data.files))
    made = await commands.execute(command)
    return created(made, at=f"/submissions/{made.id}")


@get(
    "/assignments/{assignment_id:uuid}/submissions",
    guards=[may("submission:read", on="assignment")],
)
async def of_assignment(
    assignment_id: FromPath[AssignmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    cell_state: Annotated[
        CellState | None, QueryParameter(name="state", description="Only work in this state")
    ] = None,
) -> Slice[SubmissionLine]:
    """What was handed in, in the order it was first handed in."""
    return await submissions(replica, assignment_id, page=page, state=cell_state)


@get(
    "/assignments/{assignment_id:uuid}/next-ungraded",
    guards=[may("grade:write", on="assignment")],
)
async def next_at_the_desk(
    assignment_id: FromPath[AssignmentId],
    replica: NamedDependency[ReadSession],
    after: Annotated[
        UUID | None, QueryParameter(name="after", description="The submission to go on behind")
    ] = None,
) -> NextUngraded:
    """The next work to grade, in an order that is random and always the same for one grader."""
    return await next_ungraded(replica, assignment_id, after=after)


@post(
    "/assignments/{assignment_id:uuid}/grades",
    status_code=HTTP_201_CREATED,
    guards=[may("grade:write", on="assignment")],
)
async def grade_student(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewStudentGrade],
    commands: NamedDependency[BoundCommands],
) -> Response[Graded]:
    """Grade a student who may have handed in nothing: on paper, excused, or not done."""
    given = _given(data)
    command = GradeStudent(assignment=assignment_id, user=data.user_id, given=given)
    return created(await commands.execute(command), at=None)


@get("/submissions/{submission_id:uuid}", guards=[may("submission:read", on="submission")])
async def one(
    submission_id: FromPath[SubmissionId],
    replica: NamedDependency[ReadSession],
) -> Response[SubmissionWithVersions]:
    """A submission with every version, grade, mark and comment. Its author may see it, too."""
    return changed(await submission(replica, submission_id))


@post(
    "/submissions/{submission_id:uuid}/grades",
    status_code=HTTP_201_CREATED,
    guards=[may("grade:write", on="submission")],
)
async def grade(
    submission_id: FromPath[SubmissionId],
    data: JSONBody[NewGrade],
    commands: NamedDependency[BoundCommands],
) -> Response[Graded]:
    """Give a grade. Made on a version that is not current it is refused, with both."""
    command = GradeSubmission(submission=submission_id, given=_given(data))
    return created(await commands.execute(command), at=None)


@put(
    "/submissions/{submission_id:uuid}/rubric/{criterion_id:uuid}",
    guards=[may("grade:write", on="submission")],
)
async def mark(
    submission_id: FromPath[SubmissionId],
    criterion_id: FromPath[CriterionId],
    data: JSONBody[NewMark],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Marked]:
    """Save one criterion; `If-Match` is the mark that was seen there, `"v0"` for none."""
    command = MarkCriterion(
        submission=submission_id, criterion=criterion_id, expected=if_match, mark=_mark(data)
    )
    return changed(await commands.execute(command))


@post(
    "/submissions/{submission_id:uuid}/comments",
    status_code=HTTP_201_CREATED,
    guards=[may("comment:write", on="submission")],
)
async def comment(
    submission_id: FromPath[SubmissionId],
    data: JSONBody[NewComment],
    commands: NamedDependency[BoundCommands],
) -> CommentView:
    """Say something about the work, or about one criterion."""
    command = CommentOnSubmission(
        submission=submission_id, criterion=data.criterion_id, body=data.body
    )
    return await commands.execute(command)


def _given(data: NewGrade) -> GivenGrade:
    rubric = None if data.rubric is None else {c: _mark(m) for c, m in data.rubric.items()}
    return GivenGrade(
        version=data.version,
        score=data.score,
        rubric=rubric,
        excused=data.excused,
        source=data.source,
        reason=data.reason,
        comment=data.comment,
    )


def _mark(data: NewMark) -> GivenMark:
    return GivenMark(rating_id=data.rating_id, points=data.points, comment=data.comment)
