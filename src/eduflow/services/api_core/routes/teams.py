"""Teams over HTTP."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Input, Line, Page, Slice, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.add_team import AddTeam, RenameTeam
from eduflow.services.api_core.commands.add_team_set import AddTeamSet
from eduflow.services.api_core.commands.change_team_set import ChangeTeamSet
from eduflow.services.api_core.commands.join_team import JoinTeam, LeaveTeam
from eduflow.services.api_core.commands.place_in_team import PlaceInTeam, TakeFromTeam
from eduflow.services.api_core.ids import CourseId, TeamId, TeamSetId
from eduflow.services.api_core.queries.teams import team, team_sets, teams
from eduflow.services.api_core.team_views import Membership, Team, TeamEntry, TeamSet

Members = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class NewTeamSet(Input, kw_only=True):
    """A way to divide the course. Without `max_members` a team holds any number."""

    name: Line = "Teams"
    self_sign_up: bool = False
    max_members: Members | None = None


class TeamSetChange(Input, kw_only=True):
    """Members that are absent stay; null lifts the limit."""

    name: Line | UnsetType = UNSET
    self_sign_up: bool | UnsetType = UNSET
    max_members: Members | UnsetType | None = UNSET


class NewTeam(Input, kw_only=True):
    """A team, by a name that no other of the set has."""

    name: Line


class NewMember(Input, kw_only=True):
    """What the person does in the team: a word of your own, which permits nothing."""

    role: Word = "member"


@post(
    "/courses/{course_id:uuid}/team-sets",
    status_code=HTTP_201_CREATED,
    guards=[may("team:write", on="course")],
)
async def add_set(
    course_id: FromPath[CourseId],
    data: JSONBody[NewTeamSet],
    commands: NamedDependency[BoundCommands],
) -> Response[TeamSet]:
    """Divide the course into teams, in one more way; a student is in at most one team of each."""
    fields = msgspec.structs.asdict(data)
    return created(await commands.execute(AddTeamSet(course=course_id, **fields)), at=None)


@get("/courses/{course_id:uuid}/team-sets", guards=[may("course:read", on="course")])
async def list_sets(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[TeamSet]:
    """The ways in which the course is divided."""
    return await team_sets(replica, course_id, page=page)


@patch("/team-sets/{team_set_id:uuid}", guards=[may("team:write", on="team_set")])
async def change_set(
    team_set_id: FromPath[TeamSetId],
    data: JSONBody[TeamSetChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[TeamSet]:
    """Change a set; teams that are larger than a new limit keep their members."""
    fields = msgspec.structs.asdict(data)
    command = ChangeTeamSet(team_set=team_set_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/team-sets/{team_set_id:uuid}/teams",
    status_code=HTTP_201_CREATED,
    guards=[may("team:write", on="team_set")],
)
async def add(
    team_set_id: FromPath[TeamSetId],
    data: JSONBody[NewTeam],
    commands: NamedDependency[BoundCommands],
) -> Response[Team]:
    """Make a team, with nobody in it yet."""
    made = await commands.execute(AddTeam(team_set=team_set_id, name=data.name))
    return created(made, at=f"/teams/{made.id}")


@get("/team-sets/{team_set_id:uuid}/teams", guards=[may("course:read", on="team_set")])
async def list_teams(
    team_set_id: FromPath[TeamSetId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[TeamEntry]:
    """All teams with their members to the staff; to a learner their own.

    Where learners sign up themselves they see how many are in the others, not who.
    """
    return await teams(replica, team_set_id, page=page)


@get("/teams/{team_id:uuid}", guards=[may("team:read", on="team")])
async def one(
    team_id: FromPath[TeamId], replica: NamedDependency[ReadSession]
) -> Response[TeamEntry]:
    """A team with its members, to them and to the staff."""
    return changed(await team(replica, team_id))


@patch("/teams/{team_id:uuid}", guards=[may("team:write", on="team")])
async def rename(
    team_id: FromPath[TeamId],
    data: JSONBody[NewTeam],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Team]:
    """Give a team another name."""
    command = RenameTeam(team=team_id, expected=if_match, name=data.name)
    return changed(await commands.execute(command))


@put("/teams/{team_id:uuid}/members/{user_id:uuid}", guards=[may("team:write", on="team")])
async def place(
    team_id: FromPath[TeamId],
    user_id: FromPath[UserId],
    data: JSONBody[NewMember],
    commands: NamedDependency[BoundCommands],
) -> Response[Membership]:
    """Put a student into the team, also out of another one of the set; or change their role.

    What the team has handed in is theirs from then on, and what the other team did is not.
    """
    command = PlaceInTeam(team=team_id, user=user_id, role=data.role)
    return changed(await commands.execute(command))


@delete(
    "/teams/{team_id:uuid}/members/{user_id:uuid}",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("team:write", on="team")],
)
async def take_out(
    team_id: FromPath[TeamId],
    user_id: FromPath[UserId],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Take somebody out of the team. Grades that they were given with it stay theirs."""
    await commands.execute(TakeFromTeam(team=team_id, user=user_id))


@put("/teams/{team_id:uuid}/membership", guards=[may("team:join", on="team")])
async def join(
    team_id: FromPath[TeamId], commands: NamedDependency[BoundCommands]
) -> Response[Membership]:
    """Join a team where learners sign up themselves, until it has handed something in."""
    return changed(await commands.execute(JoinTeam(team=team_id)))


@delete(
    "/teams/{team_id:uuid}/membership",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("team:join", on="team")],
)
async def leave(team_id: FromPath[TeamId], commands: NamedDependency[BoundCommands]) -> None:
    """Leave one's own team where learners sign up themselves, until it has handed something in."""
    await commands.execute(LeaveTeam(team=team_id))
