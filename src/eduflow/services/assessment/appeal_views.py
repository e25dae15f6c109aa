"""What is told of appeals: to the student what became of it, to graders nothing that leans."""

from datetime import datetime
from typing import Any
from uuid import UUID

from eduflow.kernel.web import View
from eduflow.services.assessment.ids import AppealId, ResponseId


class OwnAppeal(View, kw_only=True):
    """An appeal, as whoever raised it sees it."""

    id: AppealId
    response_id: ResponseId
    claim: str
    state: str
    """`open`, `claimed` by a grader, `decided` or `withdrawn`."""
    asked_at: datetime
    outcome: str | None = None
    """`raised`, `lowered` or `upheld`."""
    reason: str | None = None
    decided_at: datetime | None = None
    version: int


class AppealLine(View, kw_only=True):
    """An appeal among others, without the name of who raised it and without any score."""

    id: AppealId
    question_id: UUID
    state: str
    asked_at: datetime
    may_decide: bool
    """Not where the caller gave the answer, judged it before or saw what a model gave it, nor where
    another has it in hand."""
    outcome: str | None
    """Null until it is decided, and where `under_appeal`."""
    saw_scores: bool | None
    """Whether whoever decided it declared that they had learnt of the score; null until then."""
    under_appeal: bool
    """Whether another appeal about the same answer waits: then this one's outcome is withheld."""
    version: int


class AppealCase(View, kw_only=True):
    """All that a second grader decides by. No name, no score, and nothing that was said of it."""

    id: AppealId
    state: str
    question_id: UUID
    title: str
    body: str
    interaction: Any
    values: dict[str, str]
    """Of the variant, for the placeholders of the body."""
    answer: Any
    key: Any
    """By which machines judge it; None where a person reads it."""
    rubric: "AppealRubric | None"
    claim: str
    version: int


class AppealRubric(View, kw_only=True):
    """The rubric that counts now."""

    guidelines: str
    criteria: tuple["AppealCriterion", ...]


class AppealCriterion(View, kw_only=True):
    """One line of it, as its row has it."""

    key: str
    title: str
    description: str
    points: float
    levels: list[Any]
    grader_note: str
