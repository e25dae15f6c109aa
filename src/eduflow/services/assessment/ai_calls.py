"""Every call of a model is a row before its answer is used, and told to the ledger until taken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, Held, Outcome
from eduflow.kernel.llm.asking import Call, Prices, Record, Settled, Usage
from eduflow.kernel.llm.errors import LedgerAway, NotReserved
from eduflow.kernel.runtime import Runtime
from eduflow.services.assessment.reading.judging import Said

log = structlog.get_logger()
# What an answer was judged to be is written with its call: no worker can die between the two.
_INSERT = (
    "WITH noted AS (UPDATE ai_grading_jobs SET small_model = small_model OR $19,"
    " claimed_control = claimed_control OR $28 WHERE id = $3 AND ($19 OR $28)),"
    " said AS (INSERT INTO ai_judgements (job_id, sample, criterion_id, institution_id, awarded,"
    " reason, quote, span_start, span_end, confidence) SELECT $3, $20, u.criterion, $2, u.awarded,"
    " u.reason, u.quote, u.first, u.last, u.confidence FROM unnest($21::uuid[], $22::numeric[],"
    " $23::text[], $24::text[], $25::int[], $26::int[], $27::numeric[])"
    " AS u(criterion, awarded, reason, quote, first, last, confidence)"
    # They may have been forgotten while it was read.
    " WHERE NOT EXISTS (SELECT FROM ai_grading_jobs AS y WHERE y.id = $3"
    " AND is_answer_of_an_erased_person(y.response_id)) ON CONFLICT DO NOTHING)"
    " INSERT INTO ai_calls (id, institution_id, job_id, course_id, purpose, provider, model,"
    " prompt_version_id, prompt_sha256, parameters, outcome, tokens_in, tokens_cached, tokens_out,"
    " cost_micros, latency_ms, is_free, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    " $10::text::jsonb, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT DO NOTHING"
)
_AT_ONCE = 200
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_SETTLED = "UPDATE ai_calls SET settled_at = clock_timestamp(), cost_micros = $2 WHERE id = $1"
_UNSETTLED = (
    "SELECT id, institution_id, course_id, purpose, provider, model, prompt_version_id,"
    " prompt_sha256, outcome, tokens_in, tokens_cached, tokens_out, latency_ms, is_free, at,"
    " cost_micros FROM ai_calls WHERE settled_at IS NULL AND at < $1 AND (at, id) > ($2, $3)"
    f" ORDER BY at, id LIMIT {_AT_ONCE}"
)
_IN_FLIGHT = timedelta(minutes=2)
"""Whoever made the call is about to settle it."""


def recorder(pool: asyncpg.Pool, *, job: UUID, sample: int, judge: Callable[[Any], Said]) -> Record:
    """Writes the calls of a sample, each in a statement of its own, and what the last one said."""

    async def record(call: Call, value: Any) -> None:
        said = None if value is None else judge(value)
        judged = said.judged if said is not None else ()
        parameters: dict[str, Any] = dict(call.parameters)
        if call.error:
            parameters["error"] = call.error
        await pool.execute(
            _INSERT,
            call.call_id,
            call.institution,
            job,
            call.course,
            call.purpose,
            call.provider,
            call.model,
            call.prompt_version,
            bytes.fromhex(call.prompt_sha256),
            msgspec.json.encode(parameters).decode(),
            call.outcome,
            call.usage.tokens_in,
            call.usage.tokens_cached,
            call.usage.tokens_out,
            call.cost_micros,
            call.latency_ms,
            call.is_free,
            call.at,
            call.is_small and bool(judged),
            sample,
            [one.criterion_id for one in judged],
            [one.awarded for one in judged],
            [one.reason for one in judged],
            [one.quote for one in judged],
            [one.span[0] if one.span else None for one in judged],
            [one.span[1] if one.span else None for one in judged],
            [one.confidence for one in judged],
            said is not None and said.control,
        )

    return record


def settler(pool: asyncpg.Pool) -> Settled:
    """Notes what the ledger has taken."""

    async def settled(call: UUID, cost: int) -> None:
        await pool.execute(_SETTLED, call, cost)

    return settled


async def settle_calls(_: Held, runtime: Runtime) -> Outcome:
    """Tell the ledger of calls whose caller died, or could not reach it, before it took them."""
    pool = runtime.databases["assessment"].primary
    until = runtime.clock() - _IN_FLIGHT
    last: tuple[datetime, UUID] = (_BEGINNING, UUID(int=0))
    while rows := await pool.fetch(_UNSETTLED, until, *last):
        for row in rows:
            last = (row["at"], row["id"])
            try:
                cost = await runtime.resources["assessment"].ledger.settle(_call(row))
            except NotReserved:
                # Restored from before it was reserved: then only our own record tells of it.
                log.warning("llm_call_is_nobodys", call=str(row["id"]))
                cost = row["cost_micros"]
            except LedgerAway:
                return Done()  # Nothing is lost: they are told to it next time.
            await pool.execute(_SETTLED, row["id"], cost)
    return Done()


def _call(row: asyncpg.Record) -> Call:
    return Call(
        call_id=row["id"],
        purpose=row["purpose"],
        institution=InstitutionId(row["institution_id"]),
        user=None,
        course=row["course_id"],
        prompt_key="",
        prompt_sha256=row["prompt_sha256"].hex(),
        prompt_version=row["prompt_version_id"],
        request_sha256="",
        provider=row["provider"],
        model=row["model"],
        model_answered="",
        vendor_request="",
        parameters={},
        usage=Usage(
            tokens_in=row["tokens_in"],
            tokens_cached=row["tokens_cached"],
            tokens_out=row["tokens_out"],
        ),
        prices=Prices(),
        cost_micros=0,
        latency_ms=row["latency_ms"],
        tries=1,
        outcome=row["outcome"],
        error="",
        is_free=row["is_free"],
        is_small=False,
        at=row["at"],
    )
