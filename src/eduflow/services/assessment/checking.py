"""Recomputing receipts: every row that they rest on is read, and `model.checking` compares."""

from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec

from eduflow.services.assessment.model.checking import (
    Answered,
    Examined,
    Fault,
    ScoredBy,
    faults_of,
    is_erased,
)
from eduflow.services.assessment.stored import digest_of_key, digest_of_rubric

AT_ONCE = 100


class Rows(Protocol):
    """Whoever can read rows: a replica, for somebody, or the workers' pool."""

    async def __call__(self, sql: str, *arguments: Any, into: Any) -> list[Any]: ...


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in some attempts; `last` is None when none is left."""

    attempts: int
    receipts: int
    faults: list[Fault]
    erased: dict[UUID, int]
    """Attempts of the forgotten, and how many of their answers are blank."""
    last: UUID | None


class _Key(msgspec.Struct):
    question_version_id: UUID
    key: Any
    sha256: str


class _Scoring(ScoredBy, frozen=True, kw_only=True):
    key_rows: list[_Key]


class _Criterion(msgspec.Struct):
    key: str
    title: str
    description: str
    grader_note: str
    points: Decimal
    levels: list[dict[str, Any]]


class _Rubric(msgspec.Struct):
    id: UUID
    guidelines: str
    sha256: str
    criteria: list[_Criterion]


_SCORINGS = (
    "SELECT n.id, n.number, n.key_set, n.rubric_set, n.points_set, n.policy, '{}'::jsonb AS keys,"
    " coalesce((SELECT json_agg(o.id ORDER BY o.number) FROM scoring_versions AS o WHERE"
    " o.assessment_id = n.assessment_id AND o.state = 'published' AND o.number BETWEEN"
    " (SELECT max(f.number) FROM scoring_versions AS f WHERE f.assessment_id = n.assessment_id"
    " AND f.number <= n.number AND f.state = 'published' AND f.cause <> 'new_form')"
    " AND n.number), '[]') AS lineage,"
    " coalesce((SELECT json_agg(json_build_object('question_version_id', k.question_version_id,"
    " 'key', k.key, 'sha256', encode(k.sha256, 'hex'))) FROM jsonb_each_text(n.key_set)"
    " AS e(version, number) JOIN answer_keys AS k"
    " ON k.question_version_id = e.version::uuid AND k.number = e.number::integer), '[]')"
    " AS key_rows FROM scoring_versions AS n WHERE n.assessment_id = $1"
)
_RUBRICS = (
    "SELECT v.id, v.guidelines, encode(v.sha256, 'hex') AS sha256,"
    " coalesce((SELECT json_agg(json_build_object('key', c.key, 'title',"
    " c.title, 'description', c.description, 'grader_note', c.grader_note, 'points', c.points,"
    " 'levels', c.levels) ORDER BY c.position) FROM scoring_criteria AS c"
    " WHERE c.rubric_version_id = v.id), '[]') AS criteria FROM scoring_rubric_versions AS v"
    " WHERE v.id IN (SELECT e.rubric::uuid FROM scoring_versions AS n,"
    " jsonb_each_text(n.rubric_set) AS e(question, rubric) WHERE n.assessment_id = $1)"
)
_SCORES = (
    "coalesce((SELECT json_agg(json_build_object('scoring_version_id', s.scoring_version_id,"
    " 'revision', s.revision, 'fraction', s.fraction, 'method', s.method, 'source_id', s.source_id,"
    " 'model', j.model, 'prompt', encode(j.prompt_sha256, 'hex'), 'reviewer', h.grader_id,"
    " 'rubric', coalesce(j.rubric_version_id, h.rubric_version_id), 'said', h.fraction)"
    " ORDER BY s.scoring_version_id, s.revision) FROM item_scores AS s LEFT JOIN ai_grading_jobs"
    " AS j ON s.method = 'ai' AND j.id = s.source_id AND j.response_id = s.response_id"
    " LEFT JOIN human_reviews AS h ON s.method = 'human' AND h.id = s.source_id"
    " AND h.response_id = s.response_id WHERE s.response_id = r.id), '[]')"
)
_EXAMINED = (
    "SELECT t.id, t.user_id, t.number, t.items, t.submitted_at, t.late, t.released_at, t.score,"
    " t.points, t.scoring_number, EXISTS (SELECT FROM erased_people AS e"
    " WHERE e.user_id = t.user_id) AS erased, '[]'::json AS scorings,"
    " coalesce((SELECT json_agg(json_build_object('id', r.id, 'question_id', r.question_id,"
    " 'question_version_id', r.question_version_id, 'variant_id', r.variant_id, 'try_number',"
    " r.try_number, 'value', r.value, 'certainty', r.certainty, 'hints', r.hints, 'hint_costs',"
    " CASE WHEN r.hints > 0 THEN (SELECT coalesce(json_agg((h.hint ->> 'cost')::numeric"
    " ORDER BY h.i), '[]') FROM question_versions AS v, jsonb_array_elements(v.feedback -> 'hints')"
    " WITH ORDINALITY AS h(hint, i) WHERE v.id = r.question_version_id AND h.i <= r.hints)"
    f" ELSE '[]' END, 'sha256', encode(r.sha256, 'hex'), 'scores', {_SCORES})"
    " ORDER BY r.question_id, r.try_number) FROM responses AS r WHERE r.attempt_id = t.id), '[]')"
    " AS responses, coalesce((SELECT json_agg(json_build_object('number', g.number,"
    " 'scoring_version_id', g.scoring_version_id, 'score', g.score, 'points', g.points, 'links',"
    " g.links, 'digest', encode(g.digest, 'hex'), 'previous', encode(g.previous, 'hex'), 'at',"
    " g.at) ORDER BY g.number) FROM grade_receipts AS g WHERE g.attempt_id = t.id), '[]')"
    " AS receipts FROM attempts AS t WHERE t.assessment_id = $1 AND ($2::uuid IS NULL OR t.id > $2)"
    " AND ($4::uuid IS NULL OR t.id = $4) ORDER BY t.id LIMIT $3"
)


async def checked(
    rows: Rows,
    assessment: UUID,
    *,
    after: UUID | None,
    attempt: UUID | None = None,
    limit: int = AT_ONCE,
) -> Checked:
    """Recompute the receipts of the next attempts of a test, or of one attempt."""
    scorings = [_keyed(one) for one in await rows(_SCORINGS, assessment, into=_Scoring)]
    rubrics = {
        str(one.id): _agreed(
            one.sha256,
            digest_of_rubric(
                one.guidelines, [msgspec.structs.asdict(line) for line in one.criteria]
            ),
        )
        for one in await rows(_RUBRICS, assessment, into=_Rubric)
    }
    found = await rows(_EXAMINED, assessment, after, limit, attempt, into=Examined)
    faults: list[Fault] = []
    for one in found:
        faults += faults_of(_whole(one, scorings, rubrics))
    return Checked(
        attempts=len(found),
        receipts=sum(len(one.receipts) for one in found),
        faults=faults,
        erased={one.id: blank for one in found if (blank := _erased(one))},
        last=found[-1].id if len(found) == limit else None,
    )


def _erased(one: Examined) -> int:
    return sum(is_erased(one, answer) for answer in one.responses)


def reading(pool: asyncpg.Pool) -> Rows:
    """Rows as the workers see them, of every institution."""

    async def rows(sql: str, *arguments: Any, into: Any) -> list[Any]:
        body = await pool.fetchval(f"SELECT json_agg(q)::text FROM ({sql}) AS q", *arguments)
        return [] if body is None else _decoded(body, into)

    return rows


def _decoded(body: str, into: Any) -> list[Any]:
    kind: Any = list[into]
    found: list[Any] = msgspec.json.decode(body, type=kind, strict=False)
    return found


def _keyed(one: _Scoring) -> ScoredBy:
    keys = {
        row.question_version_id: _agreed(row.sha256, digest_of_key(row.key)) for row in one.key_rows
    }
    names = [name for name in ScoredBy.__struct_fields__ if name != "keys"]
    return ScoredBy(**{name: getattr(one, name) for name in names}, keys=keys)


def _agreed(kept: str, computed: bytes) -> str:
    """The digest, where the row keeps the one that is computed from it; else nothing fits."""
    return kept if kept == computed.hex() else ""


def _whole(one: Examined, scorings: list[ScoredBy], rubrics: dict[str, str]) -> Examined:
    """With the scoring versions, and the digests of rubrics in the place of their ids."""
    responses = [_read_by(answer, rubrics) for answer in one.responses]
    return msgspec.structs.replace(one, scorings=scorings, responses=responses)


def _read_by(answer: Answered, rubrics: dict[str, str]) -> Answered:
    scores = tuple(
        msgspec.structs.replace(s, rubric=None if s.rubric is None else rubrics.get(s.rubric, ""))
        for s in answer.scores
    )
    return msgspec.structs.replace(answer, scores=scores)
