"""Remembered answers: written by folds alone, and made again from zero by `eduflow rebuild`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.services.api_core.tables.base import ApiCore


class CourseRoster(ApiCore):
    enrollment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    section_id: Mapped[UUID]
    user_id: Mapped[UUID]
    role: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime]

    __table_args__ = (
        Index("course_roster_page", "course_id", "since", "enrollment_id"),
        Index("course_roster_of_person", "user_id", "course_id"),
    )


class People(ApiCore):
    """A small copy of names, fed by person.* events, joined where names are shown."""

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    display_name: Mapped[str]
    sortable_name: Mapped[str]
    email: Mapped[str]
    state: Mapped[str]


class CourseCards(ApiCore):
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    code: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    lessons: Mapped[int] = mapped_column(server_default=text("0"))


class LessonCompletions(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    completed: Mapped[bool] = mapped_column(comment="By the rule of the lesson.")
    at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(
        BigInteger,
        server_default=text("0"),
        comment="The event that said so; an older one that arrives later changes nothing.",
    )
    said: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether the learner said last that it is done."
    )
    viewed: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (Index("lesson_completions_of_lesson", "lesson_id"),)


class CourseProgress(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    completed: Mapped[int]
    last_at: Mapped[datetime | None]

    __table_args__ = (Index("course_progress_of_course", "course_id", "user_id"),)
