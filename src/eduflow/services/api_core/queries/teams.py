"""Teams: all of them to those who teach, their own to those who learn."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Page, Slice
from eduflow.services.api_core.ids import CourseId, TeamId, TeamSetId
from eduflow.services.api_core.team_views import Team, TeamEntry, TeamSet
from eduflow.services.api_core.views import columns

_SETS = (
    f"SELECT {columns(TeamSet, 's')} FROM team_sets AS s WHERE s.course_id = $1"
    " AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3"
)
# Whoever may choose a team sees how many are in each, but who they are only of their own.
_SHOWN = (
    f"SELECT {columns(Team, 't')}, n.size, n.own,"
    " CASE WHEN n.own OR here.staff THEN n.members END AS members"
    " FROM here JOIN teams AS t ON t.{0} CROSS JOIN LATERAL (SELECT count(*) AS size,"
    " coalesce(bool_or(m.user_id = eduflow_person()), false) AS own,"
    " coalesce(json_agg(json_build_object('user_id', m.user_id, 'display_name', u.display_name,"
    " 'role', m.role, 'since', m.since) ORDER BY u.sortable_name, m.user_id)"
    " FILTER (WHERE m.user_id IS NOT NULL), '[]') AS members"
    " FROM members_of(t.id) AS m JOIN users AS u ON u.id = m.user_id) AS n"
)
_PAGE = (
    "WITH here AS MATERIALIZED (SELECT s.id, s.self_sign_up,"
    " holds_in('team:read', s.course_id) AS staff FROM team_sets AS s WHERE s.id = $1) "
    + _SHOWN.format("team_set_id = here.id")
    + " WHERE (here.staff OR here.self_sign_up OR n.own)"
    " AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3"
)
_ONE = (
    "WITH here AS MATERIALIZED (SELECT w.id, holds_in('team:read', w.course_id) AS staff"
    " FROM teams AS w WHERE w.id = $1) " + _SHOWN.format("id = here.id")
)


async def team_sets(replica: ReadSession, course: CourseId, *, page: Page) -> Slice[TeamSet]:
    """One page of the ways in which a course is divided, the oldest first."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_SETS, course, after, page.fetch, into=TeamSet)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def teams(replica: ReadSession, wanted: TeamSetId, *, page: Page) -> Slice[TeamEntry]:
    """One page of a set. Learners see the others only where they choose among them."""
    (after,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, wanted, after, page.fetch, into=TeamEntry)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def team(replica: ReadSession, wanted: TeamId) -> TeamEntry:
    """One of them."""
    return await replica.row(_ONE, wanted, into=TeamEntry)
