"""How well models agree with people: agreement_stats, a fold of reviews."""

from uuid import UUID

import msgspec

from eduflow.kernel.projections import ReadModel, Run, Tables
from eduflow.scoring.kappa import agreement

STATS = "agreement_stats"
_CONFIDENCE = 0.95
_MOST = 2_000
_PAIRS = """
    INSERT INTO agreement_pairs (response_id, model, institution_id, course_id, question_id,
        model_level, human_level, levels, seq)
    SELECT DISTINCT ON (response_id, model) response_id, model, institution_id, course_id,
        question_id, model_level, human_level, levels, seq
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, response_id uuid, model text,
        institution_id uuid, course_id uuid, question_id uuid, model_level int, human_level int,
        levels int, blind boolean)
    WHERE blind ORDER BY response_id, model, seq DESC
    ON CONFLICT (response_id, model) DO UPDATE SET model_level = excluded.model_level,
        human_level = excluded.human_level, levels = excluded.levels, seq = excluded.seq
"""
# A rubric of other steps is another scale: only what was judged by the newest counts.
_OF = f"""
    SELECT model, model_level, human_level, levels, institution_id, course_id
    FROM agreement_pairs AS p WHERE question_id = $1 AND levels = (SELECT o.levels
        FROM agreement_pairs AS o WHERE o.question_id = $1 AND o.model = p.model
        ORDER BY o.seq DESC LIMIT 1)
    ORDER BY model, seq DESC LIMIT {_MOST}
"""
_KEEP = """
    INSERT INTO agreement_stats (question_id, model, institution_id, course_id, n, agreement,
        kappa, kappa_low, kappa_high) VALUES ($1, $2, $3, $4, $5, $6::text::numeric,
        $7::text::numeric, $8::text::numeric, $9::text::numeric)
    ON CONFLICT (question_id, model) DO UPDATE SET n = excluded.n, agreement = excluded.agreement,
        kappa = excluded.kappa, kappa_low = excluded.kappa_low, kappa_high = excluded.kappa_high
"""


class _Pair(msgspec.Struct):
    model: str
    model_level: int
    human_level: int
    levels: int
    institution_id: UUID
    course_id: UUID


async def _reviewed(run: Run, tables: Tables) -> None:
    await tables.execute(_PAIRS, run.json)
    events = msgspec.json.decode(run.json)
    for question in sorted({e["question_id"] for e in events if e["blind"]}):
        pairs = await tables.rows(_OF, UUID(question), into=_Pair)
        for model in sorted({pair.model for pair in pairs}):
            of = [pair for pair in pairs if pair.model == model]
            found = agreement(
                [(pair.model_level, pair.human_level) for pair in of],
                levels=of[0].levels,
                confidence=_CONFIDENCE,
            )
            await tables.execute(
                _KEEP,
                UUID(question),
                model,
                of[0].institution_id,
                of[0].course_id,
                found.count,
                _number(found.exact),
                _number(found.kappa),
                _number(found.low),
                _number(found.high),
            )


def _number(value: float | None) -> str | None:
    return None if value is None else format(value, ".6f")


agreement_stats = ReadModel(
    name=STATS,
    tables=("agreement_pairs", "agreement_stats"),
    source="assessment",
    folds={"assessment.answer_reviewed": _reviewed},
)
