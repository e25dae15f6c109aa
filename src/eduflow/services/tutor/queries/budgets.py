"""Budgets with what is left of them."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.tutor.views import BudgetWithBalance

_PAGE = (
    "SELECT b.id, b.scope_type, b.scope_id, b.period, b.limit_micros, b.currency, b.on_exhaust,"
    " b.state, b.created_at, b.version, ledger_period(b.period, $6::timestamptz) AS starts_on,"
    " coalesce(l.used_micros, 0) AS used_micros, coalesce(l.reserved_micros, 0) AS reserved_micros"
    " FROM budgets AS b LEFT JOIN budget_balances AS l"
    " ON l.budget_id = b.id AND l.starts_on = ledger_period(b.period, $6::timestamptz)"
    " WHERE ($1::text IS NULL OR b.scope_type = $1) AND ($2::uuid IS NULL OR b.scope_id = $2)"
    " AND ($3::timestamptz IS NULL OR (b.created_at, b.id) > ($3, $4::uuid))"
    " ORDER BY b.created_at, b.id LIMIT $5"
)


async def budgets(
    replica: ReadSession, *, page: Page, scope: str | None, of: UUID | None, now: datetime
) -> Slice[BudgetWithBalance]:
    """One page, oldest first: those of one scope, or all of the institution."""
    since, budget = page.after(datetime, UUID) or (None, None)
    rows = await replica.rows(
        _PAGE, scope, of, since, budget, page.fetch, now, into=BudgetWithBalance
    )
    return page.of(rows, by=lambda r: (r.created_at, r.id), into=lambda r: r)
