"""Attempts and what was answered."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class Variants(Keyed, Assessment):
    """What was drawn for a seed: kept, so that nobody need draw it alike years later."""

    institution_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    seed: Mapped[int] = mapped_column(BigInteger)
    params: Mapped[dict[str, Any]]
    true_answer: Mapped[dict[str, Any]]

    __table_args__ = (
        UniqueConstraint("question_version_id", "seed", name="variants_seed_once"),
        UniqueConstraint("institution_id", "id"),
        refers("institution_id", "question_version_id", to="question_versions"),
    )


class Attempts(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    assessment_version_id: Mapped[UUID]
    user_id: Mapped[UUID]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'in_progress'::text"))
    behaviour: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    items: Mapped[dict[str, Any]] = mapped_column(
        comment=(
            "What this attempt asks, in its order: question, version, section, points "
            "by try, variant."
        )
    )
    session_id: Mapped[UUID] = mapped_column(
        comment=(
            "The login it was last worked on in: another one is told to whoever looks for signs."
        )
    )
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None] = mapped_column(
        comment="By the server's clock. NULL: there is no limit."
    )
    grace_until: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(server_default=text("false"))
    unjudged: Mapped[int | None] = mapped_column(
        comment="How many answers nobody has judged yet; NULL until it is handed in."
    )
    score: Mapped[Decimal | None] = mapped_column(
        Numeric, comment="Under the scoring version that counts; final when nothing is unjudged."
    )
    points: Mapped[Decimal] = mapped_column(Numeric)
    scoring_number: Mapped[int]
    released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("number > 0", name="attempts_number_is_positive"),
        one_of("state", ("in_progress", "submitted", "abandoned"), name="attempts_state_is_known"),
        CheckConstraint("grace_until >= deadline_at", name="attempts_grace_follows_the_deadline"),
        CheckConstraint(
            "(state = 'submitted'::text) = (submitted_at IS NOT NULL)",
            name="attempts_handed_in_have_a_time",
        ),
        CheckConstraint(
            "(released_at IS NULL) OR (unjudged = 0)", name="attempts_released_are_judged"
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("assessment_id", "user_id", "number", name="attempts_number_once"),
        refers("institution_id", "assessment_version_id", to="assessment_versions"),
        Index(
            "attempts_one_in_progress",
            "assessment_id",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'in_progress'::text"),
        ),
        Index("attempts_of_person", "user_id", "assessment_id"),
        Index(
            "attempts_overdue", "grace_until", postgresql_where=text("state = 'in_progress'::text")
        ),
        Index("attempts_of_course", "course_id"),
    )


class AttemptEvents(Assessment):
    """What happened to an attempt, in order.

    A teacher reads it, and GET /attempts/{id}/events sends it on.
    """

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    institution_id: Mapped[UUID]
    kind: Mapped[str]
    question_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[datetime]

    __table_args__ = (
        one_of(
            "kind",
            (
                "started",
                "resumed",
                "tried",
                "hinted",
                "submitted",
                "submitted_by_clock",
                "abandoned",
                "time_added",
                "judged",
                "released",
                "regraded",
                "appealed",
            ),
            name="attempt_events_kind_is_known",
        ),
        refers("institution_id", "attempt_id", to="attempts"),
    )


class IntegrityEvents(Keyed, Assessment):
    """Signals, not verdicts: they are shown to a person and change no score."""

    institution_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[datetime]

    __table_args__ = (
        one_of(
            "kind",
            ("device_changed", "left_page", "returned", "pasted", "two_windows"),
            name="integrity_events_kind_is_known",
        ),
        refers("institution_id", "attempt_id", to="attempts"),
        Index("integrity_events_of_attempt", "attempt_id", "at"),
    )


class ResponseDrafts(Assessment):
    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    value: Mapped[dict[str, Any]]
    certainty: Mapped[int | None] = mapped_column(SmallInteger)
    revision: Mapped[int] = mapped_column(
        BigInteger,
        comment=("Counted by whoever writes the answer; an older one never overwrites a newer."),
    )
    seconds: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Spent on the question so far, as the page measured it."
    )
    saved_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "(certainty >= 1) AND (certainty <= 3)", name="response_drafts_certainty_is_known"
        ),
        CheckConstraint("revision > 0", name="response_drafts_revision_is_positive"),
        refers("institution_id", "attempt_id", to="attempts"),
    )


class Responses(Keyed, Assessment):
    """What was answered. Never changed: every score, also years later, is computed from it."""

    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    question_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    try_number: Mapped[int]
    value: Mapped[dict[str, Any]]
    certainty: Mapped[int | None] = mapped_column(SmallInteger)
    hints: Mapped[int] = mapped_column(server_default=text("0"))
    seconds: Mapped[int] = mapped_column(server_default=text("0"))
    last: Mapped[bool] = mapped_column(
        comment="Whether it was given by handing the attempt in, and no try follows."
    )
    sha256: Mapped[bytes] = mapped_column(
        comment="Of question version, variant, try, value, certainty and hints."
    )
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("try_number > 0", name="responses_try_is_positive"),
        CheckConstraint(
            "(certainty >= 1) AND (certainty <= 3)", name="responses_certainty_is_known"
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("attempt_id", "question_id", "try_number", name="responses_try_once"),
        refers("institution_id", "attempt_id", to="attempts"),
        Index("responses_of_question", "assessment_id", "question_id", "id"),
    )


class ResponseFiles(Keyed, Assessment):
    """Files for an answer to name.

    They are in the object store, under answers/{institution_id}/{id}.
    """

    institution_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    question_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(comment="As whoever sent it says.")
    size: Mapped[int]
    sha256: Mapped[bytes]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("size > 0", name="response_files_size_is_positive"),
        refers("institution_id", "attempt_id", to="attempts"),
        Index("response_files_of_attempt", "attempt_id", "question_id"),
    )
