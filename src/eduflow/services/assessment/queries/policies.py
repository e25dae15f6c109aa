"""How a test is given, for those who make it."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.assessment.form_views import Override, Policy
from eduflow.services.assessment.ids import AssessmentId

_PHASES = (
    "(SELECT json_object_agg(r.phase, r.shows) FROM review_policies AS r"
    " WHERE r.assessment_id = p.assessment_id)"
)
_FIELDS = ", ".join(f"p.{n}" for n in Policy.__struct_fields__ if n != "review")
_ONE = (
    f"SELECT {_FIELDS}, {_PHASES} AS review FROM delivery_policies AS p WHERE p.assessment_id = $1"
)
_OVERRIDES = (
    "SELECT o.id, o.assessment_id, CASE o.target_type WHEN 'student' THEN o.target_id END AS"
    " user_id, CASE o.target_type WHEN 'section' THEN o.target_id END AS section_id, o.opens_at,"
    " o.closes_at, o.extra_minutes, o.extra_attempts, o.version FROM delivery_overrides AS o"
    " WHERE o.assessment_id = $1 AND ($2::uuid IS NULL OR o.id > $2) ORDER BY o.id LIMIT $3"
)


async def policy(replica: ReadSession, wanted: AssessmentId) -> Policy:
    """The policy of a test with what it shows afterwards."""
    return await replica.row(_ONE, wanted, into=Policy)


async def overrides(replica: ReadSession, wanted: AssessmentId, *, page: Page) -> Slice[Override]:
    """One page, in the order they were given."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OVERRIDES, wanted, last, page.fetch, into=Override)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
