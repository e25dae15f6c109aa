"""Appeals over HTTP: a student asks, and a second grader decides without seeing either score."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice, View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.appeal_views import AppealCase, AppealLine, OwnAppeal
from eduflow.services.assessment.commands.appeal import ClaimAppeal, RaiseAppeal, WithdrawAppeal
from eduflow.services.assessment.commands.decide_appeal import DecideAppeal, Decided
from eduflow.services.assessment.ids import AppealId, AssessmentId, ResponseId
from eduflow.services.assessment.queries.appeals import appeal_case, appeals, own_appeals
from eduflow.services.assessment.routes.kinds import Claim, Points, Share

State = Literal["open", "claimed", "decided", "withdrawn"]


class NewAppeal(Input, kw_only=True):
    """Why it should be judged again; the grader reads it."""

    claim: Claim


class AppealDecision(Input, kw_only=True):
    """Points for each criterion where there is a rubric, else a share of all points."""

    criteria: Annotated[dict[str, Points], msgspec.Meta(max_length=100)] | None = None
    fraction: Share | None = None
    reason: Claim
    """The student reads it."""
    saw_scores: bool = False
    """You declare that you had learnt elsewhere (in the gradebook of the course, say) what the
    answer or the attempt had got. It is kept beside the decision, and the review is not blind."""


class Claimed(View, kw_only=True):
    """An appeal in the caller's hands."""

    id: AppealId
    version: int


@post("/responses/{response_id:uuid}/appeals", guards=[may("response:appeal", on="response")])
async def ask(
    response_id: FromPath[ResponseId],
    data: JSONBody[NewAppeal],
    commands: NamedDependency[BoundCommands],
) -> Response[OwnAppeal]:
    """Ask that an answer of one's own be judged again, once its result is released."""
    made = await commands.execute(RaiseAppeal(response=response_id, claim=data.claim))
    return created(made, at=f"/responses/{response_id}/appeals")


@get("/responses/{response_id:uuid}/appeals", guards=[may("response:appeal", on="response")])
async def own(
    response_id: FromPath[ResponseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[OwnAppeal]:
    """The caller's appeals about an answer, and what became of them."""
    return await own_appeals(replica, response_id, page=page)


@post(
    "/appeals/{appeal_id:uuid}/withdraw",
    status_code=HTTP_200_OK,
    guards=[may("appeal:withdraw", on="appeal")],
)
async def withdraw(
    appeal_id: FromPath[AppealId], commands: NamedDependency[BoundCommands]
) -> Response[OwnAppeal]:
    """Take one's own appeal back."""
    return changed(await commands.execute(WithdrawAppeal(appeal=appeal_id)))


@get("/assessments/{assessment_id:uuid}/appeals", guards=[may("appeal:decide", on="assessment")])
async def of_assessment(
    assessment_id: FromPath[AssessmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
) -> Slice[AppealLine]:
    """The appeals of a test, without names and scores, and which of them the caller may decide."""
    return await appeals(replica, assessment_id, page=page, state=in_state)


@get("/appeals/{appeal_id:uuid}", guards=[may("appeal:decide", on="appeal")])
async def case(appeal_id: FromPath[AppealId], replica: NamedDependency[ReadSession]) -> AppealCase:
    """All that a second grader decides by: question, answer, key or rubric, and the claim."""
    return await appeal_case(replica, appeal_id)


@post(
    "/appeals/{appeal_id:uuid}/claim",
    status_code=HTTP_200_OK,
    guards=[may("appeal:decide", on="appeal")],
)
async def claim(
    appeal_id: FromPath[AppealId], commands: NamedDependency[BoundCommands]
) -> Response[Claimed]:
    """Take an appeal in hand. Refused to whoever judged the answer before."""
    version = await commands.execute(ClaimAppeal(appeal=appeal_id))
    return changed(Claimed(id=appeal_id, version=version))


@post(
    "/appeals/{appeal_id:uuid}/decision",
    status_code=HTTP_200_OK,
    guards=[may("appeal:decide", on="appeal")],
)
async def decide(
    appeal_id: FromPath[AppealId],
    data: JSONBody[AppealDecision],
    commands: NamedDependency[BoundCommands],
) -> Decided:
    """Judge the answer. The result is released anew, and how it compares is told only now."""
    given = data.criteria
    command = DecideAppeal(
        appeal=appeal_id,
        points=None if given is None else {k: Decimal(str(v)) for k, v in given.items()},
        fraction=None if data.fraction is None else Decimal(str(data.fraction)),
        reason=data.reason,
        saw_scores=data.saw_scores,
    )
    return await commands.execute(command)
