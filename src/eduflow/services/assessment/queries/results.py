"""What attempts were worth: a student's own, and those of a whole test."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice, View
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.showing import SHOWN
from eduflow.services.assessment.under_appeal import ATTEMPT, STUDENT


class OwnResult(View, kw_only=True):
    """A released result of one's own, under the scoring version that counts."""

    attempt_id: AttemptId
    assessment_id: AssessmentId
    course_id: UUID
    title: str
    number: int
    score: float
    points: float
    counts: float
    """What counted over all attempts when this was released."""
    scoring_number: int
    """Above 1: it was corrected since it was sat."""
    submitted_at: datetime
    released_at: datetime


class Result(View, kw_only=True):
    """What one attempt is worth, final or not."""

    attempt_id: AttemptId
    user_id: UUID
    display_name: str | None
    number: int
    state: str
    """`submitted`: somebody still reads; `final`; `released`: the student's to see."""
    score: float | None
    """Null until something is judged, and where `under_appeal`."""
    points: float
    counts: float | None
    """Null until it is released, and where `counts_under_appeal`."""
    under_appeal: bool
    """An appeal about an answer of the attempt waits: the score is withheld."""
    counts_under_appeal: bool
    """One about any attempt of the student waits: what counts over all of them may be its score."""
    scoring_number: int
    submitted_at: datetime
    released_at: datetime | None


# The test's row says which scoring version counts, the read model what was worth what: the newest
# row of an attempt is that, since one is only written when its version counts.
_OWN = (
    "SELECT r.attempt_id, r.assessment_id, r.course_id, a.title, r.number, r.score, r.points,"
    " r.counts, r.scoring_number, r.submitted_at, r.released_at FROM (SELECT DISTINCT ON"
    " (g.submitted_at, g.attempt_id) g.* FROM grading_results AS g WHERE g.user_id ="
    " eduflow_person() AND g.state = 'released'"
    " AND ($1::timestamptz IS NULL OR (g.submitted_at, g.attempt_id) < ($1, $2))"
    " ORDER BY g.submitted_at DESC, g.attempt_id DESC, g.scoring_number DESC) AS r"
    " JOIN assessments AS a ON a.id = r.assessment_id"
    " WHERE ($3::uuid IS NULL OR r.course_id = $3)"
    f" AND 'points' = ANY (coalesce({SHOWN}, '{{points}}'))"
    " ORDER BY r.submitted_at DESC, r.attempt_id DESC LIMIT $4"
)
_OF_TEST = (
    "SELECT r.attempt_id, r.user_id, p.display_name, r.number, r.state,"
    " CASE WHEN NOT w.score THEN r.score END AS score, r.points,"
    " CASE WHEN NOT w.counts THEN r.counts END AS counts, w.score AS under_appeal,"
    " w.counts AS counts_under_appeal, r.scoring_number, r.submitted_at, r.released_at"
    " FROM (SELECT DISTINCT ON (g.user_id, g.number) g.* FROM grading_results AS g"
    " WHERE g.assessment_id = $1 AND ($2::uuid IS NULL OR (g.user_id, g.number) > ($2, $3))"
    " ORDER BY g.user_id, g.number, g.scoring_number DESC) AS r"
    " LEFT JOIN people AS p ON p.user_id = r.user_id"
    " CROSS JOIN LATERAL (SELECT r.user_id <> eduflow_person()"
    f" AND {ATTEMPT.format('r.attempt_id')} AS score, r.user_id <> eduflow_person()"
    f" AND {STUDENT.format('r')} AS counts) AS w"
    " WHERE ($4::text IS NULL OR r.state = $4) ORDER BY r.user_id, r.number LIMIT $5"
)


async def own_results(replica: ReadSession, *, page: Page, course: UUID | None) -> Slice[OwnResult]:
    """One's own, newest first; those whose points the review policy shows."""
    at, attempt = page.after(datetime, UUID) or (None, None)
    rows = await replica.rows(
        _OWN, at, attempt, course, page.fetch, into=OwnResult, of="grading_results"
    )
    return page.of(rows, by=lambda r: (r.submitted_at, r.attempt_id), into=lambda r: r)


async def results(
    replica: ReadSession, assessment: AssessmentId, *, page: Page, state: str | None
) -> Slice[Result]:
    """One page of a test's, student by student; without the scores that are under appeal."""
    user, number = page.after(UUID, int) or (None, None)
    rows = await replica.rows(
        _OF_TEST,
        assessment,
        user,
        number,
        state,
        page.fetch,
        into=Result,
        of=("grading_results", "people"),
    )
    return page.of(rows, by=lambda r: (r.user_id, r.number), into=lambda r: r)
