"""The forums of a course, in the order they were opened."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.views import Forum, columns

_PAGE = (
    f"SELECT {columns(Forum, 'f')} FROM discussion_forums AS f WHERE f.course_id = $1"
    " AND ($2::uuid IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3"
)


async def forums(replica: ReadSession, course: CourseId, *, page: Page) -> Slice[Forum]:
    """One page of them."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, course, after, page.fetch, into=Forum)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
