"""An attempt with all that its score is folded by: for everybody who judges."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.lineage import FIRST_OF_LINEAGE
from eduflow.services.assessment.model.marking import MarkedTry, Rules
from eduflow.services.assessment.model.receipts import Receipt, digest_of_scoring


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Another released attempt of the same person."""

    number: int
    score: Decimal
    points: Decimal


class Scoring(msgspec.Struct, frozen=True, kw_only=True):
    """The scoring version that counts."""

    id: UUID
    number: int
    key_set: dict[UUID, int]
    rubric_set: dict[UUID, UUID]
    points_set: dict[UUID, tuple[Decimal, ...]]
    policy: Rules

    @property
    def digest(self) -> str:
        """Of all it says; receipts cite it."""
        return digest_of_scoring(
            self.number,
            self.key_set,
            self.rubric_set,
            points_set=self.points_set,
            policy=self.policy,
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt, and what its score is folded by."""

    id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    number: int
    state: str
    version: int
    items: list[Asked]
    submitted_at: datetime | None
    late: bool
    released_at: datetime | None
    release: str
    scoring: Scoring
    tries: list[MarkedTry]
    others: list[Other]
    receipt: Receipt | None


# Every try of the attempt `t` with how it is judged under the scoring version `n`: its highest
# revision, and for the receipt whatever that rests on.
_TRIES = (
    "coalesce((SELECT json_agg(json_build_object('response_id', r.id, 'question_id',"
    " r.question_id, 'question_version_id', r.question_version_id, 'try_number', r.try_number,"
    " 'certainty', r.certainty, 'seconds', r.seconds, 'value', r.value, 'hints', r.hints,"
    " 'hint_costs', CASE WHEN r.hints > 0 THEN (SELECT coalesce(json_agg((h.hint ->>"
    " 'cost')::numeric ORDER BY h.i), '[]') FROM question_versions AS v,"
    " jsonb_array_elements(v.feedback -> 'hints') WITH ORDINALITY AS h(hint, i)"
    " WHERE v.id = r.question_version_id AND h.i <= r.hints) ELSE '[]' END,"
    " 'sha256', encode(r.sha256, 'hex'), 'fraction', s.fraction, 'correct', coalesce(s.correct,"
    " false), 'method', s.method, 'revision', CASE WHEN"
    " s.scoring_version_id = n.id THEN s.revision ELSE 0 END, 'rests_on', coalesce(CASE s.method"
    " WHEN 'ai' THEN (SELECT json_build_object('rubric', encode(b.sha256, 'hex'), 'model', j.model,"
    " 'prompt', encode(j.prompt_sha256, 'hex')) FROM ai_grading_jobs AS j JOIN"
    " scoring_rubric_versions AS b ON b.id = j.rubric_version_id WHERE j.id = s.source_id)"
    " WHEN 'human' THEN (SELECT json_build_object('rubric', encode(b.sha256, 'hex'), 'reviewer',"
    " h.grader_id) FROM human_reviews AS h LEFT JOIN scoring_rubric_versions AS b"
    " ON b.id = h.rubric_version_id WHERE h.id = s.source_id)"
    " WHEN 'key' THEN (SELECT json_build_object('key', encode(k.sha256, 'hex')) FROM answer_keys"
    " AS k WHERE k.question_version_id = r.question_version_id AND k.number ="
    " (n.key_set ->> r.question_version_id::text)::integer)"
    " ELSE (SELECT json_build_object('carried', c.source_id) FROM item_scores AS c"
    " WHERE (c.response_id, c.scoring_version_id, c.revision) ="
    " (s.response_id, s.scoring_version_id, s.revision)) END, '{}'))"
    " ORDER BY r.question_id, r.try_number) FROM responses AS r LEFT JOIN LATERAL"
    " (SELECT i.* FROM item_scores AS i JOIN scoring_versions AS v ON v.id = i.scoring_version_id"
    " WHERE i.response_id = r.id AND v.number BETWEEN lineage.first AND n.number"
    " AND v.state = 'published' ORDER BY v.number DESC, i.revision DESC LIMIT 1) AS s ON true"
    " WHERE r.attempt_id = t.id), '[]')"
)
FACTS = (
    "t.id, t.assessment_id, t.course_id, t.user_id, t.number, t.state, t.version, t.items,"
    " t.submitted_at, t.late, t.released_at, p.release, json_build_object('id', n.id, 'number',"
    " n.number, 'key_set', n.key_set, 'rubric_set', n.rubric_set, 'points_set', n.points_set,"
    f" 'policy', n.policy) AS scoring, {_TRIES} AS tries,"
    " coalesce((SELECT json_agg(json_build_object('number', o.number, 'score', o.score, 'points',"
    " o.points) ORDER BY o.number) FROM attempts AS o WHERE o.assessment_id = t.assessment_id"
    " AND o.user_id = t.user_id AND o.id <> t.id AND o.released_at IS NOT NULL), '[]') AS others,"
    " (SELECT json_build_object('number', g.number, 'digest', encode(g.digest, 'hex'))"
    " FROM grade_receipts AS g WHERE g.attempt_id = t.id ORDER BY g.number DESC LIMIT 1) AS receipt"
)
FACTS_FROM = (
    "attempts AS t JOIN assessments AS a ON a.id = t.assessment_id"
    " JOIN delivery_policies AS p ON p.assessment_id = t.assessment_id"
    " JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = a.scoring_number"
    f" CROSS JOIN LATERAL (SELECT {FIRST_OF_LINEAGE.format('n')} AS first) AS lineage"
)
