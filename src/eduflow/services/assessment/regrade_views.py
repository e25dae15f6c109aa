"""What is told of regrades."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.web import View
from eduflow.services.assessment.ids import AssessmentId, AttemptId, RegradeId


class Regrade(View, kw_only=True):
    """A proposed scoring version, and how far the fold of every answer by it is."""

    id: RegradeId
    assessment_id: AssessmentId
    state: str
    """`running`, `ready` to be published or dropped, `publishing`, `published` or `dropped`."""
    dry_run: bool
    """Whether it waits for a second call; else it publishes itself when it is ready."""
    cause: str
    reason: str
    base_number: int
    """The scoring version that it is compared with."""
    scoring_number: int
    """The one it proposes."""
    total: int
    """Attempts; there may be more when it ends."""
    done: int
    """While it runs those folded, while it is published those moved."""
    changed: int
    """Attempts whose score or points become others."""
    unread: int
    """Answers that are read again once it is published, since their rubric changed."""
    started_at: datetime
    ended_at: datetime | None
    version: int


class RegradeDiff(View, kw_only=True):
    """One attempt before and after."""

    attempt_id: AttemptId
    number: int
    old_score: float | None
    new_score: float | None
    """Both null where `under_appeal`, and nowhere else."""
    old_points: float
    new_points: float
    unread: int
    under_appeal: bool
    """An appeal about an answer of the attempt waits."""


class StudentDiff(View, kw_only=True):
    """One student before and after."""

    user_id: UUID
    name: str | None
    old_counts: float | None
    """What counts over all released attempts; None while nothing is released, or `under_appeal`."""
    new_counts: float | None
    under_appeal: bool
    """An appeal about an answer of any attempt waits: what counts is withheld, and so that it tells
    nothing they are listed whether something changes for them or not."""
    attempts: tuple[RegradeDiff, ...]
    course_effect: "CourseEffect | None" = None
    """What becomes of the course grade; None where api_core could not be asked."""
    no_course_effect: str | None = None
    """Why it is missing."""


class CourseEffect(View, kw_only=True):
    """The course grade in percent, before and after."""

    old_percent: float | None
    new_percent: float | None
