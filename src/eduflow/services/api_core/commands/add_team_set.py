"""Divide a course into teams, in one more way."""

from eduflow.contracts.api_core_teams import TeamSetAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.ids import CourseId, TeamSetId
from eduflow.services.api_core.team_views import TeamSet


class AddTeamSet(Command[TeamSet], frozen=True, kw_only=True):
    """A set without a team yet. Without `max_members` a team holds any number."""

    course: CourseId
    name: str
    self_sign_up: bool
    max_members: int | None


_INSERT = (
    "INSERT INTO team_sets (id, institution_id, course_id, name, self_sign_up, max_members,"
    " created_at) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def add_team_set(command: AddTeamSet, work: UnitOfWork) -> TeamSet:
    made = TeamSet(
        id=TeamSetId(new_id()),
        course_id=command.course,
        name=command.name,
        self_sign_up=command.self_sign_up,
        max_members=command.max_members,
        version=1,
    )
    institution = work.identity.institution
    how = (made.name, made.self_sign_up, made.max_members)
    work.write(_INSERT, made.id, institution, made.course_id, *how, work.now)
    work.record(
        TeamSetAdded(
            institution_id=institution,
            team_set_id=made.id,
            course_id=made.course_id,
            self_sign_up=made.self_sign_up,
            max_members=made.max_members,
        )
    )
    return made
