"""What the commands on a test share: what it is now, and what is told of it."""

from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from eduflow.contracts.assessment import AssessmentPublished
from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.authoring_problems import AssessmentOver
from eduflow.services.assessment.form_views import Assessment
from eduflow.services.assessment.ids import AssessmentId

SHOWN = (
    "a.id, a.course_id, a.kind, a.title, a.state, a.current_number AS form, a.scoring_number,"
    " a.created_by, a.created_at, a.version"
)
"""A test `a` as its view has it."""


class Known(Assessment, kw_only=True):
    """A test with what decides about it."""

    points: Decimal | None
    opens_at: datetime | None
    closes_at: datetime | None
    behaviour: str
    attempt_counts: str
    late_penalty: Decimal
    policy_version: int
    points_told: bool
    attempted: bool
    last_scoring: int
    """The highest number of a scoring version there is: one may be proposed, or was dropped."""


K = TypeVar("K", bound=Known)
COLUMNS = (
    f"{SHOWN}, f.points, p.opens_at, p.closes_at, p.behaviour, p.attempt_counts, p.late_penalty,"
    " p.version AS policy_version, p.points_told,"
    " EXISTS (SELECT FROM attempts AS t WHERE t.assessment_id = a.id) AS attempted,"
    " coalesce((SELECT max(s.number) FROM scoring_versions AS s WHERE s.assessment_id = a.id), 0)"
    " AS last_scoring"
)
TABLES = (
    "assessments AS a JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " LEFT JOIN assessment_versions AS f ON f.assessment_id = a.id AND f.number = a.current_number"
)
"""A test `a` with its policy `p` and its present form `f`, as `Known` has them."""
_LOOK = f"SELECT {COLUMNS} FROM {TABLES} WHERE a.id = $1"


async def look_at(
    work: UnitOfWork, assessment: AssessmentId, *, expected: int | None = None
) -> Known:
    """The test as it is; raises where it is not as the caller has seen it, or over."""
    return still_open(await work.look_one(_LOOK, assessment, into=Known), expected=expected)


def still_open(known: K | None, *, expected: int | None) -> K:
    """The same for what was looked at already."""
    if known is None:
        raise NotFound(kind="assessment")
    if expected is not None:
        refuse_unseen(expected, known.version)
    if known.state == "archived":
        raise AssessmentOver
    return known


def shown(known: Known) -> Assessment:
    """What the caller gets to see."""
    return Assessment(**{name: getattr(known, name) for name in Assessment.__struct_fields__})


def tell(work: UnitOfWork, known: Known, **changes: object) -> None:
    """Say how a published test now is."""
    now = msgspec.structs.replace(known, **changes)
    work.record(
        AssessmentPublished(
            institution_id=work.identity.institution,
            assessment_id=now.id,
            course_id=now.course_id,
            title=now.title,
            kind=now.kind,
            points=now.points or Decimal(0),
            form=now.form,
            scoring_number=now.scoring_number,
            opens_at=now.opens_at,
            closes_at=now.closes_at,
            points_shown=now.points_told,
        )
    )
