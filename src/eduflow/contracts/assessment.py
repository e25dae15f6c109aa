"""What assessment publishes: which tests there are, who sat them, and what answers were worth.

Ids and numbers; what was asked and answered stays where it is.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts import Event


class AssessmentPublished(Event, frozen=True, kw_only=True, tag="assessment.published"):
    """A test, as it now is for those who may sit it: for the first time, or changed."""

    about = "assessment_id"
    assessment_id: UUID
    course_id: UUID
    title: str
    kind: str
    points: Decimal
    form: int
    scoring_number: int
    opens_at: datetime | None
    closes_at: datetime | None
    points_shown: bool = True
    """Whether students see by now what released attempts are worth; the review policy says so."""


class AssessmentArchived(Event, frozen=True, kw_only=True, tag="assessment.archived"):
    """Nobody sits it any more; what was sat stays."""

    about = "assessment_id"
    assessment_id: UUID
    course_id: UUID


class AttemptStarted(Event, frozen=True, kw_only=True, tag="assessment.attempt_started"):
    """Somebody sits a test."""

    about = "attempt_id"
    attempt_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    number: int
    started_at: datetime
    deadline_at: datetime | None


class AttemptSubmitted(Event, frozen=True, kw_only=True, tag="assessment.attempt_submitted"):
    """An attempt was handed in, by whoever sat it or by the clock."""

    about = "attempt_id"
    attempt_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    number: int
    submitted_at: datetime
    late: bool
    by_clock: bool
    scoring_number: int
    points: Decimal
    unjudged: int
    """Answers that somebody must read."""


class AttemptAbandoned(Event, frozen=True, kw_only=True, tag="assessment.attempt_abandoned"):
    """An attempt ran out of time, and the policy takes nothing that was not handed in."""

    about = "attempt_id"
    attempt_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID


class JudgedItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer was worth."""

    response_id: UUID
    question_id: UUID
    question_version_id: UUID
    fraction: Decimal
    """Of the item's points, 0 to 1: of the answer alone, before tries, certainty and lateness."""
    earned: Decimal
    """Points, after them."""
    points: Decimal
    """That could be had."""
    seconds: int
    chosen: tuple[str, ...] = ()
    """Identifiers of the options taken; empty where the item has none."""
    method: str
    """`key`, `ai`, `human`, or `carried` from an earlier scoring version."""


class ItemsScored(Event, frozen=True, kw_only=True, tag="assessment.items_scored"):
    """Answers of an attempt were judged under a scoring version, or judged anew."""

    about = "attempt_id"
    attempt_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    scoring_number: int
    items: tuple[JudgedItem, ...]
    score: Decimal
    """Of the attempt so far, under this scoring version."""
    points: Decimal
    unjudged: int
    """0: the score is final."""


class ResultReleased(Event, frozen=True, kw_only=True, tag="assessment.result_released"):
    """A final score is the student's to see; after a regrade again, with another number."""

    about = "attempt_id"
    attempt_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    number: int
    scoring_number: int
    score: Decimal
    points: Decimal
    counts: Decimal
    """What counts for the student over all released attempts, by the policy of the test."""
    counts_points: Decimal
    submitted_at: datetime
    late: bool


class AppealRaised(Event, frozen=True, kw_only=True, tag="assessment.appeal_raised"):
    """A student asks that an answer be judged again."""

    about = "attempt_id"
    attempt_id: UUID
    appeal_id: UUID
    response_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID


class AppealDecided(Event, frozen=True, kw_only=True, tag="assessment.appeal_decided"):
    """A second grader has judged it, without seeing what the first or a model gave."""

    about = "attempt_id"
    attempt_id: UUID
    appeal_id: UUID
    response_id: UUID
    assessment_id: UUID
    course_id: UUID
    user_id: UUID
    outcome: str
    """`raised`, `lowered` or `upheld`."""


class RegradePublished(Event, frozen=True, kw_only=True, tag="assessment.regrade_published"):
    """A scoring version counts from now on; each result that it moves is released again."""

    about = "assessment_id"
    assessment_id: UUID
    course_id: UUID
    run_id: UUID
    scoring_number: int
    changed: int


class AnswerReviewed(Event, frozen=True, kw_only=True, tag="assessment.answer_reviewed"):
    """A person judged an answer that a model judged too: how well they agree is folded from it."""

    about = "question_id"
    question_id: UUID
    response_id: UUID
    course_id: UUID
    model: str
    blind: bool
    model_level: int
    """What the model awarded, in steps of the rubric from 0 up."""
    human_level: int
    levels: int
    """How many steps there are."""
