"""Coming into a team and leaving it: what is looked at, what is written, what is said."""

from typing import Any

import msgspec

from eduflow.contracts.api_core_teams import TeamJoined, TeamLeft, TeamWork
from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound
from eduflow.services.api_core.ids import CourseId, TeamId, TeamSetId
from eduflow.services.api_core.problems import CourseConcluded


class SeenTeam(msgspec.Struct):
    """A team as it is. `handed_in` counts, so that nobody hands in unseen while this is decided."""

    id: TeamId
    version: int
    handed_in: int
    works: tuple[TeamWork, ...]


class Place(msgspec.Struct):
    """A team, and how somebody stands to it and to its set; `other` is where they are now."""

    team: SeenTeam
    course_id: CourseId
    course_state: str
    team_set_id: TeamSetId
    self_sign_up: bool
    max_members: int | None
    size: int
    is_student: bool
    role: str | None
    other: SeenTeam | None


_TEAM = (
    "json_build_object('id', {0}.id, 'version', {0}.version, 'handed_in', {0}.works, 'works',"
    " coalesce((SELECT json_agg(json_build_object('assignment_id', w.assignment_id,"
    " 'submission_id', w.id, 'attempt', w.current_attempt, 'submitted_at', v.at) ORDER BY w.id)"
    " FROM submissions AS w JOIN submission_versions AS v ON v.submission_id = w.id"
    " AND v.attempt = w.current_attempt WHERE w.team_id = {0}.id), '[]'))"
)
_LOOK = (
    f"SELECT {_TEAM.format('t')} AS team, t.course_id, c.state AS course_state, t.team_set_id,"
    " s.self_sign_up, s.max_members, (SELECT count(*) FROM members_of(t.id)) AS size,"
    " EXISTS (SELECT FROM enrollments AS e WHERE e.course_id = t.course_id AND e.user_id = $2"
    " AND e.role = 'student' AND e.state = 'active') AS is_student,"
    " (SELECT m.role FROM team_members AS m WHERE m.team_id = t.id AND m.user_id = $2"
    " AND m.left_at IS NULL) AS role,"
    f" (SELECT {_TEAM.format('o')} FROM team_members AS m JOIN teams AS o ON o.id = m.team_id"
    " WHERE m.team_set_id = t.team_set_id AND m.user_id = $2 AND m.left_at IS NULL"
    " AND m.team_id <> t.id) AS other"
    " FROM teams AS t JOIN team_sets AS s ON s.id = t.team_set_id"
    " JOIN courses AS c ON c.id = t.course_id WHERE t.id = $1"
)
# Whoever hands in at this moment waits for this row, or this for them.
_CHANGED = (
    "UPDATE teams SET version = version + 1 WHERE id = $1 AND version = $2 AND works = $3"
    " AND {allowed}"
)
_JOIN = (
    "INSERT INTO team_members (team_id, user_id, institution_id, team_set_id, role, since)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed} ON CONFLICT (team_id, user_id) DO UPDATE"
    " SET role = excluded.role, since = excluded.since, left_at = NULL"
    " WHERE team_members.left_at IS NOT NULL"
)
_LEAVE = (
    "UPDATE team_members SET left_at = $3 WHERE team_id = $1 AND user_id = $2 AND left_at IS NULL"
    " AND {allowed}"
)


async def place_of(work: UnitOfWork, team: TeamId, user: UserId) -> Place:
    """How things are; raises where there is no such team, or its course is over."""
    place = await work.look_one(_LOOK, team, user, into=Place)
    if place is None:
        raise NotFound(kind="team")
    if place.course_state == "concluded":
        raise CourseConcluded(course_id=str(place.course_id))
    return place


def count_change(work: UnitOfWork, team: SeenTeam) -> None:
    """The next version of the team, unless somebody changed it or handed in with it meanwhile."""
    work.write(_CHANGED, team.id, team.version, team.handed_in)


def write_join(work: UnitOfWork, place: Place, user: UserId, *, role: str) -> None:
    """Into the team; out of another one of the set first."""
    if place.other is not None:
        write_leave(work, place, user, team=place.other)
    institution = work.identity.institution
    count_change(work, place.team)
    work.write(_JOIN, place.team.id, user, institution, place.team_set_id, role, work.now)
    work.record(TeamJoined(**_told(work, place, user, team=place.team)))


def write_leave(work: UnitOfWork, place: Place, user: UserId, *, team: SeenTeam) -> None:
    """Out of a team. The row stays, for the grades that cite it."""
    count_change(work, team)
    work.write(_LEAVE, team.id, user, work.now)
    work.record(TeamLeft(**_told(work, place, user, team=team)))


def _told(work: UnitOfWork, place: Place, user: UserId, *, team: SeenTeam) -> dict[str, Any]:
    return {
        "institution_id": work.identity.institution,
        "team_id": team.id,
        "team_set_id": place.team_set_id,
        "course_id": place.course_id,
        "user_id": user,
        "works": team.works,
    }
