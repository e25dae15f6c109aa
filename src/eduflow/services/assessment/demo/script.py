"""What a file of `data/` may say of a test. Moments are `DAYS HH:MM`, as in api_core's files."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from eduflow.scoring.items import Answer, Item
from eduflow.services.assessment.commands.rubric_rows import NewRubric

Text = Annotated[str, msgspec.Meta(min_length=1)]
_TIME = r" ([01]\d|2[0-3]):[0-5]\d$"
When = Annotated[str, msgspec.Meta(pattern=r"^[+-]\d{1,3}" + _TIME)]
Past = Annotated[str, msgspec.Meta(pattern=r"^-[1-9]\d{0,2}" + _TIME)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=600)]


class QuestionText(Item, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question, with what it is read by where no key can judge it."""

    name: Text
    """By which the answers speak of it."""
    rubric: NewRubric | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the teacher made of an answer that no key can judge."""

    points: dict[Text, Decimal]
    """By the keys of the rubric's criteria."""
    comment: Text


class Sitting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attempt of a student, and what they answered."""

    student: Text
    at: Past
    minutes: Minutes
    answers: dict[Text, Answer]
    marks: dict[Text, Mark] = {}
    """Of answers that the teacher has read; what is left waits for a model and then a person."""
    marked: Past | None = None
    """When; needed where there are marks."""


class TestText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test: a file of the folder."""

    school: Text
    course: Text
    """Its code."""
    teacher: Text
    bank: Text
    title: Text
    kind: Literal["quiz", "exam", "practice"]
    instructions: Text
    made: Past
    opens: Past
    closes: When | None = None
    time_limit: Minutes | None = None
    attempts: Annotated[int, msgspec.Meta(ge=1)] | None = None
    comments_at_once: bool = False
    """Whether what a grader wrote is shown while others may still sit it."""
    questions: tuple[QuestionText, ...]
    sittings: tuple[Sitting, ...]
