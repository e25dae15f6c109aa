"""A question whole, an answer to it, and what the answer is worth."""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from eduflow.scoring.interactions import Interaction
from eduflow.scoring.keys import Key


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A quantity that differs by variant: drawn from a range or a list, or computed."""

    low: Decimal | None = None
    high: Decimal | None = None
    step: Decimal = Decimal(1)
    among: tuple[str, ...] = ()
    equals: str | None = None
    """An expression of the parameters before it."""


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Shown after a try that was not right, one at a time."""

    text: str
    cost: Decimal = Decimal(0)
    """Share of the points that seeing it takes."""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question whole, as its author has it and as files carry it."""

    title: str
    body: str
    interaction: Interaction
    key: Key
    points: Decimal = Decimal(1)
    parameters: dict[str, Parameter] = {}
    """In the order in which they are drawn."""
    conditions: tuple[str, ...] = ()
    """Expressions that must hold; a draw that breaks one is drawn again."""
    feedback: str = ""
    """For everybody, once the review policy shows it."""
    feedback_right: str = ""
    feedback_wrong: str = ""
    hints: tuple[Hint, ...] = ()
    solution: str = ""
    """Shown with the right answer."""
    tags: tuple[str, ...] = ()
    language: str = "en"
    identifier: str | None = None
    """As the file it came from calls it."""


Answer: TypeAlias = bool | str | list[str] | dict[str, str | list[str]] | None
"""What a student gives; its shape follows the interaction."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer is worth, and why."""

    fraction: Decimal
    """Of the points, 0 to 1."""
    correct: bool
    """Whether it is the whole right answer."""
    needs_reading: bool = False
    """Nobody has judged it yet; `fraction` is 0 and means nothing."""
    parts: dict[str, Decimal] = {}
    """Share of the whole that each gap, pair or choice brought."""
    feedback: tuple[str, ...] = ()
    note: str = ""
    """For graders: how it was judged (which pattern, which unit)."""
