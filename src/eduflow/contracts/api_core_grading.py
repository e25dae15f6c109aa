"""What api_core publishes of assignments, submissions and grades."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from eduflow.contracts import Event


class AssignmentGroupAdded(Event, frozen=True, kw_only=True, tag="api_core.assignment_group_added"):
    """A course has one more group of assignments."""

    about = "group_id"
    group_id: UUID
    course_id: UUID
    weight: Decimal
    """Per cent of the course grade."""
    drop_lowest: int


class AssignmentGroupChanged(
    Event, frozen=True, kw_only=True, tag="api_core.assignment_group_changed"
):
    """A group as it is now."""

    about = "group_id"
    group_id: UUID
    course_id: UUID
    weight: Decimal
    drop_lowest: int


class AssignmentAdded(Event, frozen=True, kw_only=True, tag="api_core.assignment_added"):
    """A course has one more assignment, published or a draft."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    group_id: UUID
    points: Decimal
    published: bool
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    early: tuple[tuple[int, int], ...]
    """Minutes before the due date, and per cent added."""
    late: tuple[tuple[int, int], ...]
    """Minutes after the due date, and per cent taken."""
    online: bool = True
    """Whether it is handed in here; what is done on paper alone is never missing."""
    anonymous: bool = False
    posting: str = "automatic"
    """`automatic`: a grade is the student's when it is given; `manual`: when grades are posted."""
    team_set_id: UUID | None = None
    """The teams that hand it in; null: everybody for themselves."""


class AssignmentChanged(Event, frozen=True, kw_only=True, tag="api_core.assignment_changed"):
    """An assignment as it is now."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    group_id: UUID
    points: Decimal
    published: bool
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    early: tuple[tuple[int, int], ...]
    late: tuple[tuple[int, int], ...]
    online: bool = True
    anonymous: bool = False
    posting: str = "automatic"
    team_set_id: UUID | None = None


class GradesPosted(Event, frozen=True, kw_only=True, tag="api_core.grades_posted"):
    """Students see what they were given for an assignment, and what they are given from now on."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID
    posted_at: datetime


class GradesHidden(Event, frozen=True, kw_only=True, tag="api_core.grades_hidden"):
    """Students no longer see what they were given for an assignment."""

    about = "assignment_id"
    assignment_id: UUID
    course_id: UUID


class DatesOverridden(Event, frozen=True, kw_only=True, tag="api_core.dates_overridden"):
    """A student, or a section, has other dates for an assignment, as they are now."""

    about = "override_id"
    override_id: UUID
    assignment_id: UUID
    course_id: UUID
    user_id: UUID | None
    section_id: UUID | None
    unlock_at: datetime | None
    due_at: datetime | None
    lock_at: datetime | None
    extra_minutes: int


class RubricFrozen(Event, frozen=True, kw_only=True, tag="api_core.rubric_frozen"):
    """A version of a rubric exists, and will never change."""

    about = "rubric_id"
    rubric_id: UUID
    rubric_version_id: UUID
    course_id: UUID
    number: int


class SubmissionMade(Event, frozen=True, kw_only=True, tag="api_core.submission_made"):
    """A student, or a member for a team, handed something in, for the first time or again."""

    about = "submission_id"
    submission_id: UUID
    assignment_id: UUID
    course_id: UUID
    user_id: UUID
    attempt: int
    submitted_at: datetime
    team_id: UUID | None = None
    members: tuple[UUID, ...] = ()
    """Whose work it is, where it is a team's: its members at that moment."""


class CriterionMarked(Event, frozen=True, kw_only=True, tag="api_core.criterion_marked"):
    """Somebody marked one criterion of a rubric. It is no grade yet."""

    about = "submission_id"
    submission_id: UUID
    assignment_id: UUID
    course_id: UUID
    user_id: UUID | None
    """Null: the work is a team's."""
    criterion_id: UUID
    points: Decimal
    version: int
    team_id: UUID | None = None


class GradeGiven(Event, frozen=True, kw_only=True, tag="api_core.grade_given"):
    """A student has another grade, or is excused. Who gave it is in the envelope."""

    about = "submission_id"
    submission_id: UUID
    assignment_id: UUID
    course_id: UUID
    user_id: UUID
    attempt: int | None
    """What was graded; null where nothing had been handed in."""
    submitted_at: datetime | None
    score: Decimal | None
    """As it was given, before the late policy; null for an excuse."""
    source: str
    """`auto`, `ai`, `human`, `import`; or `override` and `assessment`, which no policy changes."""
    graded_at: datetime
    team_id: UUID | None = None
    """The team whose work it was given on: of a team's grade there is one event a member."""
    out_of: Decimal | None = None
    """Of a test: its points when this was given. With other points the score is the same share."""
    late: bool | None = None
    """Of a test: whether it was late, by deadlines of its own."""


class SubmissionCommented(Event, frozen=True, kw_only=True, tag="api_core.submission_commented"):
    """Somebody said something about what was handed in."""

    about = "submission_id"
    submission_id: UUID
    comment_id: UUID
    assignment_id: UUID
    course_id: UUID
    user_id: UUID | None
    """Whose submission it is, null where it is a team's; who said it is in the envelope."""
    criterion_id: UUID | None
    team_id: UUID | None = None
