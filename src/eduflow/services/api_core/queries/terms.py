"""The terms of the institution, in the order they were added."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.views import Term, columns

_PAGE = (
    f"SELECT {columns(Term, 't')} FROM terms AS t WHERE t.state <> 'deleted'"
    " AND ($1::uuid IS NULL OR t.id > $1) ORDER BY t.id LIMIT $2"
)


async def terms(replica: ReadSession, page: Page) -> Slice[Term]:
    """One page of terms."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, after, page.fetch, into=Term)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
