"""Regrades: how far they are, and what they would change or have changed."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.assessment.ids import AssessmentId, RegradeId
from eduflow.services.assessment.regrade_views import Regrade, StudentDiff
from eduflow.services.assessment.under_appeal import ATTEMPT, STUDENT

_COLUMNS = (
    "SELECT r.id, r.assessment_id, r.state, r.dry_run, n.cause, n.reason, b.number AS base_number,"
    " n.number AS scoring_number, r.total, r.done, r.changed, r.unread, r.started_at, r.ended_at,"
    " r.version FROM regrade_runs AS r JOIN scoring_versions AS n ON n.id = r.scoring_version_id"
    " JOIN scoring_versions AS b ON b.id = r.base_version_id"
)
_ONE = f"{_COLUMNS} WHERE r.id = $1"
_ALL = (
    f"{_COLUMNS} WHERE r.assessment_id = $1 AND ($2::uuid IS NULL OR r.id < $2)"
    " ORDER BY r.id DESC LIMIT $3"
)
_DIFFS = (
    "SELECT d.user_id, (SELECT p.display_name FROM people AS p WHERE p.user_id = d.user_id)"
    " AS name, CASE WHEN NOT bool_or(w.counts) THEN (array_agg(d.old_counts ORDER BY t.number))[1]"
    " END AS old_counts, CASE WHEN NOT bool_or(w.counts)"
    " THEN (array_agg(d.new_counts ORDER BY t.number))[1] END AS new_counts,"
    " bool_or(w.counts) AS under_appeal,"
    " json_agg(json_build_object('attempt_id', d.attempt_id, 'number', t.number, 'old_score',"
    " CASE WHEN NOT w.score THEN d.old_score END, 'new_score', CASE WHEN NOT w.score THEN"
    " d.new_score END, 'old_points', d.old_points, 'new_points', d.new_points, 'unread', d.unread,"
    " 'under_appeal', w.score) ORDER BY t.number) AS attempts"
    " FROM regrade_diffs AS d JOIN attempts AS t ON t.id = d.attempt_id"
    " CROSS JOIN LATERAL (SELECT t.user_id <> eduflow_person() AND"
    f" {ATTEMPT.format('t.id')} AS score, t.user_id <> eduflow_person() AND"
    f" {STUDENT.format('t')} AS counts) AS w"
    " WHERE d.run_id = $1 AND d.old_score IS NOT NULL"
    " AND d.new_score IS NOT NULL AND ($2::uuid IS NULL OR d.user_id > $2)"
    " GROUP BY d.user_id HAVING NOT $3 OR bool_or(w.counts OR d.old_score <> d.new_score"
    " OR d.old_points <> d.new_points OR d.unread > 0) ORDER BY d.user_id LIMIT $4"
)


async def regrade(replica: ReadSession, wanted: RegradeId) -> Regrade:
    """One regrade; NotFound where there is none."""
    return await replica.row(_ONE, wanted, into=Regrade)


async def regrades(replica: ReadSession, wanted: AssessmentId, *, page: Page) -> Slice[Regrade]:
    """One page of all of a test, the newest first."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_ALL, wanted, after, page.fetch, into=Regrade)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def regrade_diffs(
    replica: ReadSession, wanted: RegradeId, *, page: Page, changed: bool
) -> Slice[StudentDiff]:
    """One page of students; `changed`: only of whom something changes."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_DIFFS, wanted, after, changed, page.fetch, into=StudentDiff)
    return page.of(rows, by=lambda r: (r.user_id,), into=lambda r: r)
