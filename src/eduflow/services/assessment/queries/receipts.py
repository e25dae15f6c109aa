"""What released scores rest on, as it is told to the student and to the staff."""

from datetime import datetime
from typing import Any

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.assessment.ids import AttemptId


class ReceiptLink(View, kw_only=True):
    """One answer: digests of what was answered and of what it was judged by."""

    response: str
    question_version: str
    fraction: float
    method: str
    rests_on: dict[str, str]
    """To the student without the name of a reviewer."""


class ReceiptView(View, kw_only=True):
    """What one release rests on. `digest` is taken over it and over `previous`."""

    number: int
    scoring_number: int
    score: float
    points: float
    links: tuple[ReceiptLink, ...]
    digest: str
    previous: str
    at: datetime


_RECEIPTS = (
    "SELECT g.number, n.number AS scoring_number, g.score, g.points, (SELECT"
    " coalesce(json_agg(CASE WHEN holds_in('attempt:read', t.course_id) THEN l.link ELSE"
    " l.link #- '{rests_on,reviewer}' END ORDER BY l.i), '[]') FROM jsonb_array_elements(g.links)"
    " WITH ORDINALITY AS l(link, i)) AS links, encode(g.digest, 'hex') AS digest,"
    " encode(g.previous, 'hex') AS previous, g.at FROM grade_receipts AS g JOIN attempts AS t"
    " ON t.id = g.attempt_id JOIN scoring_versions AS n ON n.id = g.scoring_version_id"
    " WHERE g.attempt_id = $1 AND ($2::integer IS NULL OR g.number > $2) ORDER BY g.number LIMIT $3"
)


async def receipts(replica: ReadSession, wanted: AttemptId, *, page: Page) -> Slice[ReceiptView]:
    """One page of an attempt's receipts, the first release first."""
    (after,) = page.after(int) or (None,)
    rows: list[Any] = await replica.rows(_RECEIPTS, wanted, after, page.fetch, into=ReceiptView)
    return page.of(rows, by=lambda r: (r.number,), into=lambda r: r)
