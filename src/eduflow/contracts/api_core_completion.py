"""What api_core publishes of what completes lessons."""

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
