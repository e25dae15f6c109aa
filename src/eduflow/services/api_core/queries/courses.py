"""The courses a person may see, by code."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import TermId
from eduflow.services.api_core.views import Course, columns

_FITS = (
    "c.state <> 'deleted' AND ($2::text IS NULL OR (c.code, c.id) > ($2, $3::uuid))"
    " AND ($4::text IS NULL OR c.state = $4) AND ($5::uuid IS NULL OR c.term_id = $5)"
)
# Two branches, of which PostgreSQL runs one: walking the whole catalogue to find somebody's five
# courses would cost every learner what it costs the registrar.
_PAGE = (
    f"SELECT {columns(Course, 'c')} FROM ((SELECT * FROM courses AS c WHERE (SELECT"
    " holds('course:read'))"
    f" AND {_FITS} ORDER BY c.code, c.id LIMIT $6)"
    " UNION ALL (SELECT * FROM courses AS c WHERE NOT (SELECT holds('course:read')) AND c.id IN"
    " (SELECT e.course_id FROM enrollments AS e WHERE e.user_id = $1 AND e.state IN"
    " ('active', 'completed') UNION SELECT a.context_id FROM role_assignments AS a"
    " JOIN roles AS r ON r.key = a.role AND 'course:read' = ANY (r.permissions)"
    " WHERE a.user_id = $1 AND a.context_type = 'course')"
    f" AND {_FITS} ORDER BY c.code, c.id LIMIT $6)) AS c ORDER BY c.code, c.id LIMIT $6"
)


async def courses(
    replica: ReadSession, user: UserId, *, page: Page, state: str | None, term: TermId | None
) -> Slice[Course]:
    """One page: all courses for who may read them all, otherwise those the person is part of."""
    code, course = page.after(str, UUID) or (None, None)
    rows = await replica.rows(_PAGE, user, code, course, state, term, page.fetch, into=Course)
    return page.of(rows, by=lambda r: (r.code, r.id), into=lambda r: r)
