"""What is told of an attempt, by whoever tells it: a command's answer or a query's."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.web import View
from eduflow.services.assessment.ids import AssessmentId, AttemptId, FileId


class Attempt(View, kw_only=True):
    """An attempt, without what it asks."""

    id: AttemptId
    assessment_id: AssessmentId
    user_id: UUID
    number: int
    state: str
    behaviour: str
    started_at: datetime
    deadline_at: datetime | None
    grace_until: datetime | None
    submitted_at: datetime | None
    late: bool
    version: int


class Saved(View, kw_only=True):
    """An answer that is kept, and the revision it has."""

    question_id: UUID
    revision: int
    saved_at: datetime


class Graded(View, kw_only=True):
    """How an attempt stands after it was handed in."""

    id: AttemptId
    state: str
    submitted_at: datetime
    late: bool
    unjudged: int
    """Answers that are read by a person or a model; the score is final when there are none."""
    score: float | None
    """None: the review policy does not show it yet, or it has not been released."""
    points: float
    items: tuple["GradedItem", ...]
    version: int


class GradedItem(View, kw_only=True):
    """One answer, as far as the review policy shows how it was judged."""

    question_id: UUID
    judged: bool
    correct: bool | None
    earned: float | None
    points: float
    feedback: tuple[str, ...]


class Tried(View, kw_only=True):
    """How an answer was judged at once."""

    question_id: UUID
    tries: int
    tries_left: int
    judged: bool
    correct: bool | None
    fraction: float | None
    feedback: tuple[str, ...]


class Hinted(View, kw_only=True):
    """A hint, and what it took."""

    question_id: UUID
    text: str
    cost: float
    """Share of the question's points."""
    hints_left: int


class SentFile(View, kw_only=True):
    """A file that an answer may name by its id. `sha256` is of what arrived."""

    id: FileId
    name: str
    size: int
    sha256: str
