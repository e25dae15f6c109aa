"""The sections of a course, in the order they were added."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.views import Section, columns

_PAGE = (
    f"SELECT {columns(Section, 's')} FROM course_sections AS s WHERE s.course_id = $1"
    " AND s.state <> 'deleted' AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3"
)


async def sections(replica: ReadSession, course: CourseId, *, page: Page) -> Slice[Section]:
    """One page of sections."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, course, after, page.fetch, into=Section)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
