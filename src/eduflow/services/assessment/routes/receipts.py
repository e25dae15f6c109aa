"""Receipts over HTTP: read, and recomputed."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice, View
from eduflow.services.assessment.checking import AT_ONCE, checked
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.queries.receipts import ReceiptView, receipts

AtMost = Annotated[int, msgspec.Meta(ge=1, le=AT_ONCE)]


class NewCheck(Input, kw_only=True):
    """Which attempts: those behind `after`, or one."""

    after: AttemptId | None = None
    attempt_id: AttemptId | None = None
    limit: AtMost = AT_ONCE


class ReceiptFault(View, kw_only=True):
    """Something that is not as a receipt says; `number` None: it concerns the attempt."""

    attempt_id: UUID
    number: int | None
    what: str


class ReceiptCheck(View, kw_only=True):
    """What was found. `next`: to be sent as `after`, while there is more."""

    attempts: int
    receipts: int
    erased: int
    """Answers that are blank because who gave them was forgotten: their digests are taken for what
    they say, and are no fault."""
    faults: tuple[ReceiptFault, ...]
    next: UUID | None


@get("/attempts/{attempt_id:uuid}/receipts", guards=[may("attempt:read", on="attempt")])
async def of_attempt(
    attempt_id: FromPath[AttemptId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[ReceiptView]:
    """What each release of the score rests on, as a chain of digests."""
    return await receipts(replica, attempt_id, page=page)


@post(
    "/assessments/{assessment_id:uuid}/receipts/check",
    status_code=HTTP_200_OK,
    guards=[may("receipt:read", on="assessment")],
)
async def check(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[NewCheck],
    reports_replica: NamedDependency[ReadSession],
) -> ReceiptCheck:
    """Recompute receipts from the rows they rest on, and name those that do not fit."""
    found = await checked(
        reports_replica.rows,
        assessment_id,
        after=data.after,
        attempt=data.attempt_id,
        limit=data.limit,
    )
    told = tuple(
        ReceiptFault(attempt_id=one.attempt, number=one.number, what=one.what)
        for one in found.faults
    )
    return ReceiptCheck(
        attempts=found.attempts,
        receipts=found.receipts,
        erased=sum(found.erased.values()),
        faults=told,
        next=found.last,
    )
