"""What completes a lesson, and what it is judged by."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import one_of, refers
from eduflow.services.api_core.tables.base import ApiCore

RULES = ("said", "viewed", "submitted", "scored")


class CompletionRules(ApiCore):
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    rule: Mapped[str]
    assignment_id: Mapped[UUID | None]
    threshold: Mapped[Decimal | None] = mapped_column(
        Numeric(12, 4), comment="Points, as they were given."
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        one_of("rule", RULES, name="completion_rules_rule_is_known"),
        CheckConstraint("threshold >= 0", name="completion_rules_threshold_is_not_negative"),
        CheckConstraint(
            "(rule IN ('submitted', 'scored')) = (assignment_id IS NOT NULL)",
            name="completion_rules_work_is_named",
        ),
        CheckConstraint(
            "(rule = 'scored') = (threshold IS NOT NULL)",
            name="completion_rules_scores_have_a_threshold",
        ),
        refers(
            "institution_id",
            "course_id",
            "lesson_id",
            to="lessons",
            name="completion_rules_lesson_is_of_the_course",
        ),
        refers(
            "institution_id",
            "course_id",
            "assignment_id",
            to="assignments",
            name="completion_rules_assignment_is_of_the_course",
        ),
    )


class ProgressRules(ApiCore):
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    rule: Mapped[str]
    assignment_id: Mapped[UUID | None]
    threshold: Mapped[Decimal | None] = mapped_column(Numeric())
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("progress_rules_of_assignment", "assignment_id"),)


class ProgressWork(ApiCore):
    """What lessons can be completed by: that work was handed in, and the last grade as it was given."""  # noqa: E501 (word for word)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    institution_id: Mapped[UUID]
    submitted: Mapped[bool] = mapped_column(server_default=text("false"))
    excused: Mapped[bool] = mapped_column(server_default=text("false"))
    score: Mapped[Decimal | None] = mapped_column(Numeric())
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    __table_args__ = (Index("progress_work_of_assignment", "assignment_id"),)


class ProgressPostings(ApiCore):
    """Whether a score may complete a lesson: how an assignment is posted, and whether it is."""

    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    by_hand: Mapped[bool] = mapped_column(server_default=text("false"))
    by_hand_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    posted: Mapped[bool] = mapped_column(server_default=text("false"))
    posted_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
