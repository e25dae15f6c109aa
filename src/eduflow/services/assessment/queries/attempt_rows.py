"""The rows of one attempt: what it asks, all that was answered, and how that is judged.

Nothing is left out here by who asks: `queries.attempt` tells of it what may be told.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.web import View
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.items import Answer
from eduflow.scoring.keys import Key
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.ids import AssessmentId, AttemptId
from eduflow.services.assessment.lineage import FIRST_OF_LINEAGE
from eduflow.services.assessment.showing import CLOSED_TO_ALL, Comments
from eduflow.services.assessment.under_appeal import OPEN


class AnswerFile(View, kw_only=True):
    """A file that was sent for an answer, whether it names it or not."""

    id: UUID
    name: str
    media_type: str
    size: int


class Try(msgspec.Struct):
    """What was answered to a question last, and how it is judged under the version that counts."""

    response_id: UUID
    question_id: UUID
    question_version_id: UUID
    value: Answer
    certainty: int | None
    tries: int
    fraction: float | None
    correct: bool | None
    feedback: tuple[str, ...] | None
    comment: str | None


class Draft(msgspec.Struct):
    """What was saved of an answer."""

    question_id: UUID
    value: Any
    certainty: int | None
    revision: int
    saved_at: datetime


class Told(Comments, frozen=True, kw_only=True):
    """Of a question, what may be told only after it was answered."""

    id: UUID
    interaction: Interaction
    solution: str = ""
    key: Key | None = None
    hints: tuple[str, ...] = ()


class Row(msgspec.Struct):
    """One attempt, whole."""

    id: AttemptId
    assessment_id: AssessmentId
    assessment_version_id: UUID
    title: str
    user_id: UUID
    number: int
    state: str
    behaviour: str
    seed: int
    items: list[Asked]
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    submitted_at: datetime | None
    late: bool
    unjudged: int | None
    score: float | None
    points: float
    released_at: datetime | None
    version: int
    closes_at: datetime | None
    appeals_until: datetime | None
    staff: bool
    review: dict[str, list[str]]
    drafts: list[Draft]
    files: dict[UUID, tuple[AnswerFile, ...]]
    tries: list[Try]
    hinted: dict[UUID, int]
    appealed: frozenset[UUID]
    """Questions: an appeal about an answer to them, the last try or one before, waits."""
    told: list[Told]


# A score that a regrade has carried names the scoring version it was first given under.
_SOURCE = (
    "CASE s.method WHEN 'carried' THEN (SELECT o.source_id FROM item_scores AS o"
    " WHERE (o.response_id, o.scoring_version_id) = (s.response_id, s.source_id)"
    " ORDER BY o.revision DESC LIMIT 1) ELSE s.source_id END"
)
ATTEMPT = (
    "SELECT t.id, t.assessment_id, t.assessment_version_id, a.title, t.user_id, t.number, t.state,"
    " t.behaviour, t.seed, t.items, t.started_at, t.deadline_at, t.grace_until, t.submitted_at,"
    " t.late, t.unjudged, t.score, t.points, t.released_at, t.version,"
    " t.released_at + make_interval(days => p.appeal_days) AS appeals_until,"
    f" {CLOSED_TO_ALL} AS closes_at,"
    " t.user_id <> eduflow_person() AS staff,"
    " coalesce((SELECT json_object_agg(w.phase, w.shows) FROM review_policies AS w"
    " WHERE w.assessment_id = t.assessment_id), '{}') AS review,"
    " coalesce((SELECT json_agg(json_build_object('question_id', d.question_id, 'value', d.value,"
    " 'certainty', d.certainty, 'revision', d.revision, 'saved_at', d.saved_at))"
    " FROM response_drafts AS d WHERE d.attempt_id = t.id), '[]') AS drafts,"
    " coalesce((SELECT json_object_agg(o.question_id, o.files) FROM (SELECT f.question_id,"
    " json_agg(json_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type, 'size',"
    " f.size) ORDER BY f.id) AS files FROM response_files AS f WHERE f.attempt_id = t.id"
    " GROUP BY f.question_id) AS o), '{}') AS files,"
    " coalesce((SELECT json_agg(json_build_object('response_id', r.id, 'question_id',"
    " r.question_id, 'question_version_id', r.question_version_id, 'value', r.value,"
    " 'certainty', r.certainty, 'tries', r.try_number, 'fraction', s.fraction,"
    " 'correct', s.correct, 'feedback', s.feedback, 'comment', (SELECT h.comment"
    f" FROM human_reviews AS h WHERE h.id = {_SOURCE})))"
    " FROM (SELECT DISTINCT ON (r.question_id) r.* FROM responses AS r WHERE r.attempt_id = t.id"
    " ORDER BY r.question_id, r.try_number DESC) AS r LEFT JOIN LATERAL (SELECT i.* FROM"
    " item_scores AS i JOIN scoring_versions AS v ON v.id = i.scoring_version_id"
    " WHERE i.response_id = r.id AND v.state = 'published' AND v.number <= n.number"
    f" AND v.number >= {FIRST_OF_LINEAGE.format('n')}"
    " ORDER BY v.number DESC, i.revision DESC LIMIT 1) AS s ON true), '[]') AS tries,"
    " coalesce((SELECT json_object_agg(e.question_id, e.hints) FROM (SELECT e.question_id,"
    " count(*) AS hints FROM attempt_events AS e WHERE e.attempt_id = t.id AND e.kind = 'hinted'"
    " GROUP BY e.question_id) AS e), '{}') AS hinted,"
    " coalesce((SELECT json_agg(DISTINCT r.question_id) FROM appeals AS q JOIN responses AS r"
    f" ON r.id = q.response_id WHERE q.attempt_id = t.id AND {OPEN.format('q')}), '[]')"
    " AS appealed,"
    " coalesce((SELECT json_agg(json_build_object('id', v.id, 'interaction', v.interaction,"
    " 'feedback', coalesce(v.feedback ->> 'feedback', ''),"
    " 'feedback_right', coalesce(v.feedback ->> 'feedback_right', ''),"
    " 'feedback_wrong', coalesce(v.feedback ->> 'feedback_wrong', ''), 'solution',"
    " coalesce(v.feedback ->> 'solution', ''), 'hints', coalesce((SELECT json_agg(h ->> 'text')"
    " FROM jsonb_array_elements(v.feedback -> 'hints') AS h), '[]'), 'key', k.key))"
    " FROM question_versions AS v JOIN answer_keys AS k ON k.question_version_id = v.id"
    " AND k.number = coalesce((n.key_set ->> v.id::text)::integer, 1)"
    " WHERE v.id IN (SELECT (i.item ->> 'question_version_id')::uuid"
    " FROM jsonb_array_elements(t.items) AS i(item))), '[]') AS told"
    " FROM attempts AS t JOIN assessments AS a ON a.id = t.assessment_id"
    " JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = t.scoring_number"
    " WHERE t.id = $1"
)
