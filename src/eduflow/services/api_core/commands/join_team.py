"""Choose one's own team, where the set allows it; and leave it."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.commands.membership import (
    Place,
    SeenTeam,
    place_of,
    write_join,
    write_leave,
)
from eduflow.services.api_core.ids import TeamId
from eduflow.services.api_core.problems import NoSuchStudent
from eduflow.services.api_core.team_problems import (
    NoSelfSignUp,
    NotInTeam,
    TeamFull,
    TeamHasHandedIn,
)
from eduflow.services.api_core.team_views import Membership

MEMBER = "member"


class JoinTeam(Command[Membership], frozen=True, kw_only=True):
    """The caller. Who is in another team of the set leaves it by that."""

    team: TeamId


class LeaveTeam(Command[None], frozen=True, kw_only=True):
    """The caller."""

    team: TeamId


async def join_team(command: JoinTeam, work: UnitOfWork) -> Membership:
    who = work.identity.user
    place = await place_of(work, command.team, who)
    if not place.is_student:
        raise NoSuchStudent(user_id=str(who))
    role, version = place.role, place.team.version
    if role is None:
        _refuse(place, place.team, place.other)
        if place.max_members is not None and place.size >= place.max_members:
            raise TeamFull(max_members=place.max_members)
        write_join(work, place, who, role=MEMBER)
        role, version = MEMBER, version + 1
    return Membership(team_id=command.team, user_id=who, role=role, version=version)


async def leave_team(command: LeaveTeam, work: UnitOfWork) -> None:
    who = work.identity.user
    place = await place_of(work, command.team, who)
    if place.role is None:
        raise NotInTeam
    _refuse(place, place.team)
    write_leave(work, place, who, team=place.team)


def _refuse(place: Place, *teams: SeenTeam | None) -> None:
    """Nobody chooses a team for the work that it has done, or leaves it with the work undone."""
    if not place.self_sign_up:
        raise NoSelfSignUp
    if any(team is not None and team.handed_in for team in teams):
        raise TeamHasHandedIn
