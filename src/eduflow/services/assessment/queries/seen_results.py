"""Whether whoever asks may see the points of an attempt when they are released."""

from datetime import datetime

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.showing import CLOSED_TO_ALL, phase_of, shows_of


class SeenResults(msgspec.Struct, frozen=True):
    """What may be told of a result."""

    points: bool
    staff: bool
    """Whether it is not theirs: then a result under appeal is withheld whatever `points` says."""


class _Row(msgspec.Struct):
    staff: bool
    closes_at: datetime | None
    review: dict[str, list[str]]


_POLICY = (
    "SELECT t.user_id <> eduflow_person() AS staff,"
    f" {CLOSED_TO_ALL} AS closes_at,"
    " coalesce((SELECT json_object_agg(w.phase, w.shows) FROM review_policies AS w"
    " WHERE w.assessment_id = t.assessment_id), '{}') AS review"
    " FROM attempts AS t JOIN delivery_policies AS p ON p.assessment_id = t.assessment_id"
    " WHERE t.id = $1"
)


async def seen_results(replica: ReadSession, attempt: AttemptId, *, now: datetime) -> SeenResults:
    """As the review policy says for an attempt that has been handed in."""
    row = await replica.row(_POLICY, attempt, into=_Row)
    phase = phase_of(state="submitted", just_now=False, closes_at=row.closes_at, now=now)
    points = row.staff or "points" in shows_of(row.review, phase)
    return SeenResults(points=points, staff=row.staff)
