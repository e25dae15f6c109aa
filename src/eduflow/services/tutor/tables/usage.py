"""The calls that were reserved and what they took, and the read model of it by day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import refers
from eduflow.services.tutor.tables.base import Big, Tutor, in_the_ledgers_currency


class ReservedCalls(Tutor):
    """The answer that was given to each call; asked again, it is given again, until ninety days after the call's end."""  # noqa: E501 (word for word)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    service: Mapped[str]
    user_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    purpose: Mapped[str]
    prompt_version_id: Mapped[UUID]
    asked: Mapped[bytes] = mapped_column(
        comment="SHA-256 of the request: the id of a call stands for one request."
    )
    candidate: Mapped[int] = mapped_column(comment="Which of the models asked for, counted from 0.")
    provider: Mapped[str]
    model: Mapped[str]
    in_micros_per_mtok: Mapped[Big]
    cached_micros_per_mtok: Mapped[Big]
    out_micros_per_mtok: Mapped[Big]
    prices_from: Mapped[datetime] = mapped_column(
        comment="The valid_from of the price that the call is settled by."
    )
    reserved_micros: Mapped[Big]
    reserved_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        refers("prompt_version_id", to="prompt_versions"),
        Index("reserved_calls_by_age", "expires_at"),
    )


class TokenUsage(Tutor):
    """What each call took, as the provider counted it. Ids and numbers only: no prompt, no answer, no text of anybody's."""  # noqa: E501 (word for word)

    call_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    service: Mapped[str]
    user_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    purpose: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    prompt_version_id: Mapped[UUID]
    tokens_in: Mapped[Big] = mapped_column(
        comment="All tokens of the prompt, those read from the provider's cache too."
    )
    tokens_cached: Mapped[Big]
    tokens_out: Mapped[Big]
    cost_micros: Mapped[Big]
    currency: Mapped[str] = mapped_column(server_default="USD")
    outcome: Mapped[str]
    latency_ms: Mapped[Big]
    at: Mapped[datetime]

    __table_args__ = (
        refers("prompt_version_id", to="prompt_versions"),
        in_the_ledgers_currency("token_usage"),
        CheckConstraint(
            "tokens_in >= 0 AND tokens_out >= 0 AND tokens_cached >= 0 AND latency_ms >= 0"
            " AND cost_micros >= 0",
            name="token_usage_counts_are_not_negative",
        ),
        CheckConstraint("tokens_cached <= tokens_in", name="token_usage_cached_are_of_the_prompt"),
    )


class TokenUsageDaily(Tutor):
    institution_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, comment="Of UTC.")
    user_id: Mapped[UUID] = mapped_column(primary_key=True, comment="Zeros: on nobody's behalf.")
    course_id: Mapped[UUID] = mapped_column(primary_key=True, comment="Zeros: in no course.")
    purpose: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[Big]
    tokens_in: Mapped[Big]
    tokens_cached: Mapped[Big]
    tokens_out: Mapped[Big]
    cost_micros: Mapped[Big]

    __table_args__ = (
        Index("token_usage_daily_of_course", "course_id", "day"),
        Index("token_usage_daily_of_person", "user_id", "day"),
    )
