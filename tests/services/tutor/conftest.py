"""A ledger of the tests' own: its database, and its clock in the test's hands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from eduflow.kernel.db.migrate import upgrade_database
from eduflow.kernel.ids import InstitutionId, new_id
from eduflow.services.tutor.ids import BudgetId, CallId
from eduflow.services.tutor.ledger import (
    Asked,
    Candidate,
    Ledger,
    Prompt,
    Reserved,
    Spent,
    free_expired,
)
from tests.harness.servers import Servers

BIG = Candidate("vendor", "big", tokens_in=1_000, max_tokens_out=100)
"""Costs 3,000 micros at most: 2 a token in, 10 a token out."""
SMALL = Candidate("vendor", "small", tokens_in=1_000, max_tokens_out=100)
"""Costs 110 at most."""
FREE = Candidate("local", "anything", tokens_in=1_000, max_tokens_out=100)
PRICES = {"big": (2_000_000, 200_000, 10_000_000), "small": (100_000, 10_000, 100_000)}


class Book:
    """The ledger of one institution, as a service and as a test see it."""

    def __init__(self, app: asyncpg.Pool, worker: asyncpg.Pool, admin: asyncpg.Pool) -> None:
        self.institution = InstitutionId(new_id())
        self.now = datetime.now(UTC)
        self.ledger = Ledger(app, clock=lambda: self.now, ring=lambda: None)
        self.app, self.worker, self.admin = app, worker, admin

    async def budget(
        self,
        limit: int,
        *,
        scope: str = "institution",
        of: UUID | None = None,
        period: str = "total",
        on_exhaust: str = "smaller_model",
    ) -> BudgetId:
        made = BudgetId(new_id())
        await self.admin.execute(
            "INSERT INTO budgets (id, institution_id, scope_type, scope_id, period, limit_micros,"
            " on_exhaust, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, now())",
            made,
            self.institution,
            scope,
            of or self.institution,
            period,
            limit,
            on_exhaust,
        )
        return made

    def asked(self, *candidates: Candidate, call: CallId | None = None, **other: object) -> Asked:
        fields: dict[str, object] = {
            "call_id": call or CallId(new_id()),
            "institution_id": self.institution,
            "user_id": None,
            "course_id": None,
            "purpose": "grading",
            "prompt": Prompt("tests.prompt", "Say it."),
            "candidates": list(candidates or (BIG,)),
        }
        return Asked(**{**fields, **other})  # type: ignore[arg-type]

    async def reserve(self, *candidates: Candidate, **other: object) -> Reserved:
        return await self.ledger.reserve(self.asked(*candidates, **other), service="assessment")  # type: ignore[arg-type]

    async def settle(self, held: Reserved, *, tokens_in: int = 0, tokens_out: int = 0) -> int:
        return await self.settle_as(
            held,
            Spent(
                provider=held.provider,
                model=held.model,
                tokens_in=tokens_in,
                tokens_cached=0,
                tokens_out=tokens_out,
                outcome="ok",
                latency_ms=7,
            ),
        )

    async def settle_as(self, held: Reserved, spent: Spent) -> int:
        return await self.ledger.settle(held.call_id, spent, service="assessment")

    async def release(self, held: Reserved) -> None:
        await self.ledger.release(held.call_id, service="assessment")

    async def later(self, by: timedelta) -> int:
        """Let time pass, and the workers free what was not settled; how many holds that was."""
        self.now += by
        return await free_expired(self.worker, self.now)

    async def balance(self, budget: BudgetId) -> tuple[int, int]:
        """Used and reserved, over all periods; checked against what the holds add up to."""
        row = await self.admin.fetchrow(
            "SELECT coalesce(sum(used_micros), 0)::bigint AS used,"
            " coalesce(sum(reserved_micros), 0)::bigint AS reserved FROM budget_balances"
            " WHERE budget_id = $1",
            budget,
        )
        folded = await self.admin.fetchrow(
            "SELECT coalesce(sum(settled_micros), 0)::bigint AS used,"
            " coalesce(sum(reserved_micros) FILTER (WHERE state = 'held'), 0)::bigint AS reserved"
            " FROM budget_reservations WHERE budget_id = $1",
            budget,
        )
        assert row == folded
        return row["used"], row["reserved"]


@pytest.fixture(scope="session")
async def ledger_pools(servers: Servers) -> AsyncIterator[tuple[asyncpg.Pool, ...]]:
    # Not the platform's: its workers free holds by the real clock.
    cluster = servers.cluster
    cluster.create_database("ledger", like="tutor")
    await upgrade_database("tutor", cluster.dsn("ledger", "owner"))
    addresses = [
        cluster.dsn("ledger", "app"),
        cluster.dsn("ledger", "worker"),
        cluster.admin_dsn("ledger"),
    ]
    pools = [await asyncpg.create_pool(a, min_size=0, max_size=30) for a in addresses]
    for model, prices in PRICES.items():
        await pools[2].execute(
            "INSERT INTO model_catalogue (id, provider, model, in_micros_per_mtok,"
            " cached_micros_per_mtok, out_micros_per_mtok, valid_from)"
            " VALUES ($1, 'vendor', $2, $3, $4, $5, '2026-01-01')",
            new_id(),
            model,
            *prices,
        )
    yield tuple(pools)
    for pool in pools:
        await pool.close()


@pytest.fixture
def book(ledger_pools: tuple[asyncpg.Pool, ...]) -> Book:
    return Book(*ledger_pools)
