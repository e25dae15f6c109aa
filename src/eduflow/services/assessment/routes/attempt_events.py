"""What happens to an attempt, told as it happens."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from eduflow.kernel.auth.guards import access_of, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.problems import Invalid, Unauthorized
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.queries.seen_results import SeenResults, seen_results
from eduflow.services.assessment.resources import Resources

_AGAIN = 2_000
"""Milliseconds after which a client that was cut off comes back."""


@get(
    "/attempts/{attempt_id:uuid}/events",
    guards=[may("attempt:read", on="attempt")],
    opt={"seconds": None},
)
async def events(
    attempt_id: FromPath[AttemptId],
    request: Request[Any, Any, Any],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[Resources],
) -> ServerSentEvent:
    """Server-sent events: judged item by item, released, given more time.

    Goes on from `Last-Event-ID`; a released score is in it where the review policy shows points. To
    staff it is withheld, and `under_appeal` says so, while an appeal about the attempt waits.
    """
    identity = access_of(request).identity
    if identity is None:
        raise Unauthorized
    shows = await seen_results(replica, attempt_id, now=resources.clock())
    after = request.headers.get("last-event-id", "0")
    if not after.isascii() or not after.isdigit():
        raise Invalid("Last-Event-ID is the id of an event that was sent.")
    return ServerSentEvent(
        _told(resources, attempt_id, identity, shows, after=int(after[:18])),
        retry_duration=_AGAIN,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _told(
    resources: Resources, attempt: AttemptId, identity: Identity, seen: SeenResults, *, after: int
) -> AsyncIterator[ServerSentEventMessage]:
    async for happening in resources.watch.happenings(attempt, identity, after=after):
        if happening is None:
            # Without data: with empty data a browser would take it for an event.
            yield ServerSentEventMessage(comment="nothing new", data=None)
            continue
        told: dict[str, Any] = {
            "question_id": happening.question_id,
            "at": happening.at,
            "unjudged": happening.unjudged,
        }
        if happening.kind == "released" and seen.staff and happening.under_appeal:
            told["under_appeal"] = True
        elif (happening.kind == "released" and seen.points) or happening.kind == "time_added":
            told |= happening.payload
        yield ServerSentEventMessage(
            event=happening.kind, id=happening.seq, data=msgspec.json.encode(told).decode()
        )
