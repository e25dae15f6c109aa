"""Tests in their forms, and how they are delivered."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.assessment.tables.base import Assessment


class Assessments(Keyed, Assessment):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'draft'::text"))
    current_number: Mapped[int] = mapped_column(
        server_default=text("0"), comment="The form that a new attempt gets; 0: none is frozen yet."
    )
    scoring_number: Mapped[int] = mapped_column(
        server_default=text("0"), comment="The scoring version that counts; 0: none yet."
    )
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of("kind", ("quiz", "exam", "practice", "survey"), name="assessments_kind_is_known"),
        CheckConstraint("title <> ''::text", name="assessments_have_a_title"),
        one_of("state", ("draft", "published", "archived"), name="assessments_state_is_known"),
        CheckConstraint(
            "(state <> 'published'::text) OR ((current_number > 0) AND (scoring_number > 0))",
            name="assessments_published_have_a_form",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        Index("assessments_of_course", "course_id", "id"),
    )


class AssessmentVersions(Keyed, Assessment):
    """A form of the test. An attempt keeps the form it began with."""

    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    number: Mapped[int]
    instructions: Mapped[str] = mapped_column(server_default=text("''::text"))
    points: Mapped[Decimal] = mapped_column(Numeric)
    made_by: Mapped[UUID]
    frozen_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("number > 0", name="assessment_versions_number_is_positive"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("assessment_id", "number", name="assessment_versions_number_once"),
        refers("institution_id", "assessment_id", to="assessments"),
    )


class AssessmentSections(Keyed, Assessment):
    institution_id: Mapped[UUID]
    assessment_version_id: Mapped[UUID]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(server_default=text("''::text"))
    instructions: Mapped[str] = mapped_column(server_default=text("''::text"))
    pick_n: Mapped[int | None]
    shuffle: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("pick_n > 0", name="assessment_sections_pick_at_least_one"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint(
            "assessment_version_id", "position", name="assessment_sections_position_once"
        ),
        refers("institution_id", "assessment_version_id", to="assessment_versions"),
    )


class SectionItems(Assessment):
    section_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    question_id: Mapped[UUID]
    question_version_id: Mapped[UUID]
    points_list: Mapped[list[Decimal]] = mapped_column(
        ARRAY(Numeric), comment="What the first, second, … right try is worth."
    )

    __table_args__ = (
        CheckConstraint(
            "(cardinality(points_list) >= 1) AND (cardinality(points_list) <= 20)",
            name="section_items_points_are_listed",
        ),
        UniqueConstraint("section_id", "question_id", name="section_items_question_once"),
        refers("institution_id", "section_id", to="assessment_sections"),
        refers("institution_id", "question_version_id", to="question_versions"),
        Index("section_items_of_version", "question_version_id"),
    )


class DeliveryPolicies(Assessment):
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    time_limit: Mapped[int | None] = mapped_column(comment="Seconds from the start.")
    grace: Mapped[int] = mapped_column(
        server_default=text("60"),
        comment=(
            "Seconds after the deadline in which handing in still counts: for a slow network."
        ),
    )
    attempts: Mapped[int | None] = mapped_column(comment="NULL: any number.")
    overdue: Mapped[str] = mapped_column(
        server_default=text("'submit'::text"),
        comment="What becomes of an attempt that nobody handed in.",
    )
    behaviour: Mapped[str] = mapped_column(server_default=text("'deferred'::text"))
    attempt_counts: Mapped[str] = mapped_column(server_default=text("'highest'::text"))
    late_penalty: Mapped[Decimal] = mapped_column(
        Numeric,
        server_default=text("0"),
        comment="Share of the score that handing in within grace costs.",
    )
    reading: Mapped[str] = mapped_column(
        server_default=text("'models'::text"),
        comment=(
            "Who reads first what no key can judge; what a model thinks is let out by "
            "the release gate alone."
        ),
    )
    release: Mapped[str] = mapped_column(server_default=text("'when_final'::text"))
    appeal_days: Mapped[int | None] = mapped_column(
        comment=(
            "Within which a student appeals, from the last release of the result on. 0: not at"
            " all; NULL: at any time."
        )
    )
    points_told: Mapped[bool] = mapped_column(
        server_default=text("true"),
        comment=(
            "Whether it was told that students see points: false from the setting of a policy that"
            " hides them until the test is closed to all."
        ),
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        Index("delivery_policies_untold", "closes_at", postgresql_where=text("NOT points_told")),
        CheckConstraint("time_limit > 0", name="delivery_policies_time_limit_is_positive"),
        CheckConstraint(
            "(grace >= 0) AND (grace <= 86400)", name="delivery_policies_grace_is_not_negative"
        ),
        CheckConstraint("attempts > 0", name="delivery_policies_attempts_are_positive"),
        one_of("overdue", ("submit", "abandon"), name="delivery_policies_overdue_is_known"),
        one_of(
            "behaviour",
            ("deferred", "immediate", "interactive", "certainty"),
            name="delivery_policies_behaviour_is_known",
        ),
        one_of(
            "attempt_counts",
            ("highest", "last", "first", "average"),
            name="delivery_policies_attempt_counts_is_known",
        ),
        CheckConstraint(
            "(late_penalty >= (0)::numeric) AND (late_penalty <= (1)::numeric)",
            name="delivery_policies_late_penalty_is_a_share",
        ),
        one_of("reading", ("models", "people"), name="delivery_policies_reading_is_known"),
        CheckConstraint(
            "(appeal_days >= 0) AND (appeal_days <= 3650)",
            name="delivery_policies_appeal_days_are_not_negative",
        ),
        one_of("release", ("when_final", "by_hand"), name="delivery_policies_release_is_known"),
        CheckConstraint("closes_at > opens_at", name="delivery_policies_close_after_they_open"),
        refers("institution_id", "assessment_id", to="assessments"),
    )


class ReviewPolicies(Assessment):
    """What a student sees of an attempt, and when."""

    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    shows: Mapped[list[str]]

    __table_args__ = (
        one_of(
            "phase",
            ("during", "after_submit", "while_open", "after_close"),
            name="review_policies_phase_is_known",
        ),
        CheckConstraint(
            (
                "shows <@ ARRAY['answers'::text, 'correctness'::text, 'points'::text, "
                "'feedback'::text, 'right_answer'::text, 'solution'::text]"
            ),
            name="review_policies_show_what_there_is",
        ),
        refers("institution_id", "assessment_id", to="assessments"),
    )


class DeliveryOverrides(Keyed, Assessment):
    institution_id: Mapped[UUID]
    assessment_id: Mapped[UUID]
    target_type: Mapped[str]
    target_id: Mapped[UUID]
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    extra_minutes: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="On the time limit, and on the time of closing.",
    )
    extra_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    made_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of("target_type", ("student", "section"), name="delivery_overrides_target_is_known"),
        CheckConstraint(
            "(extra_minutes >= 0) AND (extra_minutes <= 100000)",
            name="delivery_overrides_extra_minutes_are_not_negative",
        ),
        CheckConstraint(
            "(extra_attempts >= 0) AND (extra_attempts <= 1000)",
            name="delivery_overrides_extra_attempts_are_not_negative",
        ),
        CheckConstraint("closes_at > opens_at", name="delivery_overrides_close_after_they_open"),
        UniqueConstraint(
            "assessment_id", "target_type", "target_id", name="delivery_overrides_once"
        ),
        refers("institution_id", "assessment_id", to="assessments"),
    )
