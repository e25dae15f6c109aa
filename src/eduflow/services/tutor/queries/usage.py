"""What was spent on models, by day and in all."""

from datetime import date
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, View


class Amount(View, kw_only=True):
    """Calls, what they took and what they cost. `tokens_in` includes `tokens_cached`."""

    calls: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost_micros: int


class OfModel(Amount, kw_only=True):
    """All that one model took."""

    provider: str
    model: str


class OfDay(OfModel, kw_only=True):
    """What one model took for one purpose on one day (of UTC)."""

    day: date
    purpose: str


class Usage(View, kw_only=True):
    """One page of days, newest first; the totals and the models are of all that was asked for."""

    totals: Amount
    by_model: list[OfModel]
    items: list[OfDay]
    next_cursor: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What usage to count; None: whatever there is."""

    user: UUID | None
    course: UUID | None
    purpose: str | None
    model: str | None
    since: date | None
    until: date | None
    """The last day that counts."""


class _Found(msgspec.Struct):
    totals: Amount
    by_model: list[OfModel]
    items: list[OfDay]


_SUMS = ", ".join(
    f"coalesce(sum({name}), 0)::bigint AS {name}" for name in Amount.__struct_fields__
)
_FOUND = (
    "WITH fit AS MATERIALIZED (SELECT * FROM token_usage_daily"
    " WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::uuid IS NULL OR course_id = $2)"
    " AND ($3::text IS NULL OR purpose = $3) AND ($4::text IS NULL OR model = $4)"
    " AND ($5::date IS NULL OR day >= $5) AND ($6::date IS NULL OR day <= $6))"
    f" SELECT (SELECT row_to_json(t) FROM (SELECT {_SUMS} FROM fit) AS t) AS totals,"
    " (SELECT coalesce(json_agg(m), '[]') FROM"
    f" (SELECT provider, model, {_SUMS} FROM fit GROUP BY provider, model"
    " ORDER BY sum(cost_micros) DESC, provider, model LIMIT 100) AS m) AS by_model,"
    " (SELECT coalesce(json_agg(d), '[]') FROM"
    f" (SELECT day, purpose, provider, model, {_SUMS} FROM fit"
    " WHERE $7::date IS NULL OR (day < $7 OR (day = $7 AND (purpose, provider, model)"
    " > ($8::text, $9::text, $10::text)))"
    " GROUP BY day, purpose, provider, model"
    " ORDER BY day DESC, purpose, provider, model LIMIT $11) AS d) AS items"
)


async def usage(replica: ReadSession, *, wanted: Wanted, page: Page) -> Usage:
    """What fits, counted; the caller's access decides of whom it may be."""
    after = page.after(date, str, str, str) or (None, None, None, None)
    found = await replica.row(
        _FOUND,
        *msgspec.structs.astuple(wanted),
        *after,
        page.fetch,
        into=_Found,
        of="token_usage_daily",
    )
    shown = page.of(
        found.items, by=lambda d: (d.day, d.purpose, d.provider, d.model), into=lambda d: d
    )
    return Usage(
        totals=found.totals,
        by_model=found.by_model,
        items=shown.items,
        next_cursor=shown.next_cursor,
    )
