"""What the tutor service publishes: what was spent on models. Ids and numbers, no texts."""

from datetime import datetime
from uuid import UUID

from eduflow.contracts import Event


class TokensSpent(Event, frozen=True, kw_only=True, tag="tutor.tokens_spent"):
    """A call of a model was settled: what it took, as the provider counted it, and what it cost.

    Written by `ledger_settle`, in the statement that settles. Money is in micros of a US dollar.
    """

    about = "call_id"
    call_id: UUID
    service: str
    user_id: UUID | None
    course_id: UUID | None
    purpose: str
    provider: str
    model: str
    prompt_version_id: UUID
    tokens_in: int
    """Those read from the provider's cache too."""
    tokens_cached: int
    tokens_out: int
    cost_micros: int
    spent_at: datetime
