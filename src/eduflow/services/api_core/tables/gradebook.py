"""The read model `gradebook`: what was said last, and what follows from it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.services.api_core.tables.base import ApiCore


class GradebookGroups(ApiCore):
    group_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    weight: Mapped[Decimal] = mapped_column(Numeric())
    drop_lowest: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("gradebook_groups_of_course", "course_id"),)


class GradebookAssignments(ApiCore):
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    group_id: Mapped[UUID]
    points: Mapped[Decimal] = mapped_column(Numeric())
    published: Mapped[bool]
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    lock_at: Mapped[datetime | None]
    curve: Mapped[dict[str, Any]]
    seq: Mapped[int] = mapped_column(BigInteger)
    online: Mapped[bool] = mapped_column(server_default=text("true"))
    blind: Mapped[bool] = mapped_column(server_default=text("false"))
    by_hand: Mapped[bool] = mapped_column(server_default=text("false"))
    changed_at: Mapped[datetime | None]

    __table_args__ = (Index("gradebook_assignments_of_course", "course_id"),)


class GradebookPostings(ApiCore):
    """Whether the grades of an assignment were posted, or hidden again, last."""

    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    posted: Mapped[bool]
    seq: Mapped[int] = mapped_column(BigInteger)


class GradebookOverrides(ApiCore):
    override_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    section_id: Mapped[UUID | None]
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    lock_at: Mapped[datetime | None]
    extra_minutes: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None]

    __table_args__ = (Index("gradebook_overrides_of_course", "course_id"),)


class GradebookSeats(ApiCore):
    """The seats of students: which sections' dates are theirs, and who is in the gradebook."""

    enrollment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    section_id: Mapped[UUID]
    user_id: Mapped[UUID]
    state: Mapped[str]

    __table_args__ = (Index("gradebook_seats_of_course", "course_id", "user_id"),)


class GradebookCells(ApiCore):
    """One student and one assignment: what was said, and by the course's rules what it is worth."""

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    submission_id: Mapped[UUID | None] = mapped_column(
        comment="The work; where there is none, what was graded."
    )
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    submitted_at: Mapped[datetime | None]
    submitted_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    given_score: Mapped[Decimal | None] = mapped_column(Numeric())
    excused: Mapped[bool] = mapped_column(server_default=text("false"))
    source: Mapped[str | None]
    graded_attempt: Mapped[int | None]
    graded_work_at: Mapped[datetime | None]
    graded_at: Mapped[datetime | None]
    graded_by: Mapped[UUID | None]
    graded_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    unlock_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(
        comment="For this student, by the overrides for them and their sections."
    )
    lock_at: Mapped[datetime | None]
    published: Mapped[bool] = mapped_column(server_default=text("false"))
    score: Mapped[Decimal | None] = mapped_column(
        Numeric(),
        comment=("What counts: the given score by the credit policy; an override as it is."),
    )
    late: Mapped[bool] = mapped_column(server_default=text("false"))
    dropped: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(
        server_default="none",
        comment=(
            "none, submitted, graded, resubmitted (graded, and handed in again since), excused."
        ),
    )
    missing_at: Mapped[datetime | None] = mapped_column(
        comment="From when on nothing having been handed in counts as missing; null: never."
    )
    posted: Mapped[bool] = mapped_column(
        server_default=text("true"),
        comment="Whether the student sees what was given, and so whether it counts.",
    )
    blind: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Graded without names, and not posted yet: the gradebook shows nothing of it.",
    )
    work_id: Mapped[UUID | None] = mapped_column(
        comment="What was handed in, by the student or the team they are in."
    )
    graded_id: Mapped[UUID | None] = mapped_column(comment="What the last grade was given on.")
    given_out_of: Mapped[Decimal | None] = mapped_column(
        Numeric(),
        comment="Where the score is a share of points that may change: of how many it was given.",
    )
    graded_late: Mapped[bool | None] = mapped_column(
        comment="Whether it was late, where a test says so: its deadlines are its own."
    )

    __table_args__ = (
        Index("gradebook_cells_of_course", "course_id", "user_id"),
        Index(
            "gradebook_cells_due_of_person",
            *("user_id", "due_at", "assignment_id"),
            postgresql_where=text("published AND state = 'none'"),
        ),
        Index(
            "gradebook_cells_due",
            "due_at",
            postgresql_where=text("published AND state = 'none'"),
        ),
    )


class CourseGrades(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(
        comment=("Whether the student takes part or has completed, and so stands in the gradebook.")
    )
    percent: Mapped[Decimal | None] = mapped_column(
        Numeric(), comment="Of 100, to four decimals; null while nothing is graded."
    )
    letter: Mapped[str | None]
    groups: Mapped[list[Any]] = mapped_column(JSONB())
    to_grade: Mapped[int]

    __table_args__ = (Index("course_grades_of_course", "course_id", "user_id"),)
