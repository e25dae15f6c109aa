"""What the models said of an answer becomes a score, or a question to a person."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.jobs import Held
from eduflow.services.assessment.asking import seed_of
from eduflow.services.assessment.commands.judged_rows import (
    CRITERIA,
    TO_PEOPLE,
    Read,
    keep_reading,
    parts_of,
)
from eduflow.services.assessment.commands.settling import FACTS, FACTS_FROM, Facts
from eduflow.services.assessment.reading.asking import PROMPT, Criterion
from eduflow.services.assessment.reading.control import CONTROL
from eduflow.services.assessment.reading.judging import (
    EVIDENCE,
    SAMPLES,
    Judged,
    Verdict,
    verdict_of,
)
from eduflow.services.assessment.reading.releasing import Gate, is_sampled


class RecordAiGrading(Command[str | None], frozen=True, kw_only=True):
    """Ends the job with what has been kept of it; returns why a person must look, or None.

    `failure`: why not all samples are there. Those that are there are shown to that person.
    """

    held: Held
    job: UUID
    flags: tuple[str, ...] = ()
    failure: str | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model that read the answer."""

    provider: str
    model: str
    gate: Gate | None


class _Sample(msgspec.Struct, kw_only=True):
    sample: int
    judged: list[Judged]


class _Found(Facts, frozen=True, kw_only=True):
    response_id: UUID
    question_id: UUID
    rubric_version_id: UUID
    rubric: str
    asked_at: datetime
    small_model: bool
    claimed_control: bool
    criteria: tuple[Criterion, ...]
    samples: list[_Sample]
    models: list[Model]
    queued: bool
    erased: bool


JUDGEMENTS = (
    "coalesce((SELECT json_agg(json_build_object('sample', s.sample, 'judged', s.judged) ORDER BY"
    " s.sample) FROM (SELECT a.sample, json_agg(json_build_object('criterion_id', a.criterion_id,"
    " 'awarded', a.awarded, 'reason', a.reason, 'quote', a.quote, 'span', CASE WHEN a.span_start"
    " IS NOT NULL THEN json_build_array(a.span_start, a.span_end) END, 'confidence',"
    " a.confidence)) AS judged FROM ai_judgements AS a WHERE a.job_id = y.id GROUP BY a.sample)"
    " AS s), '[]') AS samples"
)
MODELS = (
    "coalesce((SELECT json_agg(json_build_object('provider', m.provider, 'model', m.model, 'gate',"
    " (SELECT json_build_object('state', g.state, 'min_answers', g.min_answers, 'min_kappa',"
    " g.min_kappa, 'n', k.n, 'kappa_low', k.kappa_low) FROM release_gates AS g"
    " LEFT JOIN agreement_stats AS k ON (k.question_id, k.model) = (g.question_id, g.model)"
    " WHERE (g.question_id, g.model) = (y.question_id, m.model))))"
    " FROM (SELECT DISTINCT c.provider, c.model FROM ai_calls AS c WHERE c.job_id = y.id"
    " AND c.outcome = 'answered') AS m), '[]') AS models"
)
_LOOK = (
    f"SELECT {FACTS}, is_answer_of_an_erased_person(x.id) AS erased, y.response_id, y.question_id,"
    " y.rubric_version_id, y.asked_at, y.small_model, y.claimed_control,"
    f" encode(b.sha256, 'hex') AS rubric, {CRITERIA.format(rubric='y.rubric_version_id')},"
    f" {JUDGEMENTS}, {MODELS}, EXISTS (SELECT FROM grading_queue AS w"
    " WHERE w.response_id = y.response_id AND w.state <> 'done') AS queued"
    f" FROM {FACTS_FROM} JOIN responses AS x ON x.attempt_id = t.id"
    " JOIN ai_grading_jobs AS y ON y.response_id = x.id"
    " JOIN scoring_rubric_versions AS b ON b.id = y.rubric_version_id"
    " WHERE y.id = $1 AND y.state = 'waiting'"
)
_END = (
    "UPDATE ai_grading_jobs SET state = $2, provider = $3, model = $4, prompt_sha256 = $5,"
    " samples = $6, level = $7, levels = $8, fraction = $9, confidence = $10, flags = $11,"
    " failure = $12, ended_at = $13,"
    " tokens_in = (SELECT coalesce(sum(c.tokens_in), 0) FROM ai_calls AS c WHERE c.job_id = $1),"
    " tokens_out = (SELECT coalesce(sum(c.tokens_out), 0) FROM ai_calls AS c WHERE c.job_id = $1),"
    " cost_micros = (SELECT coalesce(sum(c.cost_micros), 0) FROM ai_calls AS c WHERE c.job_id = $1)"
    " WHERE id = $1 AND state = 'waiting' AND {allowed}"
)


async def record_ai_grading(command: RecordAiGrading, work: UnitOfWork) -> str | None:
    found = await work.look_one(_LOOK, command.job, into=_Found)
    command.held.finish_in(work)
    if found is None:
        return None
    if found.erased:
        # Whoever answered was forgotten meanwhile: what is left cannot be judged by anybody.
        gone = msgspec.structs.replace(command, failure="erased", flags=())
        _end(gone, work, found, verdict=None, reason="erased")
        return None
    if found.claimed_control and not found.small_model:
        # A small model claims it of anybody, now and then: that says nothing of the answer.
        command = msgspec.structs.replace(command, flags=(*command.flags, CONTROL))
    samples = [one.judged for one in found.samples]
    verdict = None
    if len(samples) >= SAMPLES:
        verdict = verdict_of(found.criteria, samples, flagged=bool(command.flags))
    reason = _reason(command, found, verdict)
    mine = next(t for t in found.tries if t.response_id == found.response_id)
    proposal = verdict
    if samples and verdict is None:
        # Paid for, and no verdict: what it says is for the person's eyes, and measures no model.
        proposal = verdict_of(found.criteria, samples, flagged=bool(command.flags))
    is_current = found.scoring.rubric_set.get(found.question_id) == found.rubric_version_id
    if verdict is not None and reason is None and is_current and mine.method != "human":
        keep_reading(work, found, [_read(command, found, verdict)], method="ai")
    _end(command, work, found, verdict=proposal, reason=reason)
    if reason is None and is_sampled(found.response_id):
        reason = "sample"
    if reason and is_current and mine.method != "human" and not found.queued:
        place = (work.identity.institution, found.course_id, found.assessment_id)
        order = seed_of(found.response_id)
        about = (found.question_id, reason, order, command.job, work.now)
        work.write(TO_PEOPLE, found.response_id, *place, *about, changes=None)
    return reason


def _reason(command: RecordAiGrading, found: _Found, verdict: Verdict | None) -> str | None:
    """Why a person must look, the gravest first."""
    if command.flags:
        return "flagged"
    missing = command.failure if command.failure in {"budget", "to_be_read"} else "no_model"
    if verdict is None:
        return missing
    if verdict.reason is not None or found.claimed_control:
        return verdict.reason or "unsure"
    # Two models that read it together were never measured together.
    gate = found.models[0].gate if len(found.models) == 1 else None
    if gate is None or not gate.is_open:
        return "gate"
    if any(one.sample == EVIDENCE for one in found.samples):
        return None
    # The gate opened while it was read; or the third reading could not be made.
    return "gate" if command.failure is None else missing


def _end(
    command: RecordAiGrading,
    work: UnitOfWork,
    found: _Found,
    *,
    verdict: Verdict | None,
    reason: str | None,
) -> None:
    state = "judged" if reason is None else "held" if verdict or command.flags else "failed"
    if command.failure == "judged":
        state = "dropped"
    models = found.models
    is_whole = len(found.samples) >= SAMPLES
    work.write(
        _END,
        command.job,
        state,
        models[0].provider if models else None,
        " + ".join(sorted({one.model for one in models})) or None,
        bytes.fromhex(PROMPT.sha256) if models else None,
        len(found.samples),
        verdict.level if verdict and is_whole else None,
        verdict.levels if verdict and is_whole else None,
        verdict.fraction if verdict else None,
        verdict.confidence if verdict else None,
        list(command.flags),
        command.failure,
        work.now,
    )


def _read(command: RecordAiGrading, found: _Found, verdict: Verdict) -> Read:
    points = dict(zip((c.key for c in found.criteria), verdict.points, strict=True))
    parts, _ = parts_of(found.criteria, points)
    first = {one.criterion_id: one for one in found.samples[0].judged}
    return Read(
        response=found.response_id,
        fraction=Decimal(verdict.fraction),
        parts=parts,
        feedback=[first[c.id].reason for c in found.criteria],
        source=command.job,
        rests_on={
            "rubric": found.rubric,
            "model": found.models[0].model,
            "prompt": PROMPT.sha256,
        },
    )
