"""What released scores rest on, as it is told to the student and to the staff."""

from datetime import datetime
from typing import Any

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.assessment.ids import AttemptId
from eduflow.services.assessment.showing import SHOWN
from eduflow.services.assessment.under_appeal import ATTEMPT


class ReceiptLink(View, kw_only=True):
    """One answer: digests of what was answered and of what it was judged by."""

    response: str
    question_version: str
    fraction: float
    method: str
    rests_on: dict[str, str]
    """To the student without the name of a reviewer, and without the digest of the key until the
    right answers are shown: there are few keys of a question, and each can be tried."""


class ReceiptView(View, kw_only=True):
    """What one release rests on. `digest` is taken over it and over `previous`.

    To the student score, links and digests are null while the review policy shows no points; to
    all others while an appeal about an answer of the attempt waits (`under_appeal`): earlier
    receipts tell too, and of a digest the score could be guessed.
    """

    number: int
    scoring_number: int
    score: float | None
    points: float
    links: tuple[ReceiptLink, ...] | None
    digest: str | None
    previous: str | None
    under_appeal: bool
    at: datetime


_TOLD = "CASE WHEN NOT s.withheld AND (s.staff OR 'points' = ANY (s.shows)) THEN {} END"
_RECEIPTS = (
    f"SELECT g.number, n.number AS scoring_number, {_TOLD.format('g.score')} AS score, g.points,"
    f" {_TOLD.format('l.links')} AS links, {_TOLD.format('e.digest')} AS digest,"
    f" {_TOLD.format('e.previous')} AS previous, s.under_appeal, g.at"
    " FROM grade_receipts AS g JOIN attempts AS t ON t.id = g.attempt_id"
    " JOIN assessments AS a ON a.id = t.assessment_id"
    " JOIN scoring_versions AS n ON n.id = g.scoring_version_id"
    " CROSS JOIN LATERAL (SELECT holds_in('attempt:read', t.course_id) AS staff,"
    f" coalesce({SHOWN}, '{{points}}') AS shows, u.under_appeal,"
    " u.under_appeal AND t.user_id <> eduflow_person() AS withheld"
    f" FROM (SELECT {ATTEMPT.format('t.id')} AS under_appeal) AS u) AS s"
    " CROSS JOIN LATERAL (SELECT encode(g.digest, 'hex') AS digest,"
    " encode(g.previous, 'hex') AS previous) AS e"
    " CROSS JOIN LATERAL (SELECT coalesce(json_agg(CASE WHEN s.staff THEN l.link"
    " WHEN 'right_answer' = ANY (s.shows) THEN l.link #- '{rests_on,reviewer}'"
    " ELSE l.link #- '{rests_on,reviewer}' #- '{rests_on,key}' END ORDER BY l.i), '[]') AS links"
    " FROM jsonb_array_elements(g.links) WITH ORDINALITY AS l(link, i)) AS l"
    " WHERE g.attempt_id = $1 AND ($2::integer IS NULL OR g.number > $2) ORDER BY g.number LIMIT $3"
)


async def receipts(replica: ReadSession, wanted: AttemptId, *, page: Page) -> Slice[ReceiptView]:
    """One page of an attempt's receipts, the first release first."""
    (after,) = page.after(int) or (None,)
    rows: list[Any] = await replica.rows(_RECEIPTS, wanted, after, page.fetch, into=ReceiptView)
    return page.of(rows, by=lambda r: (r.number,), into=lambda r: r)
