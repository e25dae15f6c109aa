"""Regrades over HTTP: proposed, looked at, published or dropped."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Page, Slice, View, etag
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.assessment.commands.end_regrade import DropRegrade, PublishRegrade
from eduflow.services.assessment.commands.propose_regrade import ProposeRegrade, RulesChange
from eduflow.services.assessment.ids import AssessmentId, RegradeId
from eduflow.services.assessment.model.exact import exact
from eduflow.services.assessment.queries.regrades import regrade, regrade_diffs, regrades
from eduflow.services.assessment.regrade_views import Regrade, StudentDiff
from eduflow.services.assessment.resources import Resources
from eduflow.services.assessment.routes.kinds import Claim, Number, Penalty, Points

_MOST = 500
Listed = Annotated[list[Points], msgspec.Meta(min_length=1, max_length=20)]


class NewRules(Input, kw_only=True):
    """What is left out stays as it is."""

    behaviour: Literal["deferred", "immediate", "interactive", "certainty"] | None = None
    attempt_counts: Literal["highest", "last", "first", "average"] | None = None
    late_penalty: Penalty | None = None


class NewRegrade(Input, kw_only=True):
    """What is to count instead. What is left out stays as it is."""

    cause: Literal["key", "rubric", "points", "policy"]
    reason: Claim
    """Kept for good, beside the scores."""
    dry_run: bool = True
    """Wait for a second call before anything changes for anybody."""
    keys: Annotated[dict[UUID, Number], msgspec.Meta(max_length=_MOST)] = msgspec.field(
        default_factory=dict
    )
    """Question version -> number of its corrected key."""
    rubrics: Annotated[dict[UUID, UUID], msgspec.Meta(max_length=_MOST)] = msgspec.field(
        default_factory=dict
    )
    """Question -> rubric version."""
    points: Annotated[dict[UUID, Listed], msgspec.Meta(max_length=_MOST)] = msgspec.field(
        default_factory=dict
    )
    """Question version -> what the first, second, … right try is worth."""
    policy: NewRules = msgspec.field(default_factory=NewRules)


class Turned(View, kw_only=True):
    """A regrade, at its next turn."""

    id: RegradeId
    state: str
    version: int


@post(
    "/assessments/{assessment_id:uuid}/regrades",
    status_code=HTTP_202_ACCEPTED,
    guards=[may("assessment:grade", on="assessment")],
)
async def propose(
    assessment_id: FromPath[AssessmentId],
    data: JSONBody[NewRegrade],
    commands: NamedDependency[BoundCommands],
) -> Response[Regrade]:
    """Have every recorded answer judged by other keys, rubrics, points or rules.

    Nobody sits the test again and, unless a rubric changes, no model is asked. Nothing changes for
    anybody before it is published.
    """
    rules = data.policy
    late = None if rules.late_penalty is None else exact(rules.late_penalty)
    made = await commands.execute(
        ProposeRegrade(
            assessment=assessment_id,
            dry_run=data.dry_run,
            cause=data.cause,
            reason=data.reason,
            keys=dict(data.keys),
            rubrics=dict(data.rubrics),
            points={one: tuple(exact(p) for p in listed) for one, listed in data.points.items()},
            policy=RulesChange(
                behaviour=rules.behaviour, attempt_counts=rules.attempt_counts, late_penalty=late
            ),
        )
    )
    where = {"Location": f"/api/v1/regrades/{made.id}", "ETag": etag(made.version)}
    return Response(made, status_code=HTTP_202_ACCEPTED, headers=where)


@get(
    "/assessments/{assessment_id:uuid}/regrades",
    guards=[may("assessment:grade", on="assessment")],
)
async def of_assessment(
    assessment_id: FromPath[AssessmentId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Regrade]:
    """Every regrade of a test, the newest first; dropped ones too."""
    return await regrades(replica, assessment_id, page=page)


@get("/regrades/{regrade_id:uuid}", guards=[may("assessment:grade", on="regrade")])
async def one(
    regrade_id: FromPath[RegradeId], replica: NamedDependency[ReadSession]
) -> Response[Regrade]:
    """How far it is, and how many results it changes."""
    found = await regrade(replica, regrade_id)
    return Response(found, headers={"ETag": etag(found.version)})


@get("/regrades/{regrade_id:uuid}/diffs", guards=[may("assessment:grade", on="regrade")])
async def diffs(
    regrade_id: FromPath[RegradeId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[Resources],
    changed: Annotated[bool, QueryParameter(name="changed")] = True,  # noqa: FBT002
) -> Slice[StudentDiff]:
    """Before and after by student, and what becomes of the course grade.

    With `changed=false` also where nothing changes.
    """
    found = await regrade_diffs(replica, regrade_id, page=page, changed=changed)
    items = await resources.effects.added_to(found.items, regrade_id, replica=replica)
    return msgspec.structs.replace(found, items=items)


@post(
    "/regrades/{regrade_id:uuid}/publish",
    status_code=HTTP_202_ACCEPTED,
    guards=[may("assessment:grade", on="regrade")],
)
async def publish(
    regrade_id: FromPath[RegradeId],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Turned]:
    """Let the new version count: for every result, and for whoever hands in from now on."""
    version = await commands.execute(PublishRegrade(run=regrade_id, expected=if_match))
    turned = Turned(id=regrade_id, state="publishing", version=version)
    return Response(turned, status_code=HTTP_202_ACCEPTED, headers={"ETag": etag(version)})


@post(
    "/regrades/{regrade_id:uuid}/drop",
    status_code=HTTP_200_OK,
    guards=[may("assessment:grade", on="regrade")],
)
async def drop(
    regrade_id: FromPath[RegradeId],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Turned]:
    """Let nothing change. What it would have been can be read still."""
    version = await commands.execute(DropRegrade(run=regrade_id, expected=if_match))
    turned = Turned(id=regrade_id, state="dropped", version=version)
    return Response(turned, status_code=HTTP_200_OK, headers={"ETag": etag(version)})
