"""What is to be handed in, by whom and when; and by what it is graded."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import ApiCore


class AssignmentGroups(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    name: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(
        Numeric(7, 4),
        comment=(
            "Per cent of the course grade. In a course whose groups all weigh nothing, "
            "points count as they are."
        ),
    )
    drop_lowest: Mapped[int]
    position: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint(
            "(weight >= 0) AND (weight <= 100)", name="assignment_groups_weight_is_a_share"
        ),
        CheckConstraint("drop_lowest >= 0", name="assignment_groups_drop_some_or_none"),
        CheckConstraint('"position" > 0', name="assignment_groups_position_is_positive"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        refers("institution_id", "course_id", to="courses"),
        Index("assignment_groups_of_course", "course_id", "position", "id"),
    )


class Assignments(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    group_id: Mapped[UUID]
    title: Mapped[str]
    instructions: Mapped[str] = mapped_column(server_default="")
    points: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    submission_types: Mapped[list[str]]
    max_attempts: Mapped[int | None]
    anonymous: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whoever grades sees no names."
    )
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    lock_at: Mapped[datetime | None]
    rubric_version_id: Mapped[UUID | None]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="draft")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    posting: Mapped[str] = mapped_column(server_default="automatic")
    posted_at: Mapped[datetime | None] = mapped_column(
        comment="Since when students see what they were given; null: not, unless it is automatic."
    )
    team_set_id: Mapped[UUID | None] = mapped_column(
        comment="The teams that hand it in, each once for all its members; "
        "null: everybody for themselves."
    )
    assessment_id: Mapped[UUID | None] = mapped_column(
        comment="The test it stands for, which is sat in the assessment service; NULL: it is "
        "handed in here."
    )

    __table_args__ = (
        one_of("posting", ("automatic", "manual"), name="assignments_posting_is_known"),
        CheckConstraint(
            "NOT anonymous OR posting = 'manual'", name="assignments_blind_are_posted_by_hand"
        ),
        CheckConstraint("points >= 0", name="assignments_points_are_not_negative"),
        CheckConstraint(
            (
                "(cardinality(submission_types) > 0) AND (submission_types <@ ARRAY['text', "
                "'file', 'paper', 'test'])"
            ),
            name="assignments_are_handed_in_somehow",
        ),
        CheckConstraint(
            (
                "((assessment_id IS NOT NULL) = ('test' = ANY (submission_types))) AND "
                "((assessment_id IS NULL) OR ((submission_types = ARRAY['test']) AND "
                "(team_set_id IS NULL) AND (rubric_version_id IS NULL) AND (NOT anonymous)))"
            ),
            name="assignments_of_a_test_are_nothing_else",
        ),
        UniqueConstraint("institution_id", "assessment_id", name="assignments_assessment_once"),
        ForeignKeyConstraint(
            ["institution_id", "assessment_id"],
            ["course_tests.institution_id", "course_tests.assessment_id"],
        ),
        CheckConstraint("max_attempts > 0", name="assignments_allow_an_attempt"),
        CheckConstraint('"position" > 0', name="assignments_position_is_positive"),
        one_of(
            "state",
            (
                "draft",
                "published",
            ),
            name="assignments_state_is_known",
        ),
        CheckConstraint(
            (
                "((unlock_at IS NULL) OR (due_at IS NULL) OR (unlock_at <= due_at)) AND "
                "((due_at IS NULL) OR (lock_at IS NULL) OR (due_at <= lock_at)) AND "
                "((unlock_at IS NULL) OR (lock_at IS NULL) OR (unlock_at < lock_at))"
            ),
            name="assignments_dates_are_in_order",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        UniqueConstraint("institution_id", "id", "rubric_version_id", name="assignments_rubric_of"),
        UniqueConstraint("institution_id", "id", "team_set_id", name="assignments_team_set_of"),
        refers(
            *("institution_id", "course_id", "team_set_id"),
            to="team_sets",
            name="assignments_team_set_is_of_the_course",
        ),
        refers(
            "institution_id",
            "course_id",
            "group_id",
            to="assignment_groups",
            name="assignments_group_is_of_the_course",
        ),
        refers(
            "institution_id",
            "course_id",
            "rubric_version_id",
            to="rubric_versions",
            name="assignments_rubric_is_of_the_course",
        ),
        Index("assignments_of_course", "course_id", "position", "id"),
    )


class CreditPolicies(ApiCore):
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    curve: Mapped[dict[str, Any]] = mapped_column(
        comment=(
            "{early: [{minutes, percent}], late: [{minutes, percent}]}: what is added or "
            "taken for how long before or after the due date."
        )
    )

    __table_args__ = (refers("institution_id", "assignment_id", to="assignments"),)


class AssignmentOverrides(Keyed, ApiCore):
    """Other dates for a student or a section; a date that is null is the one of everybody."""

    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    section_id: Mapped[UUID | None]
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    lock_at: Mapped[datetime | None]
    extra_minutes: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("extra_minutes >= 0", name="assignment_overrides_give_time"),
        CheckConstraint(
            "(user_id IS NULL) <> (section_id IS NULL)",
            name="assignment_overrides_for_a_student_or_a_section",
        ),
        UniqueConstraint(
            "assignment_id",
            "user_id",
            "section_id",
            name="assignment_overrides_once",
            postgresql_nulls_not_distinct=True,
        ),
        refers(
            "institution_id",
            "course_id",
            "assignment_id",
            to="assignments",
            name="assignment_overrides_assignment_is_of_the_course",
        ),
        refers("institution_id", "user_id", to="users"),
        refers(
            "institution_id",
            "course_id",
            "section_id",
            to="course_sections",
            name="assignment_overrides_section_is_of_the_course",
        ),
    )
