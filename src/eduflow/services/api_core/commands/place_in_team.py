"""Put a student into a team, move them from another, give them a role; and take them out."""

from eduflow.contracts.api_core_teams import TeamRoleChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.commands.membership import (
    count_change,
    place_of,
    write_join,
    write_leave,
)
from eduflow.services.api_core.ids import TeamId
from eduflow.services.api_core.problems import NoSuchStudent
from eduflow.services.api_core.team_problems import NotInTeam, TeamFull
from eduflow.services.api_core.team_views import Membership


class PlaceInTeam(Command[Membership], frozen=True, kw_only=True):
    """By the staff, at any time. Who is in another team of the set leaves it by that."""

    team: TeamId
    user: UserId
    role: str


class TakeFromTeam(Command[None], frozen=True, kw_only=True):
    """By the staff, at any time. Grades that were given with the team stay."""

    team: TeamId
    user: UserId


_ROLE = (
    "UPDATE team_members SET role = $3 WHERE team_id = $1 AND user_id = $2 AND left_at IS NULL"
    " AND {allowed}"
)


async def place_in_team(command: PlaceInTeam, work: UnitOfWork) -> Membership:
    place = await place_of(work, command.team, command.user)
    if not place.is_student:
        raise NoSuchStudent(user_id=str(command.user))
    version = place.team.version
    if place.role is None:
        if place.max_members is not None and place.size >= place.max_members:
            raise TeamFull(max_members=place.max_members)
        write_join(work, place, command.user, role=command.role)
        version += 1
    elif place.role != command.role:
        count_change(work, place.team)
        work.write(_ROLE, command.team, command.user, command.role)
        work.record(
            TeamRoleChanged(
                institution_id=work.identity.institution,
                team_id=command.team,
                team_set_id=place.team_set_id,
                course_id=place.course_id,
                user_id=command.user,
            )
        )
        version += 1
    return Membership(
        team_id=command.team, user_id=command.user, role=command.role, version=version
    )


async def take_from_team(command: TakeFromTeam, work: UnitOfWork) -> None:
    place = await place_of(work, command.team, command.user)
    if place.role is None:
        raise NotInTeam
    write_leave(work, place, command.user, team=place.team)
