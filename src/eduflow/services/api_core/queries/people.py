"""Everybody of the institution, by name."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.views import Person, columns


class _Row(Person, kw_only=True):
    search_name: str


# The end of the range is the last character there is: everything that begins with $3 lies before.
_BEGINS = 'lower($3::text) COLLATE "C" AND u.{0} < lower($3::text) || chr(1114111)'
_PAGE = (
    f"SELECT {columns(Person, 'u')}, u.search_name FROM users AS u WHERE u.state <> 'deleted'"
    " AND ($1::text IS NULL OR (u.search_name, u.id) > ($1, $2::uuid))"
    f" AND ($3::text IS NULL OR (u.search_name >= {_BEGINS.format('search_name')})"
    f" OR (u.search_display >= {_BEGINS.format('search_display')}))"
    " AND ($4::text IS NULL OR u.state = $4) ORDER BY u.search_name, u.id LIMIT $5"
)


async def people(
    replica: ReadSession, page: Page, *, name: str | None, state: str | None
) -> Slice[Person]:
    """One page. `name` is the beginning of the name, as it is sorted or as it is shown."""
    after, user = page.after(str, UUID) or (None, None)
    rows = await replica.rows(_PAGE, after, user, name, state, page.fetch, into=_Row)
    return page.of(rows, by=lambda r: (r.search_name, r.id), into=_shown)


def _shown(row: _Row) -> Person:
    return Person(**{field: getattr(row, field) for field in Person.__struct_fields__})
