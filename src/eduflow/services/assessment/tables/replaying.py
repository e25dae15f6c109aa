"""Regrades, appeals, receipts and calibrations."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Double, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class RegradeRuns(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    scoring_version_id: Mapped[UUID]
    base_version_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default=text("'running'::text"))
    dry_run: Mapped[bool]
    total: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cursor: Mapped[UUID | None] = mapped_column(
        comment="The last student whose attempts are done: whoever takes over goes on behind them."
    )
    changed: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    unread: Mapped[int] = mapped_column(
        BigInteger,
        server_default=text("0"),
        comment="Answers that must be read again, since their rubric changed.",
    )
    started_by: Mapped[UUID]
    started_at: Mapped[datetime]
    switched_at: Mapped[datetime | None] = mapped_column(
        comment=(
            "Since when its scoring version counts: whoever has an answer before them from then on"
            " has it by its rubrics."
        )
    )
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of(
            "state",
            ("running", "ready", "publishing", "published", "dropped"),
            name="regrade_runs_state_is_known",
        ),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "scoring_version_id", to="scoring_versions"),
        refers("institution_id", "base_version_id", to="scoring_versions"),
        Index(
            "regrade_runs_one_open",
            "assessment_id",
            unique=True,
            postgresql_where=text(
                "state = ANY (ARRAY['running'::text, 'ready'::text, 'publishing'::text])"
            ),
        ),
    )


class RegradeDiffs(Assessment):
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    old_score: Mapped[Decimal | None] = mapped_column(Numeric)
    new_score: Mapped[Decimal | None] = mapped_column(Numeric)
    old_points: Mapped[Decimal] = mapped_column(Numeric)
    new_points: Mapped[Decimal] = mapped_column(Numeric)
    old_counts: Mapped[Decimal | None] = mapped_column(Numeric)
    new_counts: Mapped[Decimal | None] = mapped_column(
        Numeric,
        comment=(
            "What counts for the student over all their attempts; the course grade moves by this."
        ),
    )
    counts_points: Mapped[Decimal | None] = mapped_column(
        Numeric, comment="Out of how many new_counts is."
    )
    unread: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Answers of the attempt that must be read again."
    )
    attempt_version: Mapped[int] = mapped_column(
        comment=("Of the attempt as it was folded: where it differs, something has happened since.")
    )
    unsettled: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment=("Scores were added behind the attempt's own settling: it is settled once more."),
    )

    __table_args__ = (
        refers("institution_id", "run_id", to="regrade_runs"),
        refers("institution_id", "attempt_id", to="attempts"),
        Index("regrade_diffs_of_person", "run_id", "user_id"),
    )


class Appeals(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    response_id: Mapped[UUID]
    user_id: Mapped[UUID]
    claim: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'::text"))
    claimed_by: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("claim <> ''::text", name="appeals_give_a_reason"),
        one_of("state", ("open", "claimed", "decided", "withdrawn"), name="appeals_state_is_known"),
        CheckConstraint(
            "(state <> 'claimed'::text) OR (claimed_by IS NOT NULL)",
            name="appeals_claimed_by_somebody",
        ),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "response_id", to="responses"),
        Index(
            "appeals_one_open",
            "response_id",
            unique=True,
            postgresql_where=text("state = ANY (ARRAY['open'::text, 'claimed'::text])"),
        ),
        Index("appeals_of_assessment", "assessment_id", "state"),
        Index(
            "appeals_open_of_attempt",
            "attempt_id",
            postgresql_where=text("state = ANY (ARRAY['open'::text, 'claimed'::text])"),
        ),
        Index(
            "appeals_open_of_student",
            "assessment_id",
            "user_id",
            postgresql_where=text("state = ANY (ARRAY['open'::text, 'claimed'::text])"),
        ),
    )


class AppealDecisions(Assessment):
    appeal_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    grader_id: Mapped[UUID]
    saw_scores: Mapped[bool] = mapped_column(
        comment="Whether the grader declares that they had learnt elsewhere what the answer, or its"
        " attempt, had got."
    )
    outcome: Mapped[str]
    fraction: Mapped[Decimal] = mapped_column(Numeric)
    reason: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        one_of(
            "outcome", ("raised", "lowered", "upheld"), name="appeal_decisions_outcome_is_known"
        ),
        refers("institution_id", "appeal_id", to="appeals"),
    )


class GradeReceipts(Assessment):
    """What a released score rests on: recomputed by `eduflow verify-receipts`."""

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    scoring_version_id: Mapped[UUID]
    score: Mapped[Decimal] = mapped_column(Numeric)
    points: Mapped[Decimal] = mapped_column(Numeric)
    links: Mapped[dict[str, Any]] = mapped_column(
        comment=(
            "One entry for each answer, in order: digests of response, key or rubric "
            "version, prompt; model; reviewer; fraction."
        )
    )
    digest: Mapped[bytes]
    previous: Mapped[bytes] = mapped_column(
        comment="The digest of the number before; zeros for the first."
    )
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="grade_receipts_number_is_positive"),
        refers("institution_id", "attempt_id", to="attempts"),
        refers("institution_id", "scoring_version_id", to="scoring_versions"),
    )


class IrtCalibrations(Keyed, Assessment):
    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    run_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    model: Mapped[str]
    a: Mapped[float | None] = mapped_column(Double, comment="Discrimination.")
    b: Mapped[float | None] = mapped_column(
        Double, comment="Difficulty, on the scale of ability with mean 0 and deviation 1."
    )
    left_out: Mapped[str | None] = mapped_column(
        comment="Why there is no fit: who answers a question alike says nothing about it."
    )
    n: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("model = '2PL'::text", name="irt_calibrations_model_is_known"),
        one_of("left_out", ("all_right", "all_wrong", "no_fit"), name="irt_calibrations_say_why"),
        CheckConstraint(
            "((a IS NULL) = (left_out IS NOT NULL)) AND ((b IS NULL) = (left_out IS NOT NULL))",
            name="irt_calibrations_fit_or_say_why",
        ),
        UniqueConstraint("run_id", "question_version_id", name="irt_calibrations_once"),
        refers("institution_id", "question_version_id", to="question_versions"),
        Index("irt_calibrations_of_question", "question_version_id", "at"),
    )
