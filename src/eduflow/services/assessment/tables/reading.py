"""Answers that are read: what models and people awarded, and why."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class AiGradingJobs(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    question_id: Mapped[UUID]
    response_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(
        server_default=text("'waiting'::text"),
        comment=(
            "held: a person decides, `flags` say why. dropped: another rubric counts, or a person"
            " has judged it, and no model is asked."
        ),
    )
    provider: Mapped[str | None]
    model: Mapped[str | None]
    prompt_sha256: Mapped[bytes | None]
    small_model: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether people must be told that a small model said it.",
    )
    samples: Mapped[int] = mapped_column(server_default=text("0"))
    level: Mapped[int | None] = mapped_column(
        comment="Of all criteria together, in steps from 0 up; there are `levels` of them."
    )
    levels: Mapped[int | None]
    fraction: Mapped[Decimal | None] = mapped_column(Numeric)
    confidence: Mapped[Decimal | None] = mapped_column(Numeric)
    flags: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))
    tokens_in: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tokens_out: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cost_micros: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failure: Mapped[str | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    claimed_control: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether a reading awarded the best for words that do not stand in the answer.",
    )

    __table_args__ = (
        one_of(
            "state",
            ("waiting", "judged", "held", "failed", "dropped"),
            name="ai_grading_jobs_state_is_known",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint(
            "response_id", "rubric_version_id", name="ai_grading_jobs_one_of_a_rubric"
        ),
        refers("institution_id", "response_id", to="responses"),
        refers("institution_id", "rubric_version_id", to="scoring_rubric_versions"),
        Index("ai_grading_jobs_of_question", "assessment_id", "question_id"),
    )


class AiCalls(Keyed, Assessment):
    """Every call of a model, written before its answer is used."""

    institution_id: Mapped[UUID]
    job_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    purpose: Mapped[str]
    provider: Mapped[str]
    model: Mapped[str]
    prompt_version_id: Mapped[UUID | None]
    prompt_sha256: Mapped[bytes]
    parameters: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_cached: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    cost_micros: Mapped[int] = mapped_column(BigInteger)
    latency_ms: Mapped[int]
    is_free: Mapped[bool] = mapped_column(
        comment="Nothing was spent: the ledger lets go of what it held back."
    )
    settled_at: Mapped[datetime | None] = mapped_column(
        comment="When the ledger took it; what it has not taken is told to it again."
    )
    at: Mapped[datetime]

    __table_args__ = (
        Index("ai_calls_of_job", "job_id"),
        Index("ai_calls_unsettled", "at", postgresql_where=text("settled_at IS NULL")),
    )


class AiJudgements(Assessment):
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    sample: Mapped[int] = mapped_column(primary_key=True)
    criterion_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    awarded: Mapped[Decimal] = mapped_column(Numeric)
    reason: Mapped[str]
    quote: Mapped[str] = mapped_column(
        comment=(
            "What the model rests on; the span is where exactly that stands in the "
            "answer, NULL where it cites nothing."
        )
    )
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    confidence: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (
        CheckConstraint(
            "((span_start IS NULL) = (span_end IS NULL)) AND (span_start <= span_end)",
            name="ai_judgements_spans_are_whole",
        ),
        refers("institution_id", "job_id", to="ai_grading_jobs"),
        refers("institution_id", "criterion_id", to="scoring_criteria"),
    )


class HumanReviews(Keyed, Assessment):
    institution_id: Mapped[UUID]
    response_id: Mapped[UUID]
    scoring_version_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID | None]
    grader_id: Mapped[UUID]
    awarded: Mapped[dict[str, Any]] = mapped_column(
        comment="Criterion key -> points; empty where there is no rubric."
    )
    fraction: Mapped[Decimal] = mapped_column(Numeric)
    comment: Mapped[str] = mapped_column(server_default=text("''::text"))
    blind: Mapped[bool] = mapped_column(
        comment=(
            "Neither the name nor what a model thought was shown: only such reviews "
            "count for agreement."
        )
    )
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "(fraction >= (0)::numeric) AND (fraction <= (1)::numeric)",
            name="human_reviews_fraction_is_a_share",
        ),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "response_id", to="responses"),
        Index("human_reviews_of_response", "response_id"),
    )


class ReleaseGates(Assessment):
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    min_answers: Mapped[int] = mapped_column(server_default=text("30"))
    min_kappa: Mapped[Decimal] = mapped_column(
        Numeric,
        server_default=text("0.7"),
        comment="The lower end of the interval of quadratic weighted kappa must reach it.",
    )
    state: Mapped[str] = mapped_column(
        server_default=text("'closed'::text"),
        comment=(
            "closed: a person confirms every score. measured: those whose agreement "
            "suffices leave by themselves."
        ),
    )
    set_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("min_answers >= 10", name="release_gates_rest_on_answers"),
        CheckConstraint(
            "(min_kappa >= (0)::numeric) AND (min_kappa <= (1)::numeric)",
            name="release_gates_bound_is_a_kappa",
        ),
        one_of("state", ("closed", "measured"), name="release_gates_state_is_known"),
        refers("institution_id", "question_id", to="questions"),
    )


class RubricPrecedents(Keyed, Assessment):
    """Cases the rubric did not foresee, and how they are to be taken.

    Graders and models are shown the rulings.
    """

    institution_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID]
    criterion_id: Mapped[UUID | None]
    response_id: Mapped[UUID | None] = mapped_column(comment="The answer over which it was asked.")
    question: Mapped[str]
    ruling: Mapped[str | None]
    asked_by: Mapped[UUID]
    ruled_by: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    ruled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "response_id", to="responses"),
        CheckConstraint(
            ("((ruling IS NULL) = (ruled_by IS NULL)) AND ((ruling IS NULL) = (ruled_at IS NULL))"),
            name="rubric_precedents_ruled_by_somebody",
        ),
        refers("institution_id", "rubric_version_id", to="scoring_rubric_versions"),
        Index("rubric_precedents_of_rubric", "rubric_version_id"),
    )


class AnswerGroups(Keyed, Assessment):
    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    label: Mapped[str]
    method: Mapped[str]
    digest: Mapped[bytes] = mapped_column(comment="Of what its answers have in common.")
    made_at: Mapped[datetime]

    __table_args__ = (
        one_of("method", ("same", "near", "by_hand"), name="answer_groups_method_is_known"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint(
            "assessment_id", "question_version_id", "digest", name="answer_groups_once"
        ),
    )


class AnswerGroupMembers(Assessment):
    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID]
    institution_id: Mapped[UUID]

    __table_args__ = (
        refers("institution_id", "group_id", to="answer_groups"),
        refers("institution_id", "response_id", to="responses"),
        Index("answer_group_members_of_group", "group_id"),
    )
