"""Other dates, more time and more attempts over HTTP."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import Invalid
from eduflow.kernel.web import Dated, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.commands.add_override import AddOverride
from eduflow.services.assessment.commands.change_override import ChangeOverride
from eduflow.services.assessment.commands.delete_override import DeleteOverride
from eduflow.services.assessment.commands.override_rows import Terms
from eduflow.services.assessment.form_views import Override
from eduflow.services.assessment.ids import AssessmentId, OverrideId, SectionId
from eduflow.services.assessment.queries.policies import overrides
from eduflow.services.assessment.routes.kinds import Moment

Minutes = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
More = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class OverrideTerms(Dated, kw_only=True):
    """What is other than for everybody. `extra_minutes` are on the time limit and the closing."""

    opens_at: Moment | None = None
    closes_at: Moment | None = None
    extra_minutes: Minutes = 0
    extra_attempts: More = 0


class NewOverride(OverrideTerms, kw_only=True):
    """For one student or one section."""

    user_id: UserId | None = None
    section_id: SectionId | None = None


@post(
    "/assessments/{assessment_id:uuid}/overrides",
    status_code=HTTP_201_CREATED,
    guards=[may("assessment:write", on="assessment")],
)
async def add(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[NewOverride],
    commands: NamedDependency[BoundCommands],
) -> Response[Override]:
    """Give one student or one section other dates, more time or more attempts."""
    if (data.user_id is None) == (data.section_id is None):
        message = "Say a user_id or a section_id, and not both"
        raise Invalid(errors=[{"pointer": "/user_id", "message": message}])
    command = AddOverride(
        assessment=assessment_id,
        user_id=data.user_id,
        section_id=data.section_id,
        terms=_terms(data),
    )
    return created(await commands.execute(command), at=None)


@get(
    "/assessments/{assessment_id:uuid}/overrides",
    guards=[may("assessment:read", on="assessment")],
)
async def list_overrides(
    assessment_id: FromPath[AssessmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Override]:
    """Who has other dates, more time or more attempts."""
    return await overrides(replica, assessment_id, page=page)


@put(
    "/assessments/{assessment_id:uuid}/overrides/{override_id:uuid}",
    guards=[may("assessment:write", on="assessment")],
)
async def change(
    assessment_id: FromPath[AssessmentId],
    override_id: FromPath[OverrideId],
    data: JSONBody[OverrideTerms],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Override]:
    """Change an override; attempts that run keep their time."""
    command = ChangeOverride(
        assessment=assessment_id, override=override_id, expected=if_match, terms=_terms(data)
    )
    return changed(await commands.execute(command))


@delete(
    "/assessments/{assessment_id:uuid}/overrides/{override_id:uuid}",
    guards=[may("assessment:write", on="assessment")],
)
async def remove(
    assessment_id: FromPath[AssessmentId],
    override_id: FromPath[OverrideId],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Take an override back; attempts that run keep their time."""
    await commands.execute(DeleteOverride(assessment=assessment_id, override=override_id))


def _terms(sent: OverrideTerms) -> Terms:
    return Terms(**{name: getattr(sent, name) for name in Terms.__struct_fields__})
