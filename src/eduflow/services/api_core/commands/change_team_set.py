"""Change a set of teams: its name, who signs up, how many a team holds."""

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core_teams import TeamSetChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import TeamSetId
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.team_views import TeamSet
from eduflow.services.api_core.views import columns


class ChangeTeamSet(Command[TeamSet], frozen=True, kw_only=True):
    """Fields that are UNSET stay. Teams that are larger than a new limit keep their members."""

    team_set: TeamSetId
    expected: int
    name: str | UnsetType = UNSET
    self_sign_up: bool | UnsetType = UNSET
    max_members: int | UnsetType | None = UNSET


_LOOK = f"SELECT {columns(TeamSet, 's')} FROM team_sets AS s WHERE s.id = $1"
_UPDATE = (
    "UPDATE team_sets SET name = $3, self_sign_up = $4, max_members = $5, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_team_set(command: ChangeTeamSet, work: UnitOfWork) -> TeamSet:
    before = await work.look_one(_LOOK, command.team_set, into=TeamSet)
    if before is None:
        raise NotFound(kind="team_set")
    refuse_unseen(command.expected, before.version)
    after = revised(before, command)
    if after is before:
        return before
    how = (after.name, after.self_sign_up, after.max_members)
    work.write(_UPDATE, before.id, before.version, *how)
    work.record(
        TeamSetChanged(
            institution_id=work.identity.institution,
            team_set_id=after.id,
            course_id=after.course_id,
            self_sign_up=after.self_sign_up,
            max_members=after.max_members,
        )
    )
    return after
