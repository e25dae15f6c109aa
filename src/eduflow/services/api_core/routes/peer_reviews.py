"""Reviewing the work of a peer, and reading the reviews of one's own, over HTTP."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Note, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed
from eduflow.services.api_core.commands.giving import GivenMark
from eduflow.services.api_core.commands.peer_review import (
    FinishPeerReview,
    MarkPeerCriterion,
    WritePeerReview,
)
from eduflow.services.api_core.ids import CriterionId, PeerReviewId, SubmissionId
from eduflow.services.api_core.queries.peer_reviews import (
    own_allocations,
    peer_review,
    reviews_of_work,
)
from eduflow.services.api_core.routes.kinds import Points
from eduflow.services.api_core.team_views import (
    OwnAllocation,
    PeerMarked,
    PeerReview,
    PeerReviewEntry,
    PeerReviewWork,
)

Attempt = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NewPeerMark(Input, kw_only=True):
    """A level of the criterion, or points within what it gives."""

    rating_id: UUID | None = None
    points: Points | None = None
    comment: Note = ""


class PeerReviewChange(Input, kw_only=True):
    """What the reviewer says of the whole work."""

    comment: Note


class PeerReviewEnd(Input, kw_only=True):
    """`attempt` is the version of the work that was read."""

    attempt: Attempt


@get("/users/me/peer-reviews", guards=[logged_in])
async def own(
    identity: NamedDependency[Identity],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[OwnAllocation]:
    """What the caller is to review, and has reviewed."""
    return await own_allocations(replica, identity.user, page=page)


@get("/peer-reviews/{peer_review_id:uuid}", guards=[may("peer_review:read", on="peer_review")])
async def one(
    peer_review_id: FromPath[PeerReviewId], replica: NamedDependency[ReadSession]
) -> Response[PeerReviewWork]:
    """The work to review, the rubric, and what was said so far; to the reviewer and the staff."""
    return changed(await peer_review(replica, peer_review_id))


@put(
    "/peer-reviews/{peer_review_id:uuid}/rubric/{criterion_id:uuid}",
    guards=[may("peer_review:write", on="peer_review")],
)
async def mark(
    peer_review_id: FromPath[PeerReviewId],
    criterion_id: FromPath[CriterionId],
    data: JSONBody[NewPeerMark],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[PeerMarked]:
    """Save one criterion; `If-Match` is the mark that was seen there, `"v0"` for none."""
    given = GivenMark(rating_id=data.rating_id, points=data.points, comment=data.comment)
    command = MarkPeerCriterion(
        review=peer_review_id, criterion=criterion_id, expected=if_match, mark=given
    )
    return changed(await commands.execute(command))


@patch("/peer-reviews/{peer_review_id:uuid}", guards=[may("peer_review:write", on="peer_review")])
async def say(
    peer_review_id: FromPath[PeerReviewId],
    data: JSONBody[PeerReviewChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[PeerReview]:
    """Say something of the whole work."""
    command = WritePeerReview(review=peer_review_id, expected=if_match, comment=data.comment)
    return changed(await commands.execute(command))


@post(
    "/peer-reviews/{peer_review_id:uuid}/finish",
    status_code=HTTP_200_OK,
    guards=[may("peer_review:write", on="peer_review")],
)
async def finish(
    peer_review_id: FromPath[PeerReviewId],
    data: JSONBody[PeerReviewEnd],
    commands: NamedDependency[BoundCommands],
) -> Response[PeerReview]:
    """Finish the review, which the author reads from then on, and which changes no more.

    Refused with 412 where the author has handed in anew since.
    """
    command = FinishPeerReview(review=peer_review_id, attempt=data.attempt)
    return changed(await commands.execute(command))


@get(
    "/submissions/{submission_id:uuid}/peer-reviews",
    guards=[may("submission:read", on="submission")],
)
async def of_work(
    submission_id: FromPath[SubmissionId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[PeerReviewEntry]:
    """The reviews of a work: finished ones to its author, all with their state to the staff."""
    return await reviews_of_work(replica, submission_id, page=page)
