"""What the commands on overrides share."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.services.assessment.authoring_problems import ChangesNothing, ClosesBeforeOpening
from eduflow.services.assessment.form_views import Override
from eduflow.services.assessment.ids import AssessmentId

COLUMNS = (
    "o.id, o.assessment_id, CASE o.target_type WHEN 'student' THEN o.target_id END AS user_id,"
    " CASE o.target_type WHEN 'section' THEN o.target_id END AS section_id, o.opens_at,"
    " o.closes_at, o.extra_minutes, o.extra_attempts, o.version"
)
"""An override `o` as its view has it."""


_BY_SECTION = (
    "SELECT o.id FROM delivery_overrides AS o JOIN standing_seats AS s"
    " ON s.section_id = o.target_id AND s.user_id = $2 AND s.state = 'active'"
    " WHERE o.assessment_id = $1 AND o.target_type = 'section' LIMIT 1"
)


class _Any(msgspec.Struct):
    id: UUID


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is other than for everybody; null as for them."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    extra_minutes: int = 0
    extra_attempts: int = 0


def in_order(terms: Terms) -> None:
    """Raise where it would close before it opens."""
    if terms.opens_at and terms.closes_at and terms.closes_at <= terms.opens_at:
        raise ClosesBeforeOpening


async def refuse_empty(
    work: UnitOfWork, terms: Terms, *, assessment: AssessmentId, person: UUID | None
) -> None:
    """Raise where the terms are those of everybody.

    For a person who has others by a section of theirs that is a change: their own go before.
    """
    if terms != Terms():
        return
    if person is None or await work.look_one(_BY_SECTION, assessment, person, into=_Any) is None:
        message = "Say other dates, more minutes or more attempts, or delete the override"
        raise ChangesNothing(errors=[{"pointer": "/extra_minutes", "message": message}])


def with_terms(override: Override, terms: Terms) -> Override:
    """The next version of it."""
    return msgspec.structs.replace(
        override, **msgspec.structs.asdict(terms), version=override.version + 1
    )
