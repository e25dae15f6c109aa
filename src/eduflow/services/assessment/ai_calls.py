"""Every call of a model is a row before its answer is used, and told to the ledger until taken."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, Held, Outcome
from eduflow.kernel.llm.asking import Call, Prices, Record, Settled, Usage
from eduflow.kernel.llm.errors import LedgerAway
from eduflow.kernel.runtime import Runtime

log = structlog.get_logger()
_INSERT = (
    "INSERT INTO ai_calls (id, institution_id, job_id, course_id, purpose, provider, model,"
    " prompt_version_id, prompt_sha256, parameters, outcome, tokens_in, tokens_cached, tokens_out,"
    " cost_micros, latency_ms, is_free, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    " $10::text::jsonb, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT DO NOTHING"
)
_SETTLED = "UPDATE ai_calls SET settled_at = clock_timestamp(), cost_micros = $2 WHERE id = $1"
_UNSETTLED = (
    "SELECT id, institution_id, course_id, purpose, provider, model, prompt_version_id,"
    " prompt_sha256, outcome, tokens_in, tokens_cached, tokens_out, latency_ms, is_free, at"
    " FROM ai_calls WHERE settled_at IS NULL AND at < $1 ORDER BY at LIMIT 200"
)
_IN_FLIGHT = timedelta(minutes=2)
"""Whoever made the call is about to settle it."""


def recorder(pool: asyncpg.Pool, *, job: UUID) -> Record:
    """Writes the calls of a job, each in a statement of its own."""

    async def record(call: Call) -> None:
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
    ledger = runtime.resources["assessment"].ledger
    for row in await pool.fetch(_UNSETTLED, runtime.clock() - _IN_FLIGHT):
        try:
            await pool.execute(_SETTLED, row["id"], await ledger.settle(_call(row)))
        except LedgerAway:
            break  # Nothing is lost: they are told to it next time.
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
