"""The tests of courses, which are sat in the assessment service, and what they came to."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import refers
from eduflow.services.api_core.tables.base import ApiCore


class CourseTests(ApiCore):
    """The tests that were heard of, also those that no grade comes from: what is told of any other comes too early."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    kind: Mapped[str | None] = mapped_column(
        comment=(
            "As the assessment service calls it; NULL: all that was heard is that it is archived."
        )
    )
    archived: Mapped[bool] = mapped_column(server_default=text("false"))
    points_shown: Mapped[bool] = mapped_column(
        server_default=text("true"),
        comment=(
            "Whether students see by now what they got; when that changes, the posting of the"
            " column does."
        ),
    )
    seq: Mapped[int] = mapped_column(
        BigInteger,
        comment=(
            "The event of the assessment service's log that was heard last; an older one changes "
            "nothing."
        ),
    )

    __table_args__ = (refers("institution_id", "course_id", to="courses"),)


class TestResults(ApiCore):
    """What a student's test is worth by the newest result, also where an override or an excuse stands above it."""  # noqa: E501 (word for word)

    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(comment="The latest attempt with a result.")
    scoring_number: Mapped[int]
    seq: Mapped[int] = mapped_column(
        BigInteger,
        comment=(
            "The event of the assessment service's log. One of an older scoring, or before it, "
            "changes nothing."
        ),
    )
    score: Mapped[Decimal] = mapped_column(
        Numeric(12, 4),
        comment=(
            "Over all attempts by the policy of the test, in points of the gradebook's column."
        ),
    )
    out_of: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    late: Mapped[bool]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("score >= 0", name="test_results_score_is_not_negative"),
        refers("institution_id", "assignment_id", to="assignments"),
        refers("institution_id", "user_id", to="users"),
    )
