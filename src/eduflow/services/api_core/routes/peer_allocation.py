"""How peers review: set up, ruled, allocated and overseen, over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Dated, Input, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.allocate_peer_review import (
    AllocatePeerReview,
    WithdrawPeerReview,
)
from eduflow.services.api_core.commands.allocate_peer_reviews import AllocatePeerReviews
from eduflow.services.api_core.commands.rule_peer_review import RulePeerReview, UnrulePeerReview
from eduflow.services.api_core.commands.set_peer_review import SetPeerReview
from eduflow.services.api_core.ids import AssignmentId, PeerReviewId, SubmissionId
from eduflow.services.api_core.queries.peer_reviews import (
    allocations,
    peer_review_settings,
    peer_rules,
)
from eduflow.services.api_core.routes.kinds import Moment
from eduflow.services.api_core.team_views import (
    Allocated,
    Allocation,
    AllocationLine,
    PeerReviewSettings,
    PeerRule,
)

Several = Annotated[int, msgspec.Meta(ge=1, le=20)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
State = Literal["allocated", "finished", "withdrawn"]


class NewPeerReviews(Dated, kw_only=True):
    """Each student gives `reviews`. With `use_rubric` they mark every criterion of the rubric."""

    reviews: Several
    due_at: Moment | None = None
    anonymous: bool = True
    exclude_teammates: bool = True
    use_rubric: bool = False


class NewPeerRule(Input, kw_only=True):
    """`reviewer_id` must, or must not, review the work of `author_id`."""

    reviewer_id: UserId
    author_id: UserId
    kind: Literal["must", "must_not"]


class NewAllocations(Input, kw_only=True):
    """With the same `seed` the same students get the same works; each assignment has its own."""

    seed: Seed | None = None


class NewAllocation(Input, kw_only=True):
    """One work for one student."""

    submission_id: SubmissionId
    reviewer_id: UserId


@put(
    "/assignments/{assignment_id:uuid}/peer-review",
    guards=[may("assignment:write", on="assignment")],
)
async def set_up(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewPeerReviews],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[PeerReviewSettings]:
    """Say how the work is reviewed by peers; `If-Match: "v0"` for the first time.

    What peers say and mark never enters the gradebook.
    """
    fields = msgspec.structs.asdict(data)
    command = SetPeerReview(assignment=assignment_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@get("/assignments/{assignment_id:uuid}/peer-review", guards=[may("course:read", on="assignment")])
async def settings(
    assignment_id: FromPath[AssignmentId], replica: NamedDependency[ReadSession]
) -> Response[PeerReviewSettings]:
    """How the work is reviewed by peers."""
    return changed(await peer_review_settings(replica, assignment_id))


@put(
    "/assignments/{assignment_id:uuid}/peer-review-rules",
    guards=[may("peer_review:manage", on="assignment")],
)
async def rule(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewPeerRule],
    commands: NamedDependency[BoundCommands],
) -> PeerRule:
    """Say that one student must, or must not, review the work of another."""
    command = RulePeerReview(
        assignment=assignment_id,
        reviewer=data.reviewer_id,
        author=data.author_id,
        kind=data.kind,
    )
    return await commands.execute(command)


@delete(
    "/assignments/{assignment_id:uuid}/peer-review-rules",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("peer_review:manage", on="assignment")],
)
async def unrule(
    assignment_id: FromPath[AssignmentId],
    reviewer: Annotated[UUID, QueryParameter(name="reviewer_id")],
    author: Annotated[UUID, QueryParameter(name="author_id")],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Take a rule back; what was allocated by it stays."""
    command = UnrulePeerReview(
        assignment=assignment_id, reviewer=UserId(reviewer), author=UserId(author)
    )
    await commands.execute(command)


@get(
    "/assignments/{assignment_id:uuid}/peer-review-rules",
    guards=[may("peer_review:read", on="assignment")],
)
async def rules(
    assignment_id: FromPath[AssignmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[PeerRule]:
    """Who must, or must not, review whom."""
    return await peer_rules(replica, assignment_id, page=page)


@post(
    "/assignments/{assignment_id:uuid}/peer-reviews/allocate",
    status_code=HTTP_200_OK,
    guards=[may("peer_review:manage", on="assignment")],
)
async def allocate(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewAllocations],
    commands: NamedDependency[BoundCommands],
) -> Allocated:
    """Give everybody who has handed in the work of others to review, as evenly as can be.

    Run again, it adds what is missing, for those who have handed in since; nothing is moved.
    """
    return await commands.execute(AllocatePeerReviews(assignment=assignment_id, seed=data.seed))


@post(
    "/assignments/{assignment_id:uuid}/peer-reviews",
    status_code=HTTP_201_CREATED,
    guards=[may("peer_review:manage", on="assignment")],
)
async def allocate_one(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewAllocation],
    commands: NamedDependency[BoundCommands],
) -> Response[Allocation]:
    """Give one student one work to review, whatever the rules say; nobody their own."""
    command = AllocatePeerReview(
        assignment=assignment_id, submission=data.submission_id, reviewer=data.reviewer_id
    )
    made = await commands.execute(command)
    return created(made, at=f"/peer-reviews/{made.id}")


@get(
    "/assignments/{assignment_id:uuid}/peer-reviews",
    guards=[may("peer_review:read", on="assignment")],
)
async def of_assignment(
    assignment_id: FromPath[AssignmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    review_state: Annotated[
        State | None, QueryParameter(name="state", description="Only reviews in this state")
    ] = None,
) -> Slice[AllocationLine]:
    """Who reviews whose work, and how far they are."""
    return await allocations(replica, assignment_id, page=page, state=review_state)


@delete(
    "/peer-reviews/{peer_review_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("peer_review:manage", on="peer_review")],
)
async def withdraw(
    peer_review_id: FromPath[PeerReviewId], commands: NamedDependency[BoundCommands]
) -> None:
    """Take a work back from who was to review it; what they said of it nobody sees any more."""
    await commands.execute(WithdrawPeerReview(review=peer_review_id))
