"""Rubrics, whose versions are frozen from birth, and every mark that was made by them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, refers
from eduflow.services.api_core.tables.base import ApiCore


class Rubrics(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    title: Mapped[str]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        refers("institution_id", "course_id", to="courses"),
        Index("rubrics_of_course", "course_id", "id"),
    )


class RubricVersions(Keyed, ApiCore):
    """Frozen from birth: what a grade cites never changes under it."""

    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    rubric_id: Mapped[UUID]
    number: Mapped[int]
    frozen_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="rubric_versions_count_from_one"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        UniqueConstraint("rubric_id", "number", name="rubric_versions_number_once"),
        refers("institution_id", "course_id", "rubric_id", to="rubrics"),
    )


class RubricCriteria(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    rubric_version_id: Mapped[UUID]
    position: Mapped[int]
    description: Mapped[str]
    grader_note: Mapped[str] = mapped_column(
        server_default="", comment="For those who grade; learners never see it."
    )
    points: Mapped[Decimal] = mapped_column(Numeric(12, 4))

    __table_args__ = (
        CheckConstraint("points >= 0", name="rubric_criteria_points_are_not_negative"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "rubric_version_id", "id"),
        refers("institution_id", "rubric_version_id", to="rubric_versions"),
        Index("rubric_criteria_of_version", "rubric_version_id", "position"),
    )


class RubricRatings(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    criterion_id: Mapped[UUID]
    position: Mapped[int]
    label: Mapped[str]
    points: Mapped[Decimal] = mapped_column(Numeric(12, 4))

    __table_args__ = (
        CheckConstraint("points >= 0", name="rubric_ratings_points_are_not_negative"),
        UniqueConstraint("institution_id", "criterion_id", "id"),
        refers("institution_id", "criterion_id", to="rubric_criteria"),
        Index("rubric_ratings_of_criterion", "criterion_id", "position"),
    )


class RubricAssessments(Keyed, ApiCore):
    """Every mark on a criterion; the highest version counts. Rows are never changed."""

    institution_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    submission_id: Mapped[UUID]
    attempt: Mapped[int | None] = mapped_column(
        comment="What was handed in when it was marked; null where nothing had been."
    )
    rubric_version_id: Mapped[UUID]
    criterion_id: Mapped[UUID]
    rating_id: Mapped[UUID | None]
    points: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    comment: Mapped[str] = mapped_column(server_default="")
    grader_id: Mapped[UUID]
    version: Mapped[int]
    at: Mapped[datetime]
    team_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("points >= 0", name="rubric_assessments_points_are_not_negative"),
        CheckConstraint("version > 0", name="rubric_assessments_count_from_one"),
        UniqueConstraint(
            "submission_id", "criterion_id", "version", name="rubric_assessments_version_once"
        ),
        refers(
            "institution_id",
            "assignment_id",
            "user_id",
            "submission_id",
            to="submissions",
            name="rubric_assessments_are_of_the_person",
        ),
        CheckConstraint(
            "(user_id IS NULL) <> (team_id IS NULL)",
            name="rubric_assessments_of_a_person_or_a_team",
        ),
        refers(
            *("institution_id", "assignment_id", "team_id", "submission_id"),
            to="submissions",
            name="rubric_assessments_are_of_the_team",
        ),
        ForeignKeyConstraint(
            ["institution_id", "submission_id", "attempt"],
            [
                "submission_versions.institution_id",
                "submission_versions.submission_id",
                "submission_versions.attempt",
            ],
            name="rubric_assessments_are_of_what_was_handed_in",
        ),
        ForeignKeyConstraint(
            ["institution_id", "assignment_id", "rubric_version_id"],
            ["assignments.institution_id", "assignments.id", "assignments.rubric_version_id"],
            name="rubric_assessments_use_the_rubric_of_the_assignment",
        ),
        refers(
            "institution_id",
            "rubric_version_id",
            "criterion_id",
            to="rubric_criteria",
            name="rubric_assessments_criterion_is_of_the_rubric",
        ),
        refers(
            "institution_id",
            "criterion_id",
            "rating_id",
            to="rubric_ratings",
            name="rubric_assessments_rating_is_of_the_criterion",
        ),
        refers("institution_id", "grader_id", to="users"),
    )
