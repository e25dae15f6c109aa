"""Appeals: the student's own, those of a test, and one as its second grader sees it."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.assessment.appeal_views import AppealCase, AppealLine, OwnAppeal
from eduflow.services.assessment.ids import AppealId, AssessmentId, ResponseId
from eduflow.services.assessment.under_appeal import ANSWER, OPEN

_OWN = (
    "SELECT q.id, q.response_id, q.claim, q.state, q.asked_at, d.outcome, d.reason,"
    " d.at AS decided_at, q.version FROM appeals AS q LEFT JOIN appeal_decisions AS d"
    " ON d.appeal_id = q.id WHERE q.response_id = $1 AND ($2::uuid IS NULL OR q.id > $2)"
    " ORDER BY q.id LIMIT $3"
)
_OF_TEST = (
    "SELECT q.id, r.question_id, q.state, q.asked_at, q.state IN ('open', 'claimed')"
    " AND q.user_id <> eduflow_person() AND (q.state = 'open' OR q.claimed_by = eduflow_person())"
    " AND NOT EXISTS (SELECT FROM human_reviews AS h WHERE h.response_id = q.response_id"
    " AND h.grader_id = eduflow_person()) AND NOT EXISTS (SELECT FROM grading_queue AS w"
    " WHERE w.response_id = q.response_id AND eduflow_person() = ANY (w.seen_by)) AS may_decide,"
    " CASE WHEN NOT o.another THEN d.outcome END AS outcome, d.saw_scores,"
    " o.another AS under_appeal, q.version FROM appeals AS q"
    " JOIN responses AS r ON r.id = q.response_id LEFT JOIN appeal_decisions AS d"
    f" ON d.appeal_id = q.id CROSS JOIN LATERAL (SELECT NOT {OPEN.format('q')}"
    f" AND q.user_id <> eduflow_person() AND {ANSWER.format('r.id')} AS another) AS o"
    " WHERE q.assessment_id = $1 AND ($2::text IS NULL OR q.state = $2)"
    " AND ($3::uuid IS NULL OR q.id > $3) ORDER BY q.id LIMIT $4"
)
_CASE = (
    "SELECT q.id, q.state, r.question_id, v.title, v.body, v.interaction, coalesce((SELECT i.item"
    " -> 'values' FROM jsonb_array_elements(t.items) AS i(item) WHERE i.item ->> 'question_id' ="
    " r.question_id::text), '{}') AS values, r.value AS answer, CASE WHEN v.interaction ->> 'type'"
    " NOT IN ('essay', 'file_upload') THEN k.key END AS key, CASE WHEN w.id IS NOT NULL THEN"
    " json_build_object('guidelines', w.guidelines, 'criteria', (SELECT"
    " coalesce(json_agg(json_build_object('key', c.key, 'title', c.title, 'description',"
    " c.description, 'points', c.points, 'levels', c.levels, 'grader_note', c.grader_note)"
    " ORDER BY c.position), '[]') FROM scoring_criteria AS c WHERE c.rubric_version_id = w.id)) END"
    " AS rubric, q.claim, q.version FROM appeals AS q JOIN responses AS r ON r.id = q.response_id"
    " JOIN attempts AS t ON t.id = q.attempt_id JOIN assessments AS a ON a.id = q.assessment_id"
    " JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = a.scoring_number"
    " JOIN question_versions AS v ON v.id = r.question_version_id LEFT JOIN answer_keys AS k"
    " ON k.question_version_id = v.id AND k.number = (n.key_set ->> v.id::text)::integer"
    " LEFT JOIN scoring_rubric_versions AS w ON w.id = (n.rubric_set ->> r.question_id::text)::uuid"
    " WHERE q.id = $1"
)


async def own_appeals(replica: ReadSession, wanted: ResponseId, *, page: Page) -> Slice[OwnAppeal]:
    """One page of the appeals about an answer, the first first."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OWN, wanted, after, page.fetch, into=OwnAppeal)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def appeals(
    replica: ReadSession, wanted: AssessmentId, *, page: Page, state: str | None
) -> Slice[AppealLine]:
    """One page of the appeals of a test, the oldest first."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_OF_TEST, wanted, state, after, page.fetch, into=AppealLine)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def appeal_case(replica: ReadSession, wanted: AppealId) -> AppealCase:
    """What a second grader decides by."""
    return await replica.row(_CASE, wanted, into=AppealCase)
