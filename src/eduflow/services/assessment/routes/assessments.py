"""Tests over HTTP, for those who make them."""

from typing import Annotated, Literal

import msgspec
from litestar import Response, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import may
from eduflow.kernel.web import Dated, Input, Line, Text
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.commands.archive_assessment import ArchiveAssessment
from eduflow.services.assessment.commands.change_assessment import ChangeAssessment
from eduflow.services.assessment.commands.create_assessment import CreateAssessment
from eduflow.services.assessment.commands.freeze_form import FreezeForm, WantedSection
from eduflow.services.assessment.commands.publish_assessment import PublishAssessment
from eduflow.services.assessment.commands.set_policy import SetPolicy
from eduflow.services.assessment.form_views import Assessment, Form, Policy
from eduflow.services.assessment.ids import AssessmentId, CourseId, QuestionId
from eduflow.services.assessment.model.reviewing import Phases
from eduflow.services.assessment.routes.kinds import Kind, Moment, Number, Penalty, Points, Shows

Short = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Tries = Annotated[list[Points], msgspec.Meta(max_length=20)]


class NewAssessment(Input, kw_only=True):
    """A test of a course, as a draft."""

    title: Line
    kind: Kind = "quiz"


class AssessmentChange(Input, kw_only=True):
    """Members that are absent stay."""

    title: Line | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET


class NewItem(Input, kw_only=True):
    """A question. `number` is its version, `points` what the first, second, … right try is worth.

    Without a `number` it is the newest version there is now, without `points` as many as the
    question has, for one try.
    """

    question_id: QuestionId
    number: Number | None = None
    points: Tries = msgspec.field(default_factory=list)


class NewSection(Input, kw_only=True):
    """Questions that stand together. With `pick_n` so many of them are drawn for each attempt."""

    title: Short = ""
    instructions: Text = ""
    pick_n: Number | None = None
    shuffle: bool = False
    items: Annotated[list[NewItem], msgspec.Meta(min_length=1, max_length=500)]


class NewForm(Input, kw_only=True):
    """What the test asks."""

    instructions: Text = ""
    sections: Annotated[list[NewSection], msgspec.Meta(min_length=1, max_length=50)]


class NewReview(Input, kw_only=True):
    """What a student sees of an attempt, in each phase."""

    during: Shows
    after_submit: Shows
    while_open: Shows
    after_close: Shows


class NewPolicy(Dated, kw_only=True):
    """How the test is given. Times in seconds; null: without a limit."""

    opens_at: Moment | None = None
    closes_at: Moment | None = None
    time_limit: Annotated[int, msgspec.Meta(ge=1, le=31_536_000)] | None = None
    grace: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 60
    attempts: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    overdue: Literal["submit", "abandon"] = "submit"
    behaviour: Literal["deferred", "immediate", "interactive", "certainty"] = "deferred"
    attempt_counts: Literal["highest", "last", "first", "average"] = "highest"
    late_penalty: Penalty = 0
    reading: Literal["models", "people"] = "models"
    """Who reads first what no key can judge."""
    release: Literal["when_final", "by_hand"] = "when_final"
    appeal_days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] | None = None
    """Within which a student may appeal, from the last release of the result on; 0: never."""
    review: NewReview | None = None


@post(
    "/courses/{course_id:uuid}/assessments",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:write", on="course")],
)
async def create(
    course_id: FromPath[CourseId],
    data: JSONBody[NewAssessment],
    commands: NamedDependency[BoundCommands],
) -> Response[Assessment]:
    """Begin a test as a draft."""
    command = CreateAssessment(course=course_id, title=data.title, kind=data.kind)
    made = await commands.execute(command)
    return created(made, at=f"/assessments/{made.id}")


@patch("/assessments/{assessment_id:uuid}", guards=[may("assessment:write", on="assessment")])
async def change(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[AssessmentChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Assessment]:
    """Give a test another title or kind."""
    fields = msgspec.structs.asdict(data)
    command = ChangeAssessment(assessment=assessment_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@put("/assessments/{assessment_id:uuid}/form", guards=[may("assessment:write", on="assessment")])
async def freeze(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[NewForm],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Form]:
    """Say what the test asks. Attempts that have begun keep the form they began with."""
    command = FreezeForm(
        assessment=assessment_id,
        expected=if_match,
        instructions=data.instructions,
        sections=msgspec.convert(
            data.sections, type=tuple[WantedSection, ...], from_attributes=True
        ),
    )
    return changed(await commands.execute(command))


@put("/assessments/{assessment_id:uuid}/policy", guards=[may("assessment:write", on="assessment")])
async def set_policy(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[NewPolicy],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Policy]:
    """Say how the test is given; all of it anew. `If-Match` is the policy's version."""
    fields = msgspec.structs.asdict(data)
    review = fields.pop("review")
    phases = msgspec.convert(review, type=Phases, from_attributes=True) if review else None
    command = SetPolicy(assessment=assessment_id, expected=if_match, review=phases, **fields)
    return changed(await commands.execute(command))


@post(
    "/assessments/{assessment_id:uuid}/publish",
    status_code=HTTP_200_OK,
    guards=[may("assessment:write", on="assessment")],
)
async def publish(
    assessment_id: FromPath[AssessmentId],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Assessment]:
    """Let the test be sat, by the newest keys and rubrics of its questions."""
    command = PublishAssessment(assessment=assessment_id, expected=if_match)
    return changed(await commands.execute(command))


@post(
    "/assessments/{assessment_id:uuid}/archive",
    status_code=HTTP_200_OK,
    guards=[may("assessment:write", on="assessment")],
)
async def archive(
    assessment_id: FromPath[AssessmentId],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Assessment]:
    """Put the test away: nobody sits it any more, and what was sat stays."""
    command = ArchiveAssessment(assessment=assessment_id, expected=if_match)
    return changed(await commands.execute(command))
