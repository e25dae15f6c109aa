"""Remembered answers: written by folds alone, and made again from zero by `eduflow rebuild`."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.services.assessment.tables.base import Assessment


class GradingResults(Assessment):
    """What an attempt was worth under each scoring version.

    Before and after a regrade are both kept.
    """

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    scoring_number: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    user_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str]
    score: Mapped[Decimal | None] = mapped_column(Numeric)
    points: Mapped[Decimal] = mapped_column(Numeric)
    counts: Mapped[Decimal | None] = mapped_column(
        Numeric, comment="What counted for the student over all attempts when this was released."
    )
    submitted_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("grading_results_of_assessment", "assessment_id", "user_id", "number"),
        Index("grading_results_of_person", "user_id", "submitted_at"),
    )


class JudgedItems(Assessment):
    """What statistics are made of: one row for each judged answer."""

    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    scoring_number: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    question_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    fraction: Mapped[Decimal] = mapped_column(Numeric)
    earned: Mapped[Decimal] = mapped_column(Numeric)
    points: Mapped[Decimal] = mapped_column(Numeric)
    final: Mapped[bool] = mapped_column(
        comment=(
            "Whether the whole attempt is judged: only such have a rest to compare an item with."
        )
    )
    seconds: Mapped[int]
    chosen: Mapped[list[str]]
    method: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        Index("judged_items_of_attempt", "attempt_id"),
        Index("judged_items_of_question", "assessment_id", "scoring_number", "question_version_id"),
    )


class ItemStatistics(Assessment):
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    scoring_number: Mapped[int]
    question_id: Mapped[UUID]
    n: Mapped[int]
    p_value: Mapped[Decimal] = mapped_column(Numeric)
    point_biserial: Mapped[Decimal | None] = mapped_column(
        Numeric, comment="Of the item with the rest of the test; NULL where either does not vary."
    )
    median_seconds: Mapped[Decimal] = mapped_column(Numeric)
    chosen: Mapped[dict[str, Any]] = mapped_column(comment="Option -> how often.")
    scores: Mapped[dict[str, Any]] = mapped_column(
        comment="Histogram: tenths of the points -> how often."
    )


class TestStatistics(Assessment):
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    scoring_number: Mapped[int]
    n: Mapped[int]
    mean: Mapped[Decimal] = mapped_column(Numeric)
    deviation: Mapped[Decimal] = mapped_column(Numeric)
    alpha: Mapped[Decimal | None] = mapped_column(
        Numeric,
        comment=(
            "Cronbach's, over attempts that were asked the same items; NULL where it is"
            " not defined."
        ),
    )
    median_seconds: Mapped[Decimal | None] = mapped_column(Numeric)


class StatisticsSums(Assessment):
    """Whole numbers that every attempt adds to, and takes its former ones from.

    Statistics follow from them without a look at other attempts.
    """

    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    scoring_number: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    sums: Mapped[dict[str, Any]]


class AgreementStats(Assessment):
    """How well a model agrees with people who saw neither its score nor a name."""

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    n: Mapped[int]
    agreement: Mapped[Decimal] = mapped_column(Numeric)
    kappa: Mapped[Decimal | None] = mapped_column(
        Numeric, comment="Quadratic weighted; NULL where it is not defined."
    )
    kappa_low: Mapped[Decimal | None] = mapped_column(Numeric)
    kappa_high: Mapped[Decimal | None] = mapped_column(Numeric)


class AgreementPairs(Assessment):
    """What a model and, without seeing that, a person gave one answer.

    Of several reviews the last.
    """

    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    question_id: Mapped[UUID]
    model_level: Mapped[int]
    human_level: Mapped[int]
    levels: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("agreement_pairs_of_question", "question_id", "model"),)
