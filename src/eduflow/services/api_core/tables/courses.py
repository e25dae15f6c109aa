"""Courses, their sections and lessons, who has a seat in them, and what they did there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import TIERS, ApiCore


class Courses(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    term_id: Mapped[UUID | None]
    code: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    tier: Mapped[str | None]
    sis_id: Mapped[str | None]
    starts_on: Mapped[datetime | None]
    ends_on: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="draft")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers("institution_id", to="institutions"),
        refers("institution_id", "account_id", to="accounts"),
        refers("institution_id", "term_id", to="terms", name="courses_term_exists"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "sis_id", name="courses_sis_id_once"),
        CheckConstraint("ends_on > starts_on", name="courses_end_after_they_start"),
        one_of("tier", TIERS, name="courses_tier_is_known"),
        one_of(
            "state", ("draft", "published", "concluded", "deleted"), name="courses_state_is_known"
        ),
        # Serves the catalogue, page by page.
        Index(
            "courses_by_code",
            *("institution_id", "code", "id"),
            postgresql_where=text("state <> 'deleted'"),
        ),
    )


class CourseSections(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    name: Mapped[str]
    sis_id: Mapped[str | None]
    starts_on: Mapped[datetime | None]
    ends_on: Mapped[datetime | None]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers("institution_id", "course_id", to="courses"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        UniqueConstraint("institution_id", "sis_id", name="course_sections_sis_id_once"),
        CheckConstraint("ends_on > starts_on", name="course_sections_end_after_they_start"),
        one_of("state", ("active", "deleted"), name="course_sections_state_is_known"),
        Index(
            "course_sections_one_default",
            "course_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index("course_sections_of_course", "course_id", "id"),
    )


class Enrollments(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    section_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="active")
    observes_user_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers(
            *("institution_id", "course_id", "section_id"),
            to="course_sections",
            name="enrollments_section_is_of_the_course",
        ),
        refers("institution_id", "user_id", to="users", name="enrollments_person_exists"),
        refers(
            *("institution_id", "observes_user_id"),
            to="users",
            name="enrollments_observed_exists",
        ),
        UniqueConstraint(
            *("section_id", "user_id", "role", "observes_user_id"),
            name="enrollments_one_seat",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "observes_user_id IS NULL OR role = 'observer'",
            name="enrollments_only_observers_observe",
        ),
        one_of(
            "role",
            ("student", "teacher", "ta", "observer", "designer"),
            name="enrollments_role_is_of_a_course",
        ),
        one_of(
            "state",
            ("invited", "active", "inactive", "completed", "withdrawn"),
            name="enrollments_state_is_known",
        ),
        Index("enrollments_of_person", "user_id", "course_id"),
        Index("enrollments_of_course", "course_id"),
    )


class CourseModules(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    title: Mapped[str]
    position: Mapped[int]
    unlock_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers("institution_id", "course_id", to="courses"),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        CheckConstraint("position > 0", name="course_modules_position_is_positive"),
        Index("course_modules_of_course", "course_id", "position", "id"),
    )


class Lessons(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    module_id: Mapped[UUID]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(server_default="")
    position: Mapped[int]
    content_item_id: Mapped[UUID | None]
    content_version: Mapped[int | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        refers(
            *("institution_id", "course_id", "module_id"),
            to="course_modules",
            name="lessons_module_is_of_the_course",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "course_id", "id"),
        CheckConstraint("position > 0", name="lessons_position_is_positive"),
        CheckConstraint(
            "(content_item_id IS NULL) = (content_version IS NULL)", name="lessons_pin_a_version"
        ),
        Index("lessons_of_module", "module_id", "position", "id"),
    )


class LessonProgressEvents(Keyed, ApiCore):
    """What people did with lessons. Progress is a fold of it, and is never written by hand."""

    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    user_id: Mapped[UUID]
    kind: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        refers("institution_id", "lesson_id", to="lessons"),
        refers("institution_id", "user_id", to="users"),
        one_of(
            "kind",
            ("viewed", "completed", "reopened"),
            name="lesson_progress_events_kind_is_known",
        ),
        Index("lesson_progress_events_of_person", "user_id", "lesson_id", "at"),
    )
