"""What callers see of the ledger's things. Money is in micros of a US dollar."""

from datetime import date, datetime
from uuid import UUID

from eduflow.kernel.web import View
from eduflow.services.tutor.ids import BudgetId, PriceId


class Budget(View, kw_only=True):
    """What may be spent in each period, and what becomes of a call that does not fit.

    `smaller_model`: the next of the models that were asked for; `queue_for_person`: none, a person
    has to do it. A lifted budget limits nothing.
    """

    id: BudgetId
    scope_type: str
    scope_id: UUID
    period: str
    limit_micros: int
    currency: str
    on_exhaust: str
    state: str
    created_at: datetime
    version: int


class BudgetWithBalance(Budget, kw_only=True):
    """A budget and the period that runs now. What is reserved is for calls under way."""

    starts_on: date
    used_micros: int
    reserved_micros: int


class Price(View, kw_only=True):
    """What a model costs, in micros for a million tokens. `*` is any other of the provider's."""

    id: PriceId
    provider: str
    model: str
    in_micros_per_mtok: int
    cached_micros_per_mtok: int
    out_micros_per_mtok: int
    currency: str
    valid_from: datetime
    own: bool
    """Whether it is the institution's own price, and not the list's."""
