"""What api_core publishes of what completes lessons, and of certificates."""

from decimal import Decimal
from uuid import UUID

from eduflow.contracts import Event


class CompletionRuleSet(Event, frozen=True, kw_only=True, tag="api_core.completion_rule_set"):
    """From now on, and for what was before, this completes a lesson."""

    about = "lesson_id"
    lesson_id: UUID
    course_id: UUID
    rule: str
    """`said` (by the learner), `viewed`, `submitted` or `scored`."""
    assignment_id: UUID | None
    threshold: Decimal | None
    """Points, for `scored`."""


class CertificateAwarded(Event, frozen=True, kw_only=True, tag="api_core.certificate_awarded"):
    """Somebody has a certificate of a course. What it says is not in here."""

    about = "certificate_id"
    certificate_id: UUID
    course_id: UUID
    user_id: UUID
    evidence_hash: str
    """SHA-256 of what it says, in hexadecimal."""


class CertificateRevoked(Event, frozen=True, kw_only=True, tag="api_core.certificate_revoked"):
    """A certificate is valid no more, for ever."""

    about = "certificate_id"
    certificate_id: UUID
    course_id: UUID
    user_id: UUID
