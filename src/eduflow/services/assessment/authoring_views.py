"""What authors see of banks, questions and tests."""

from datetime import datetime
from typing import Any

import msgspec

from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.scoring.items import Answer, Item
from eduflow.services.assessment.ids import (
    BankId,
    CourseId,
    CriterionId,
    QuestionId,
    QuestionTestId,
    QuestionVersionId,
    RubricId,
    RubricVersionId,
    StimulusId,
)


def columns(shape: type[View], of: str) -> str:
    """The fields of a shape as columns of the table that goes by `of` in the statement."""
    return ", ".join(f"{of}.{name}" for name in shape.__struct_fields__)


class Bank(View, kw_only=True):
    """Questions kept together. Without a `course_id` it is of the whole institution."""

    id: BankId
    course_id: CourseId | None
    owner_id: UserId
    name: str
    visibility: str
    created_at: datetime
    version: int


class BankForYou(Bank, kw_only=True):
    """`may_write`: whether the caller may change its questions."""

    may_write: bool
    questions: int


class Share(View, kw_only=True):
    """A bank in the hands of another course."""

    bank_id: BankId
    course_id: CourseId
    permits: str
    shared_by: UserId
    shared_at: datetime


class Stimulus(View, kw_only=True):
    """A passage or exhibit that several questions share."""

    id: StimulusId
    bank_id: BankId
    title: str
    body: str
    identifier: str | None
    version: int


class QuestionLine(View, kw_only=True):
    """A question in a list."""

    id: QuestionId
    bank_id: BankId
    type: str
    title: str
    state: str
    number: int
    points: float
    tags: list[str]
    version: int


class QuestionVersion(View, kw_only=True):
    """A version of a question with its newest key. `sha256` are what receipts cite."""

    id: QuestionVersionId
    number: int
    item: Item
    sha256: str
    made_by: UserId
    made_at: datetime
    key_number: int
    key_sha256: str
    key_reason: str


class Question(View, kw_only=True):
    """A question with its newest version. For authors: the key is in it."""

    id: QuestionId
    bank_id: BankId
    stimulus_id: StimulusId | None
    type: str
    title: str
    state: str
    current: QuestionVersion
    version: int


class QuestionState(View, kw_only=True):
    """Whether a question may be taken into tests, and what it refers to."""

    id: QuestionId
    state: str
    stimulus_id: StimulusId | None
    version: int


class QuestionTags(View, kw_only=True):
    """By which words it is found."""

    id: QuestionId
    tags: list[str]
    version: int


class KeyCorrected(View, kw_only=True):
    """The key that tests of this version take from now on, once they are regraded."""

    question_id: QuestionId
    question_version_id: QuestionVersionId
    number: int
    reason: str
    sha256: str
    given_up: list[QuestionTestId] = msgspec.field(default_factory=list)


class QuestionTest(View, kw_only=True):
    """What the marking must give for an answer."""

    id: QuestionTestId
    question_version_id: QuestionVersionId
    answer: Answer
    expected_fraction: float
    note: str
    made_at: datetime


class Preview(View, kw_only=True):
    """A variant as it would be asked, and, where an answer was given, what that is worth."""

    seed: str
    values: dict[str, str]
    body: str
    interaction: dict[str, Any]
    fraction: float | None = None
    correct: bool | None = None
    needs_reading: bool | None = None
    parts: dict[str, float] = msgspec.field(default_factory=dict)
    feedback: list[str] = msgspec.field(default_factory=list)
    note: str = ""


class Level(View, kw_only=True):
    """What may be awarded for a criterion."""

    points: float
    title: str
    description: str = ""


class Criterion(View, kw_only=True):
    """A line of a rubric. `grader_note` is not for students."""

    id: CriterionId
    key: str
    title: str
    description: str
    points: float
    levels: list[Level]
    grader_note: str


class RubricVersion(View, kw_only=True):
    """A rubric as it was frozen. `guidelines` are for graders alone."""

    id: RubricVersionId
    number: int
    guidelines: str
    sha256: str
    made_by: UserId
    frozen_at: datetime
    criteria: list[Criterion]


class Rubric(View, kw_only=True):
    """What answers to a question are read by."""

    id: RubricId
    question_id: QuestionId
    title: str
    current: RubricVersion
    version: int
