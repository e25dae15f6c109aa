"""The tables, as SQLAlchemy's ORM has them; the read models are there already, and are read."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, DateTime, ForeignKey, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), list[dict[str, Any]]: JSONB}


class Person(Base):
    __tablename__ = "people"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    sortable_name: Mapped[str]
    email: Mapped[str]


class Progress(Base):
    __tablename__ = "course_progress"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    completed: Mapped[int]
    last_at: Mapped[datetime]


class Posts(Base):
    __tablename__ = "course_posts"
    course_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("course_cards.course_id"), primary_key=True
    )
    posts: Mapped[int]


class Reads(Base):
    __tablename__ = "course_reads"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seen: Mapped[int]


class CourseCard(Base):
    __tablename__ = "course_cards"
    course_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    lessons: Mapped[int]
    posts: Mapped[Posts | None] = relationship()


class Section(Base):
    __tablename__ = "course_sections"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID]
    name: Mapped[str]
    is_default: Mapped[bool]


class Assignment(Base):
    __tablename__ = "assignments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_cards.course_id"))
    group_id: Mapped[uuid.UUID]
    title: Mapped[str]
    points: Mapped[Decimal]
    due_at: Mapped[datetime | None]
    anonymous: Mapped[bool]
    posting: Mapped[str]
    posted_at: Mapped[datetime | None]
    position: Mapped[int]
    state: Mapped[str]


class Cell(Base):
    __tablename__ = "gradebook_cells"
    user_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignments.id"), primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_cards.course_id"))
    submission_id: Mapped[uuid.UUID | None]
    given_score: Mapped[Decimal | None]
    score: Mapped[Decimal | None]
    source: Mapped[str | None]
    late: Mapped[bool]
    missing_at: Mapped[datetime | None]
    dropped: Mapped[bool]
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    posted: Mapped[bool]
    published: Mapped[bool]
    state: Mapped[str]
    assignment: Mapped[Assignment] = relationship()
    course: Mapped[CourseCard] = relationship()


class CourseGrade(Base):
    __tablename__ = "course_grades"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.user_id"), primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    active: Mapped[bool]
    percent: Mapped[Decimal | None]
    letter: Mapped[str | None]
    to_grade: Mapped[int]
    groups: Mapped[list[dict[str, Any]]]
    person: Mapped[Person] = relationship()
    cells: Mapped[list[Cell]] = relationship(
        primaryjoin="and_(foreign(Cell.user_id) == CourseGrade.user_id,"
        " foreign(Cell.course_id) == CourseGrade.course_id, Cell.published)",
        viewonly=True,
    )


class Seat(Base):
    __tablename__ = "course_roster"
    enrollment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    course_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_cards.course_id"))
    section_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("course_sections.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.user_id"))
    role: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime]
    person: Mapped[Person | None] = relationship()
    course: Mapped[CourseCard] = relationship()
    section: Mapped[Section | None] = relationship()
    progress: Mapped[Progress | None] = relationship(
        primaryjoin="and_(foreign(Seat.user_id) == Progress.user_id,"
        " foreign(Seat.course_id) == Progress.course_id)",
        viewonly=True,
    )
    grade: Mapped[CourseGrade | None] = relationship(
        primaryjoin="and_(foreign(Seat.user_id) == CourseGrade.user_id,"
        " foreign(Seat.course_id) == CourseGrade.course_id, CourseGrade.active)",
        viewonly=True,
    )
    reads: Mapped[Reads | None] = relationship(
        primaryjoin="and_(foreign(Seat.user_id) == Reads.user_id,"
        " foreign(Seat.course_id) == Reads.course_id)",
        viewonly=True,
    )


class Notification(Base):
    __tablename__ = "notifications"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID]
    in_app: Mapped[bool]
    read_at: Mapped[datetime | None]


class User(Base):
    __tablename__ = "users"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    password: Mapped["Password"] = relationship()


class Password(Base):
    __tablename__ = "bench_passwords"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    bcrypt: Mapped[str]


class Enrollment(Base):
    __tablename__ = "enrollments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    institution_id: Mapped[uuid.UUID]
    course_id: Mapped[uuid.UUID]
    section_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    role: Mapped[str]
    created_at: Mapped[datetime]


class Submission(Base):
    __tablename__ = "submissions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    institution_id: Mapped[uuid.UUID]
    course_id: Mapped[uuid.UUID]
    assignment_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    state: Mapped[str]
    current_attempt: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]


class SubmissionVersion(Base):
    __tablename__ = "submission_versions"
    submission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[uuid.UUID]
    body: Mapped[str]
    file_refs: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    sha256: Mapped[bytes]
    at: Mapped[datetime]
