"""Which key, rubric and policy count, how each answer was judged, and who is to judge it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class ScoringVersions(Keyed, Assessment):
    """Which key, rubric, points and policy count together.

    Nothing of it changes but its state.
    """

    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    number: Mapped[int]
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=text("''::text"))
    state: Mapped[str] = mapped_column(server_default=text("'proposed'::text"))
    key_set: Mapped[dict[str, Any]] = mapped_column(
        comment="Question version -> number of its answer key."
    )
    rubric_set: Mapped[dict[str, Any]] = mapped_column(comment="Question -> rubric version.")
    points_set: Mapped[dict[str, Any]] = mapped_column(
        comment="Question version -> points by try, where they differ from the form's."
    )
    policy: Mapped[dict[str, Any]]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="scoring_versions_number_is_positive"),
        one_of(
            "cause",
            ("published", "new_form", "key", "rubric", "points", "policy"),
            name="scoring_versions_cause_is_known",
        ),
        one_of(
            "state", ("proposed", "published", "dropped"), name="scoring_versions_state_is_known"
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("assessment_id", "number", name="scoring_versions_number_once"),
        refers("institution_id", "assessment_id", to="assessments"),
    )


class ItemScores(Assessment):
    """How one answer was judged under one scoring version.

    The highest revision counts: a person's after an AI's, an appeal's after a person's.
    """

    response_id: Mapped[UUID]
    scoring_version_id: Mapped[UUID]
    revision: Mapped[int]
    institution_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    question_id: Mapped[UUID]
    fraction: Mapped[Decimal] = mapped_column(Numeric)
    correct: Mapped[bool]
    parts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    feedback: Mapped[dict[str, Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    method: Mapped[str]
    source_id: Mapped[UUID | None] = mapped_column(
        comment=(
            "The AI job, review or appeal that it comes from; of a carried one the score it was."
        )
    )
    note: Mapped[str] = mapped_column(server_default=text("''::text"))
    at: Mapped[datetime]

    __table_args__ = (
        PrimaryKeyConstraint(
            "response_id", "scoring_version_id", "revision", name="item_scores_one_of_a_revision"
        ),
        CheckConstraint("revision > 0", name="item_scores_revision_is_positive"),
        CheckConstraint(
            "(fraction >= (0)::numeric) AND (fraction <= (1)::numeric)",
            name="item_scores_fraction_is_a_share",
        ),
        one_of("method", ("key", "ai", "human", "carried"), name="item_scores_method_is_known"),
        refers("institution_id", "response_id", to="responses"),
        refers("institution_id", "scoring_version_id", to="scoring_versions"),
        Index("item_scores_of_attempt", "attempt_id"),
        Index("item_scores_of_scoring", "scoring_version_id", "attempt_id"),
    )


class GradingQueue(Assessment):
    """Answers that a person judges."""

    response_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    question_id: Mapped[UUID]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'::text"))
    assigned_to: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    order_key: Mapped[int] = mapped_column(
        BigInteger,
        comment=(
            "Random of the response and stable: no surname comes first, and nobody "
            "loses their place."
        ),
    )
    job_id: Mapped[UUID | None]
    blind: Mapped[bool] = mapped_column(
        server_default=text("true"),
        comment="Whether whoever holds it was not shown what a model thinks.",
    )
    seen_by: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid()),
        server_default=text("'{}'::uuid[]"),
        comment="Graders who were: none of them judges it blind any more.",
    )
    queued_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of(
            "reason",
            (
                "to_be_read",
                "flagged",
                "disagreed",
                "unsure",
                "gate",
                "no_model",
                "budget",
                "sample",
                "undecided",
            ),
            name="grading_queue_reason_is_known",
        ),
        one_of("state", ("waiting", "claimed", "done"), name="grading_queue_state_is_known"),
        CheckConstraint(
            "(state = 'claimed'::text) = (claimed_until IS NOT NULL)",
            name="grading_queue_claimed_by_somebody",
        ),
        CheckConstraint(
            "(state <> 'claimed'::text) OR (assigned_to IS NOT NULL)",
            name="grading_queue_claims_have_a_grader",
        ),
        refers("institution_id", "response_id", to="responses"),
        Index(
            "grading_queue_next",
            "assessment_id",
            "question_id",
            "order_key",
            postgresql_where=text("state <> 'done'::text"),
        ),
    )
