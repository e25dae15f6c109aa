"""Who reviews whose work, and what they say of it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import ApiCore


def _of_the_settings() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["institution_id", "assignment_id"],
        ["peer_review_settings.institution_id", "peer_review_settings.assignment_id"],
    )


class PeerReviewSettings(ApiCore):
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    reviews: Mapped[int]
    due_at: Mapped[datetime | None]
    anonymous: Mapped[bool] = mapped_column(
        comment="Reviewers do not learn whose work it is, nor authors who reviewed it."
    )
    exclude_teammates: Mapped[bool]
    use_rubric: Mapped[bool]
    turn: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Counted up by every allocation and withdrawal, which so come one after the other.",
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("reviews BETWEEN 1 AND 20", name="peer_review_settings_ask_for_some"),
        UniqueConstraint("institution_id", "assignment_id"),
        refers("institution_id", "course_id", "assignment_id", to="assignments"),
    )


class PeerReviewRules(ApiCore):
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    reviewer_id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    kind: Mapped[str]

    __table_args__ = (
        one_of("kind", ("must", "must_not"), name="peer_review_rules_kind_is_known"),
        CheckConstraint("reviewer_id <> author_id", name="peer_review_rules_are_of_two"),
        _of_the_settings(),
        refers("institution_id", "reviewer_id", to="users"),
        refers("institution_id", "author_id", to="users"),
    )


class PeerReviewAllocations(Keyed, ApiCore):
    """Who is to review which work, and what they said of the whole. Nothing in it is a grade."""

    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    reviewer_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(
        comment="withdrawn: taken back by hand, and never given to the same reviewer again "
        "but by hand."
    )
    by_hand: Mapped[bool]
    comment: Mapped[str] = mapped_column(server_default="")
    attempt: Mapped[int | None] = mapped_column(
        comment="Which version was reviewed, once it is finished."
    )
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(
        server_default=text("1"), comment="Counts marks and comments alike."
    )

    __table_args__ = (
        one_of(
            "state",
            ("allocated", "finished", "withdrawn"),
            name="peer_review_allocations_state_is_known",
        ),
        CheckConstraint(
            "(state <> 'finished') OR ((attempt IS NOT NULL) AND (finished_at IS NOT NULL))",
            name="peer_review_allocations_finished_is_of_something",
        ),
        UniqueConstraint("institution_id", "assignment_id", "id"),
        UniqueConstraint("submission_id", "reviewer_id", name="peer_review_allocations_once"),
        _of_the_settings(),
        refers("institution_id", "assignment_id", "submission_id", to="submissions"),
        ForeignKeyConstraint(
            ["institution_id", "submission_id", "attempt"],
            [
                "submission_versions.institution_id",
                "submission_versions.submission_id",
                "submission_versions.attempt",
            ],
        ),
        refers("institution_id", "reviewer_id", to="users"),
        Index("peer_review_allocations_of_assignment", "assignment_id", "id"),
        Index("peer_review_allocations_of_reviewer", "reviewer_id", "id"),
    )


class PeerReviewMarks(ApiCore):
    """What a peer says of one criterion. It never enters the gradebook."""

    allocation_id: Mapped[UUID] = mapped_column(primary_key=True)
    criterion_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID]
    rating_id: Mapped[UUID | None]
    points: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    comment: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("points >= 0", name="peer_review_marks_points_are_not_negative"),
        refers("institution_id", "assignment_id", "allocation_id", to="peer_review_allocations"),
        ForeignKeyConstraint(
            ["institution_id", "assignment_id", "rubric_version_id"],
            ["assignments.institution_id", "assignments.id", "assignments.rubric_version_id"],
            name="peer_review_marks_use_the_rubric_of_the_assignment",
        ),
        refers("institution_id", "rubric_version_id", "criterion_id", to="rubric_criteria"),
        refers("institution_id", "criterion_id", "rating_id", to="rubric_ratings"),
    )
