"""What was handed in, what was said of it, and every grade that was given."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import ApiCore


class Submissions(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    course_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(
        comment="submitted: somebody has to look at it, for the first time or again."
    )
    current_attempt: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(
        server_default=text("1"),
        comment=("Counts attempts, marks and grades alike: whoever grades says on which of them."),
    )
    team_id: Mapped[UUID | None]
    team_set_id: Mapped[UUID | None]

    __table_args__ = (
        one_of(
            "state",
            (
                "unsubmitted",
                "submitted",
                "graded",
                "excused",
            ),
            name="submissions_state_is_known",
        ),
        CheckConstraint(
            "(state <> 'submitted') OR (current_attempt > 0)",
            name="submissions_submitted_has_an_attempt",
        ),
        UniqueConstraint("institution_id", "id"),
        UniqueConstraint("institution_id", "assignment_id", "user_id", "id"),
        UniqueConstraint("assignment_id", "user_id", name="submissions_one_a_person"),
        CheckConstraint(
            "(user_id IS NULL) <> (team_id IS NULL)", name="submissions_of_a_person_or_a_team"
        ),
        CheckConstraint(
            "(team_id IS NULL) = (team_set_id IS NULL)", name="submissions_of_a_team_of_a_set"
        ),
        UniqueConstraint("institution_id", "assignment_id", "id"),
        UniqueConstraint("institution_id", "assignment_id", "team_id", "id"),
        UniqueConstraint("assignment_id", "team_id", name="submissions_one_a_team"),
        ForeignKeyConstraint(
            ["institution_id", "assignment_id", "team_set_id"],
            ["assignments.institution_id", "assignments.id", "assignments.team_set_id"],
            name="submissions_team_set_is_the_assignments",
        ),
        refers(
            *("institution_id", "team_set_id", "team_id"),
            to="teams",
            name="submissions_team_is_of_the_set",
        ),
        Index("submissions_of_team", "team_id", postgresql_where=text("team_id IS NOT NULL")),
        refers("institution_id", "course_id", "assignment_id", to="assignments"),
        refers("institution_id", "user_id", to="users"),
        Index("submissions_of_person", "user_id"),
        Index(
            "submissions_to_grade", "assignment_id", postgresql_where=text("state = 'submitted'")
        ),
    )


class SubmissionVersions(ApiCore):
    """Everything that was handed in, as it was handed in. Nobody may change or delete a row."""

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    body: Mapped[str]
    file_refs: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    sha256: Mapped[bytes]
    at: Mapped[datetime]
    submitted_by: Mapped[UUID | None] = mapped_column(
        comment="Which member of the team; null where the submission is a person's."
    )

    __table_args__ = (
        CheckConstraint("attempt > 0", name="submission_versions_count_from_one"),
        CheckConstraint("length(sha256) = 32", name="submission_versions_digest_is_whole"),
        UniqueConstraint("institution_id", "submission_id", "attempt"),
        refers("institution_id", "submission_id", to="submissions"),
        refers("institution_id", "submitted_by", to="users"),
    )


class SubmissionComments(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    criterion_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    body: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("body <> ''", name="submission_comments_say_something"),
        refers("institution_id", "submission_id", to="submissions"),
        refers("institution_id", "criterion_id", to="rubric_criteria"),
        refers("institution_id", "author_id", to="users"),
        Index("submission_comments_of_submission", "submission_id", "at"),
    )


class GradeEvents(Keyed, ApiCore):
    """Who gave which grade, on what and why. Never changed: the gradebook is their fold."""

    institution_id: Mapped[UUID]
    assignment_id: Mapped[UUID]
    user_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    attempt: Mapped[int | None]
    version: Mapped[int] = mapped_column(comment="The version of the submission that it made.")
    score: Mapped[Decimal | None] = mapped_column(
        Numeric(12, 4),
        comment=(
            "As it was given. What the late policy takes is not in it, unless it is an override."
        ),
    )
    excused: Mapped[bool]
    source: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    actor_id: Mapped[UUID | None]
    out_of: Mapped[Decimal | None] = mapped_column(
        Numeric(12, 4),
        comment="The points of the test when it was given: with other points the score is the same "
        "share of them.",
    )
    at: Mapped[datetime]
    team_id: Mapped[UUID | None]
    alone: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Given to one member only. Such an override or excuse stands against later "
        "grades of the team.",
    )
    of_person: Mapped[UUID | None] = mapped_column(
        Computed("CASE WHEN team_id IS NULL THEN user_id END", persisted=True),
        comment="Whose submission it is, unless it is a team's: what the foreign key compares.",
    )

    __table_args__ = (
        CheckConstraint("score >= 0", name="grade_events_score_is_not_negative"),
        one_of(
            "source",
            (
                "auto",
                "ai",
                "human",
                "override",
                "import",
                "assessment",
            ),
            name="grade_events_source_is_known",
        ),
        CheckConstraint("(score IS NULL) = excused", name="grade_events_score_or_excuse"),
        CheckConstraint(
            "(actor_id IS NOT NULL) OR (source = 'assessment')",
            name="grade_events_are_given_by_somebody",
        ),
        CheckConstraint(
            "(out_of IS NOT NULL) = (source = 'assessment')",
            name="grade_events_of_a_test_are_a_share",
        ),
        CheckConstraint(
            "(source <> 'override') OR (reason <> '')", name="grade_events_override_has_a_reason"
        ),
        CheckConstraint(
            "(NOT alone) OR (team_id IS NOT NULL)", name="grade_events_alone_is_of_a_team"
        ),
        UniqueConstraint("submission_id", "version", "user_id", name="grade_events_version_once"),
        ForeignKeyConstraint(
            ["institution_id", "assignment_id", "of_person", "submission_id"],
            [
                "submissions.institution_id",
                "submissions.assignment_id",
                "submissions.user_id",
                "submissions.id",
            ],
            name="grade_events_are_of_the_person",
        ),
        refers(
            *("institution_id", "assignment_id", "team_id", "submission_id"),
            to="submissions",
            name="grade_events_are_of_the_team",
        ),
        ForeignKeyConstraint(
            ["institution_id", "team_id", "user_id"],
            ["team_members.institution_id", "team_members.team_id", "team_members.user_id"],
            name="grade_events_are_of_a_member",
        ),
        ForeignKeyConstraint(
            ["institution_id", "submission_id", "attempt"],
            [
                "submission_versions.institution_id",
                "submission_versions.submission_id",
                "submission_versions.attempt",
            ],
            name="grade_events_are_of_what_was_handed_in",
        ),
        refers("institution_id", "actor_id", to="users"),
    )
