"""What callers see of assignments, submissions and grades."""

from datetime import datetime
from uuid import UUID

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.ids import (
    AssignmentId,
    CommentId,
    CourseId,
    CriterionId,
    GradeId,
    GroupId,
    OverrideId,
    RatingId,
    RubricId,
    RubricVersionId,
    SubmissionId,
    TeamId,
    TeamSetId,
)


class AssignmentGroup(View, kw_only=True):
    """Assignments that are weighed together. `weight` is per cent of the course grade."""

    id: GroupId
    course_id: CourseId
    name: str
    weight: float
    drop_lowest: int
    position: int
    version: int


class CreditStep(View, kw_only=True):
    """From so many minutes before or after the due date: so many per cent of the score."""

    minutes: int
    percent: int


class Credit(View, kw_only=True):
    """What is added for early work and taken from late work; the furthest step reached counts."""

    early: list[CreditStep] = msgspec.field(default_factory=list)
    late: list[CreditStep] = msgspec.field(default_factory=list)


class Assignment(View, kw_only=True):
    """Something to be handed in. Its dates are those of everybody; see `yours` in lists.

    With `posting: manual` students see what they were given from `posted_at` on; null: not yet.
    With a `team_set_id` each team of that set hands it in once, for all its members. With an
    `assessment_id` it stands for that test, which is sat in the assessment service: title, points
    and dates follow the test, and its results are grades with the source `assessment`.
    """

    id: AssignmentId
    course_id: CourseId
    group_id: GroupId
    title: str
    instructions: str
    points: float
    submission_types: list[str]
    max_attempts: int | None
    anonymous: bool
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    rubric_version_id: RubricVersionId | None
    credit: Credit | None
    position: int
    state: str
    posting: str
    posted_at: datetime | None
    version: int
    team_set_id: TeamSetId | None = None
    assessment_id: UUID | None = None


class DateOverride(View, kw_only=True):
    """Other dates for one student or one section; null: as for everybody."""

    id: OverrideId
    assignment_id: AssignmentId
    user_id: UserId | None
    section_id: UUID | None
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    extra_minutes: int
    version: int


class RatingView(View, kw_only=True):
    """A named level of a criterion."""

    id: RatingId
    label: str
    points: float


class CriterionView(View, kw_only=True):
    """One line of a rubric. `grader_note` is null to those who do not grade."""

    id: CriterionId
    description: str
    grader_note: str | None
    points: float
    ratings: list[RatingView]


class RubricVersionView(View, kw_only=True):
    """A version of a rubric, which never changes."""

    id: RubricVersionId
    number: int
    frozen_at: datetime
    criteria: list[CriterionView]


class Rubric(View, kw_only=True):
    """A rubric with its versions, newest first."""

    id: RubricId
    course_id: CourseId
    title: str
    version: int
    versions: list[RubricVersionView]


class Submitted(View, kw_only=True):
    """What was handed in, as it is kept. `sha256` is of the JSON `{"body":…,"files":[…]}`."""

    id: SubmissionId
    assignment_id: AssignmentId
    attempt: int
    sha256: str
    submitted_at: datetime
    due_at: datetime | None
    late: bool
    version: int
    team_id: TeamId | None = None


class SubmittedVersion(View, kw_only=True):
    """One thing handed in; of a team's, `submitted_by` says by which member."""

    attempt: int
    body: str
    files: list[UUID]
    sha256: str
    at: datetime
    submitted_by: UserId | None


class GradeView(View, kw_only=True):
    """One grade that was given: who, why and how. `score` is before the late policy.

    `user_id` is whose grade it is, null to those who grade without names. `alone`: it was given to
    one member of a team. `actor_id` is null where a test gave it, and no person.
    """

    id: GradeId
    user_id: UserId | None
    alone: bool
    version: int
    attempt: int | None
    score: float | None
    excused: bool
    source: str
    reason: str
    actor_id: UserId | None
    at: datetime


class MarkView(View, kw_only=True):
    """The latest mark on a criterion; `version` for `If-Match`."""

    criterion_id: CriterionId
    rating_id: RatingId | None
    points: float
    comment: str
    grader_id: UserId
    attempt: int | None
    version: int
    at: datetime


class CommentView(View, kw_only=True):
    """Something said about a submission, or about a criterion of it."""

    id: CommentId
    author_id: UserId | None
    criterion_id: CriterionId | None
    body: str
    at: datetime


class SubmissionWithVersions(View, kw_only=True):
    """Everything about one student's work, or one team's: then `team_id` and `members` say whose.

    All three are null to those who grade without names.
    """

    id: SubmissionId
    assignment_id: AssignmentId
    course_id: CourseId
    user_id: UserId | None
    team_id: TeamId | None
    team_name: str | None
    members: list[UserId] | None
    state: str
    current_attempt: int
    version: int
    versions: list[SubmittedVersion]
    grades: list[GradeView]
    marks: list[MarkView]
    comments: list[CommentView]


class Graded(View, kw_only=True):
    """The grade that was given, and the version of the submission that it made.

    `people`: how many were given it. Of a team, those have their own whose override or excuse
    stands.
    """

    id: GradeId
    submission_id: SubmissionId
    attempt: int | None
    score: float | None
    excused: bool
    source: str
    version: int
    people: int = 1


class Marked(View, kw_only=True):
    """The mark as it is kept; `version` is its own, `submission_version` is for the grade."""

    submission_id: SubmissionId
    criterion_id: CriterionId
    rating_id: RatingId | None
    points: float
    comment: str
    version: int
    submission_version: int
