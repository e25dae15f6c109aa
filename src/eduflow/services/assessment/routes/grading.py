"""The grading queue over HTTP: take, give back, judge, alone or by the group."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Note
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.commands.claim_answer import ClaimAnswer
from eduflow.services.assessment.commands.grade_group import GradeGroup
from eduflow.services.assessment.commands.group_answers import GroupAnswers
from eduflow.services.assessment.commands.release_answer import ReleaseAnswer
from eduflow.services.assessment.commands.review_answer import ReviewAnswer
from eduflow.services.assessment.grading_views import (
    GradingTask,
    GroupGraded,
    Groups,
    Queue,
    Released,
    Reviewed,
)
from eduflow.services.assessment.ids import AssessmentId, QuestionId, ResponseId
from eduflow.services.assessment.queries.grading_queue import answer_groups, grading_queue
from eduflow.services.assessment.routes.kinds import Points, Share

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class Next(Input, kw_only=True):
    """Of one question, or whichever is next. `confirm` shows what a model thinks."""

    question_id: QuestionId | None = None
    mode: Literal["blind", "confirm"] = "blind"


class NewReview(Input, kw_only=True):
    """`criteria`: points by criterion; without a rubric `fraction`, the share of the points."""

    criteria: Annotated[dict[Key, Points], msgspec.Meta(max_length=50)] | None = None
    fraction: Share | None = None
    comment: Note = ""
    seconds: Seconds = 0


class NewGroupReview(NewReview, kw_only=True):
    """The same for all of a group, but for those that say something else."""

    leaving_out: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=500)] = ()


@get("/assessments/{assessment_id:uuid}/queue", guards=[may("assessment:grade", on="assessment")])
async def queue(
    assessment_id: FromPath[AssessmentId], replica: NamedDependency[ReadSession]
) -> Queue:
    """How far the grading is, question by question."""
    return await grading_queue(replica, assessment_id)


@post(
    "/assessments/{assessment_id:uuid}/queue/next",
    status_code=HTTP_200_OK,
    guards=[may("assessment:grade", on="assessment")],
)
async def claim(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[Next],
    commands: NamedDependency[BoundCommands],
) -> Response[GradingTask]:
    """Take the next answer for half an hour. Asked again, it is the one you have."""
    command = ClaimAnswer(
        assessment=assessment_id, question=data.question_id, confirm=data.mode == "confirm"
    )
    return changed(await commands.execute(command))


@post(
    "/assessments/{assessment_id:uuid}/queue/{response_id:uuid}/release",
    status_code=HTTP_200_OK,
    guards=[may("assessment:grade", on="assessment")],
)
async def release(
    assessment_id: FromPath[AssessmentId],
    response_id: FromPath[ResponseId],
    commands: NamedDependency[BoundCommands],
) -> Response[Released]:
    """Give an answer back that you have taken."""
    command = ReleaseAnswer(assessment=assessment_id, response=response_id)
    return changed(await commands.execute(command))


@post(
    "/responses/{response_id:uuid}/reviews",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:grade", on="response")],
)
async def review(
    response_id: FromPath[ResponseId],
    data: JSONBody[NewReview],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Reviewed]:
    """Judge an answer. What a model thought of it is told afterwards, and both are kept."""
    command = ReviewAnswer(
        response=response_id,
        expected=if_match,
        points=_points(data),
        fraction=None if data.fraction is None else Decimal(str(data.fraction)),
        comment=data.comment,
        seconds=data.seconds,
    )
    return created(await commands.execute(command), at=None)


@post(
    "/assessments/{assessment_id:uuid}/questions/{question_id:uuid}/groups",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:grade", on="assessment")],
)
async def make_groups(
    assessment_id: FromPath[AssessmentId],
    question_id: FromPath[QuestionId],
    commands: NamedDependency[BoundCommands],
) -> Groups:
    """Put together the answers that say the same; the answer tells of the new groups."""
    return await commands.execute(GroupAnswers(assessment=assessment_id, question=question_id))


@get(
    "/assessments/{assessment_id:uuid}/questions/{question_id:uuid}/groups",
    guards=[may("assessment:grade", on="assessment")],
)
async def groups(
    assessment_id: FromPath[AssessmentId],
    question_id: FromPath[QuestionId],
    replica: NamedDependency[ReadSession],
) -> Groups:
    """The groups of a question's answers, the largest first."""
    return await answer_groups(replica, assessment_id, question=question_id)


@post(
    "/assessments/{assessment_id:uuid}/groups/{group_id:uuid}/reviews",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:grade", on="assessment")],
)
async def review_group(
    assessment_id: FromPath[AssessmentId],
    group_id: FromPath[UUID],
    data: JSONBody[NewGroupReview],
    commands: NamedDependency[BoundCommands],
) -> GroupGraded:
    """Judge all answers of a group alike. Ask again while some remain."""
    command = GradeGroup(
        assessment=assessment_id,
        group=group_id,
        points=_points(data),
        fraction=None if data.fraction is None else Decimal(str(data.fraction)),
        comment=data.comment,
        seconds=data.seconds,
        leaving_out=data.leaving_out,
    )
    return await commands.execute(command)


def _points(data: NewReview) -> dict[str, Decimal] | None:
    if data.criteria is None:
        return None
    return {key: Decimal(str(points)) for key, points in data.criteria.items()}
