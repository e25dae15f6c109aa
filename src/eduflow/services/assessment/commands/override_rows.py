"""What the commands on overrides share."""

from datetime import datetime

import msgspec

from eduflow.services.assessment.authoring_problems import ClosesBeforeOpening
from eduflow.services.assessment.form_views import Override

COLUMNS = (
    "o.id, o.assessment_id, CASE o.target_type WHEN 'student' THEN o.target_id END AS user_id,"
    " CASE o.target_type WHEN 'section' THEN o.target_id END AS section_id, o.opens_at,"
    " o.closes_at, o.extra_minutes, o.extra_attempts, o.version"
)
"""An override `o` as its view has it."""


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


def with_terms(override: Override, terms: Terms) -> Override:
    """The next version of it."""
    return msgspec.structs.replace(
        override, **msgspec.structs.asdict(terms), version=override.version + 1
    )
