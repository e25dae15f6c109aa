"""What graders see of answers, of what models think of them, and of how well the two agree."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from eduflow.kernel.web import View


class AwardLevel(View, kw_only=True):
    """What may be awarded, under the number that a grader presses."""

    number: int
    points: Decimal
    title: str
    description: str


class AwardCriterion(View, kw_only=True):
    """A line of the rubric, as graders have it."""

    key: str
    title: str
    description: str
    points: Decimal
    grader_note: str
    levels: list[AwardLevel]


class Precedent(View, kw_only=True):
    """A case the rubric did not foresee. `ruling` is null until a teacher has decided it."""

    id: UUID
    criterion: str | None
    question: str
    ruling: str | None
    asked_at: datetime
    ruled_at: datetime | None
    version: int


class Thought(View, kw_only=True):
    """What a model would award for one criterion, and where it says that it sees it."""

    criterion: str
    sample: int
    points: Decimal
    reason: str
    quote: str
    span: tuple[int, int] | None
    """Characters of the answer; null: the quotation was not accepted."""
    confidence: Decimal


class Thoughts(View, kw_only=True):
    """What a model thinks of an answer. It is a proposal, whatever it says."""

    model: str | None
    small_model: bool
    fraction: Decimal | None
    confidence: Decimal | None
    flags: list[str]
    criteria: list[Thought]


class Suspicion(View, kw_only=True):
    """Words of the answer that seem to speak to the grader: nothing of them reached a model."""

    span: tuple[int, int]


class GradingFile(View, kw_only=True):
    """A file of an answer, in the order of the answer; whose it is its name does not tell."""

    id: UUID
    name: str
    media_type: str
    size: int
    href: str


class GradingTask(View, kw_only=True):
    """An answer in a grader's hands: without a name, and blind unless they asked to confirm."""

    response_id: UUID
    assessment_id: UUID
    question_id: UUID
    title: str
    body: str
    answer: Any
    files: list[GradingFile]
    """Those that the answer names."""
    guidelines: str
    criteria: list[AwardCriterion]
    precedents: list[Precedent]
    reason: str
    flags: list[str]
    suspicions: list[Suspicion]
    blind: bool
    thoughts: Thoughts | None
    """Null where it is judged blind."""
    under_appeal: bool
    """An appeal about it waits: what a model thinks is told to nobody, whatever the mode."""
    claimed_until: datetime
    version: int


class Reviewed(View, kw_only=True):
    """An answer as it is judged now, and what a model thought of it: both are kept."""

    id: UUID
    response_id: UUID
    fraction: Decimal
    blind: bool
    unjudged: int
    """Answers of the attempt that are still to be judged."""
    thoughts: Thoughts | None
    """Null where no model has read it, and where `under_appeal`."""
    under_appeal: bool
    version: int


class QueueLine(View, kw_only=True):
    """How far the grading of one question is."""

    question_id: UUID
    title: str
    waiting: int
    claimed: int
    done: int
    with_models: int
    """Answers that a model still reads."""
    reasons: dict[str, int]
    """Of those that wait: why a person must look."""


class Queue(View, kw_only=True):
    """How far the grading of a test is."""

    questions: list[QueueLine]
    waiting: int
    done: int


class Released(View, kw_only=True):
    """An answer that anybody may take now."""

    response_id: UUID
    version: int


class AnswerGroup(View, kw_only=True):
    """Answers that say the same, or nearly."""

    id: UUID
    label: str
    method: str
    answers: int
    waiting: int


class Groups(View, kw_only=True):
    """The groups of a question's answers, the largest first."""

    groups: list[AnswerGroup]


class GroupGraded(View, kw_only=True):
    """How many answers were judged at once, and how many of the group still wait."""

    graded: int
    remaining: int


class Gate(View, kw_only=True):
    """When scores of a model leave by themselves for a question."""

    question_id: UUID
    model: str
    state: str
    min_answers: int
    min_kappa: Decimal
    n: int
    kappa: Decimal | None
    kappa_low: Decimal | None
    open: bool
    """Whether they do now."""
    version: int


class Agreement(View, kw_only=True):
    """How well a model agrees with people who judged without seeing it."""

    model: str
    n: int
    agreement: Decimal
    kappa: Decimal | None
    kappa_low: Decimal | None
    kappa_high: Decimal | None


class Agreements(View, kw_only=True):
    """Of every model that judged answers to a question."""

    models: list[Agreement]
