"""Assignments, their groups and their dates over HTTP."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import Invalid
from eduflow.kernel.web import Dated, Input, Line, Page, Slice, Text
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.add_assignment import AddAssignment
from eduflow.services.api_core.commands.add_assignment_group import AddAssignmentGroup
from eduflow.services.api_core.commands.change_assignment import ChangeAssignment
from eduflow.services.api_core.commands.change_assignment_group import ChangeAssignmentGroup
from eduflow.services.api_core.commands.override_dates import OverrideDates
from eduflow.services.api_core.grading_views import (
    Assignment,
    AssignmentGroup,
    Credit,
    CreditStep,
    DateOverride,
)
from eduflow.services.api_core.ids import (
    AssignmentId,
    CourseId,
    GroupId,
    RubricVersionId,
    SectionId,
    TeamSetId,
)
from eduflow.services.api_core.queries.assignments import (
    AssignmentForYou,
    AssignmentWithRubric,
    assignment,
    assignment_groups,
    assignments,
    date_overrides,
)
from eduflow.services.api_core.routes.kinds import Moment, Place, Points

Weight = Annotated[float, msgspec.Meta(ge=0, le=100)]
Drops = Annotated[int, msgspec.Meta(ge=0, le=100)]
Attempts = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Ways = Annotated[list[Literal["text", "file", "paper"]], msgspec.Meta(min_length=1, max_length=3)]
AssignmentState = Literal["draft", "published"]
Posting = Literal["automatic", "manual"]


class NewAssignmentGroup(Input, kw_only=True):
    """Assignments to be weighed together; without a `position` it comes last."""

    name: Line
    weight: Weight = 0
    drop_lowest: Drops = 0
    position: Place | None = None


class AssignmentGroupChange(Input, kw_only=True):
    """Members that are absent stay."""

    name: Line | UnsetType = UNSET
    weight: Weight | UnsetType = UNSET
    drop_lowest: Drops | UnsetType = UNSET
    position: Place | UnsetType = UNSET


class Step(Input, kw_only=True):
    """From so many minutes before or after the due date: so many per cent of the score."""

    minutes: Minutes
    percent: Percent


class CreditPolicy(Input, kw_only=True):
    """Of each list the furthest step that was reached counts."""

    early: Annotated[list[Step], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)
    late: Annotated[list[Step], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list)


class NewAssignment(Dated, kw_only=True):
    """A draft unless it is said to be published; without a `position` it comes last.

    `posting` is automatic, and manual where it is `anonymous`.
    With a `team_set_id` each team of the set hands in once, for all its members.
    """

    group_id: GroupId
    title: Line
    instructions: Text = ""
    points: Points
    submission_types: Ways = msgspec.field(default_factory=lambda: ["text"])
    max_attempts: Attempts | None = None
    anonymous: bool = False
    unlock_at: Moment | None = None
    due_at: Moment | None = None
    lock_at: Moment | None = None
    rubric_version_id: RubricVersionId | None = None
    team_set_id: TeamSetId | None = None
    credit: CreditPolicy | None = None
    position: Place | None = None
    state: AssignmentState = "draft"
    posting: Posting | None = None


class AssignmentChange(Dated, kw_only=True):
    """Members that are absent stay; null takes away what need not be there."""

    group_id: GroupId | UnsetType = UNSET
    title: Line | UnsetType = UNSET
    instructions: Text | UnsetType = UNSET
    points: Points | UnsetType = UNSET
    submission_types: Ways | UnsetType = UNSET
    max_attempts: Attempts | UnsetType | None = UNSET
    anonymous: bool | UnsetType = UNSET
    unlock_at: Moment | UnsetType | None = UNSET
    due_at: Moment | UnsetType | None = UNSET
    lock_at: Moment | UnsetType | None = UNSET
    rubric_version_id: RubricVersionId | UnsetType | None = UNSET
    team_set_id: TeamSetId | UnsetType | None = UNSET
    credit: CreditPolicy | UnsetType | None = UNSET
    position: Place | UnsetType = UNSET
    state: AssignmentState | UnsetType = UNSET
    posting: Posting | UnsetType = UNSET


class NewDates(Dated, kw_only=True):
    """For one student or one section. `version` is the one it replaces, 0 for the first."""

    user_id: UserId | None = None
    section_id: SectionId | None = None
    unlock_at: Moment | None = None
    due_at: Moment | None = None
    lock_at: Moment | None = None
    extra_minutes: Minutes = 0
    version: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0


@post(
    "/courses/{course_id:uuid}/assignment-groups",
    status_code=HTTP_201_CREATED,
    guards=[may("assignment:write", on="course")],
)
async def add_group(
    course_id: FromPath[CourseId],
    data: JSONBody[NewAssignmentGroup],
    commands: NamedDependency[BoundCommands],
) -> Response[AssignmentGroup]:
    """Add a group. In a course whose groups all weigh 0 points count as they are."""
    fields = msgspec.structs.asdict(data)
    return created(await commands.execute(AddAssignmentGroup(course=course_id, **fields)), at=None)


@get("/courses/{course_id:uuid}/assignment-groups", guards=[may("course:read", on="course")])
async def list_groups(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[AssignmentGroup]:
    """The groups of a course, in their order."""
    return await assignment_groups(replica, course_id, page=page)


@patch(
    "/assignment-groups/{assignment_group_id:uuid}",
    guards=[may("assignment:write", on="assignment_group")],
)
async def change_group(
    assignment_group_id: FromPath[GroupId],
    data: JSONBody[AssignmentGroupChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[AssignmentGroup]:
    """Change a group; every grade of the course is computed anew."""
    fields = msgspec.structs.asdict(data)
    command = ChangeAssignmentGroup(group=assignment_group_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/courses/{course_id:uuid}/assignments",
    status_code=HTTP_201_CREATED,
    guards=[may("assignment:write", on="course")],
)
async def add(
    course_id: FromPath[CourseId],
    data: JSONBody[NewAssignment],
    commands: NamedDependency[BoundCommands],
) -> Response[Assignment]:
    """Set an assignment."""
    fields = msgspec.structs.asdict(data)
    fields["credit"] = _credit(data.credit) if data.credit else None
    made = await commands.execute(AddAssignment(course=course_id, **fields))
    return created(made, at=f"/assignments/{made.id}")


@get("/courses/{course_id:uuid}/assignments", guards=[may("course:read", on="course")])
async def list_assignments(
    course_id: FromPath[CourseId],
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Slice[AssignmentForYou]:
    """The assignments of a course in their order, with the caller's own dates and scores."""
    return await assignments(replica, course_id, user=identity.user, page=page)


@get("/assignments/{assignment_id:uuid}", guards=[may("course:read", on="assignment")])
async def one(
    assignment_id: FromPath[AssignmentId],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Response[AssignmentWithRubric]:
    """An assignment with its rubric, and the caller's own dates and score."""
    return changed(await assignment(replica, assignment_id, user=identity.user))


@patch("/assignments/{assignment_id:uuid}", guards=[may("assignment:write", on="assignment")])
async def change(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[AssignmentChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Assignment]:
    """Change an assignment; what was graded counts by the new rules at once."""
    fields = msgspec.structs.asdict(data)
    if isinstance(data.credit, CreditPolicy):
        fields["credit"] = _credit(data.credit)
    command = ChangeAssignment(assignment=assignment_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@post(
    "/assignments/{assignment_id:uuid}/overrides",
    status_code=HTTP_201_CREATED,
    guards=[may("assignment:write", on="assignment")],
)
async def override(
    assignment_id: FromPath[AssignmentId],
    data: JSONBody[NewDates],
    commands: NamedDependency[BoundCommands],
) -> Response[DateOverride]:
    """Give one student or one section other dates, or more time."""
    if (data.user_id is None) == (data.section_id is None):
        message = "Say a user_id or a section_id, and not both"
        raise Invalid(errors=[{"pointer": "/user_id", "message": message}])
    fields = msgspec.structs.asdict(data)
    expected = fields.pop("version")
    command = OverrideDates(assignment=assignment_id, expected=expected, **fields)
    return created(await commands.execute(command), at=None)


@get(
    "/assignments/{assignment_id:uuid}/overrides",
    guards=[may("assignment:write", on="assignment")],
)
async def list_overrides(
    assignment_id: FromPath[AssignmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[DateOverride]:
    """Who has other dates."""
    return await date_overrides(replica, assignment_id, page=page)


def _credit(policy: CreditPolicy) -> Credit:
    return Credit(
        early=[CreditStep(minutes=s.minutes, percent=s.percent) for s in policy.early],
        late=[CreditStep(minutes=s.minutes, percent=s.percent) for s in policy.late],
    )
