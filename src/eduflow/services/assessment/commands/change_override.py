"""Change what a student or a section was given."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.assessment.commands.override_rows import (
    COLUMNS,
    Terms,
    in_order,
    refuse_empty,
    with_terms,
)
from eduflow.services.assessment.form_views import Override
from eduflow.services.assessment.ids import AssessmentId, OverrideId


class ChangeOverride(Command[Override], frozen=True, kw_only=True):
    """All of it anew; whom it is for stays."""

    assessment: AssessmentId
    override: OverrideId
    expected: int
    terms: Terms


_LOOK = f"SELECT {COLUMNS} FROM delivery_overrides AS o WHERE o.id = $1 AND o.assessment_id = $2"
_UPDATE = (
    "UPDATE delivery_overrides SET opens_at = $3, closes_at = $4, extra_minutes = $5,"
    " extra_attempts = $6, made_by = $7, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_override(command: ChangeOverride, work: UnitOfWork) -> Override:
    in_order(command.terms)
    known = await work.look_one(_LOOK, command.override, command.assessment, into=Override)
    if known is None:
        raise NotFound(kind="override")
    refuse_unseen(command.expected, known.version)
    await refuse_empty(work, command.terms, assessment=command.assessment, person=known.user_id)
    after = with_terms(known, command.terms)
    work.write(
        _UPDATE,
        known.id,
        known.version,
        after.opens_at,
        after.closes_at,
        after.extra_minutes,
        after.extra_attempts,
        work.identity.user,
    )
    return after
