"""Make a team, and give it another name."""

import msgspec

from eduflow.contracts.api_core_teams import TeamAdded, TeamChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import CourseId, TeamId, TeamSetId
from eduflow.services.api_core.team_views import Team
from eduflow.services.api_core.views import columns


class AddTeam(Command[Team], frozen=True, kw_only=True):
    """With nobody in it yet."""

    team_set: TeamSetId
    name: str


class RenameTeam(Command[Team], frozen=True, kw_only=True):
    """On the version that was seen."""

    team: TeamId
    expected: int
    name: str


class _Place(msgspec.Struct):
    course_id: CourseId


_SET = "SELECT course_id FROM team_sets WHERE id = $1"
_INSERT = (
    "INSERT INTO teams (id, institution_id, course_id, team_set_id, name, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
)
_TEAM = f"SELECT {columns(Team, 't')} FROM teams AS t WHERE t.id = $1"
_UPDATE = (
    "UPDATE teams SET name = $3, version = version + 1 WHERE id = $1 AND version = $2 AND {allowed}"
)


async def add_team(command: AddTeam, work: UnitOfWork) -> Team:
    place = await work.look_one(_SET, command.team_set, into=_Place)
    if place is None:
        raise NotFound(kind="team_set")
    team = Team(
        id=TeamId(new_id()),
        team_set_id=command.team_set,
        course_id=place.course_id,
        name=command.name,
        version=1,
    )
    institution = work.identity.institution
    work.write(_INSERT, team.id, institution, team.course_id, team.team_set_id, team.name, work.now)
    work.record(
        TeamAdded(
            institution_id=institution,
            team_id=team.id,
            team_set_id=team.team_set_id,
            course_id=team.course_id,
        )
    )
    return team


async def rename_team(command: RenameTeam, work: UnitOfWork) -> Team:
    before = await work.look_one(_TEAM, command.team, into=Team)
    if before is None:
        raise NotFound(kind="team")
    refuse_unseen(command.expected, before.version)
    if before.name == command.name:
        return before
    after = msgspec.structs.replace(before, name=command.name, version=before.version + 1)
    work.write(_UPDATE, before.id, before.version, after.name)
    work.record(
        TeamChanged(
            institution_id=work.identity.institution,
            team_id=after.id,
            team_set_id=after.team_set_id,
            course_id=after.course_id,
        )
    )
    return after
