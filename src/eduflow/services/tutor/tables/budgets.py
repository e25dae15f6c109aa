"""What may be spent, what is held of it, and what is left."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.tutor.tables.base import Big, Tutor, in_the_ledgers_currency


class Budgets(Keyed, Tutor):
    """What may be spent. Where there is no active budget there is no limit."""

    institution_id: Mapped[UUID]
    scope_type: Mapped[str]
    scope_id: Mapped[UUID]
    period: Mapped[str] = mapped_column(comment="Days and months are those of UTC.")
    limit_micros: Mapped[Big]
    currency: Mapped[str] = mapped_column(server_default="USD")
    on_exhaust: Mapped[str]
    state: Mapped[str] = mapped_column(
        server_default="active",
        comment="A lifted budget holds nobody back; what was held for it is still settled.",
    )
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of("scope_type", ("user", "course", "institution"), name="budgets_scope_is_known"),
        one_of("period", ("day", "month", "total"), name="budgets_period_is_known"),
        one_of(
            "on_exhaust",
            ("smaller_model", "queue_for_person"),
            name="budgets_on_exhaust_is_known",
        ),
        one_of("state", ("active", "lifted"), name="budgets_state_is_known"),
        CheckConstraint("limit_micros >= 0", name="budgets_limit_is_not_negative"),
        in_the_ledgers_currency("budgets"),
        CheckConstraint(
            "scope_type <> 'institution' OR scope_id = institution_id",
            name="budgets_institution_is_its_own",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint(
            *("institution_id", "scope_type", "scope_id", "period"),
            name="budgets_one_for_scope_and_period",
        ),
    )


class BudgetBalances(Tutor):
    """The sum of budget_reservations by budget and period, kept in their statement: its row is the lock that makes a limit exact."""  # noqa: E501 (word for word)

    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(
        primary_key=True, comment="First day of the period; of a total, 1970-01-01."
    )
    institution_id: Mapped[UUID]
    used_micros: Mapped[Big] = mapped_column(server_default=text("0"))
    reserved_micros: Mapped[Big] = mapped_column(server_default=text("0"))

    __table_args__ = (
        refers("institution_id", "budget_id", to="budgets"),
        CheckConstraint("used_micros >= 0", name="budget_balances_used_is_not_negative"),
        CheckConstraint("reserved_micros >= 0", name="budget_balances_reserved_is_not_negative"),
    )


class BudgetReservations(Tutor):
    """What a call holds of each budget that applies to it, and what it took in the end."""

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    starts_on: Mapped[date]
    reserved_micros: Mapped[Big]
    settled_micros: Mapped[Big | None]
    state: Mapped[str] = mapped_column(server_default="held")
    expires_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["budget_id", "starts_on"], ["budget_balances.budget_id", "budget_balances.starts_on"]
        ),
        CheckConstraint(
            "reserved_micros >= 0", name="budget_reservations_reserved_is_not_negative"
        ),
        one_of(
            "state",
            ("held", "settled", "released", "expired"),
            name="budget_reservations_state_is_known",
        ),
        CheckConstraint(
            "(state = 'settled') = (settled_micros IS NOT NULL)",
            name="budget_reservations_settled_says_how_much",
        ),
        # Serves the freeing of what nobody settled.
        Index("budget_reservations_due", "expires_at", postgresql_where=text("state = 'held'")),
        Index("budget_reservations_of_budget", "budget_id", "starts_on"),
    )
