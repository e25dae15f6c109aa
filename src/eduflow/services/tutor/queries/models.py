"""What models cost now."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.tutor.views import Price

_PAGE = (
    "SELECT * FROM (SELECT DISTINCT ON (provider, model) id, provider, model, in_micros_per_mtok,"
    " cached_micros_per_mtok, out_micros_per_mtok, currency, valid_from,"
    " institution_id IS NOT NULL AS own FROM model_catalogue"
    " WHERE valid_from <= $4::timestamptz"
    " AND ($1::text IS NULL OR (provider, model) > ($1, $2::text))"
    " ORDER BY provider, model, institution_id IS NULL, valid_from DESC) AS m"
    " ORDER BY provider, model LIMIT $3"
)


async def models(replica: ReadSession, *, page: Page, now: datetime) -> Slice[Price]:
    """One page of the catalogue, each model with the price that a call would have now."""
    provider, model = page.after(str, str) or (None, None)
    rows = await replica.rows(_PAGE, provider, model, page.fetch, now, into=Price)
    return page.of(rows, by=lambda r: (r.provider, r.model), into=lambda r: r)
