"""How answers are judged: each type's key, which nobody who may sit the test is shown.

Kept apart from what is asked, so that a key can be corrected without a new question, and so that
no screen can leak what it was never given. Shares are of the question's points: 1 is all of them.
"""

from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from eduflow.scoring.interactions import Part


class ChoiceKey(Part, frozen=True, kw_only=True, tag="choice"):
    """Which are right. With `weights` the score is the sum of those chosen; without, of `scoring`.

    `right_minus_wrong`: each right one adds its share, each wrong one takes as much as one wrong
    among all wrong ones, never below nought. `each`: every choice rightly taken or rightly left
    counts alike.
    """

    correct: tuple[str, ...]
    scoring: Literal["all_or_nothing", "right_minus_wrong", "each"] = "all_or_nothing"
    weights: dict[str, Decimal] | None = None
    feedback: dict[str, str] = msgspec.field(default_factory=dict)


class TrueFalseKey(Part, frozen=True, kw_only=True, tag="true_false"):
    correct: bool
    feedback: dict[Literal["true", "false"], str] = msgspec.field(default_factory=dict)


class OrderKey(Part, frozen=True, kw_only=True, tag="order"):
    """The right order.

    `position`: each at its place counts. `pairs`: each neighbour that follows as it should.
    `longest`: the longest run that is in order, gaps allowed.
    """

    sequence: tuple[str, ...]
    scoring: Literal["all_or_nothing", "position", "pairs", "longest"] = "all_or_nothing"


class MatchKey(Part, frozen=True, kw_only=True, tag="match"):
    """From source id to the targets that belong to it; a source may belong nowhere."""

    pairs: dict[str, tuple[str, ...]]
    scoring: Literal["all_or_nothing", "each"] = "each"
    weights: dict[str, Decimal] | None = None
    """By source; without, all alike."""
    wrong_costs: Decimal = Decimal(0)
    """Share of the points that each wrong pair takes; never below nought in all."""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A text that is taken for an answer, and what it is worth."""

    text: str
    worth: Decimal = Decimal(1)
    feedback: str = ""


class TextRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How typed text is compared."""

    pattern: Literal["exact", "wildcard", "regex"] = "exact"
    """`wildcard`: `*` stands for any run of characters. `regex`: in linear time, whole text."""
    fold_case: bool = True
    fold_accents: bool = False
    collapse_space: bool = True


class NumericRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a typed number is compared."""

    tolerance: Decimal = Decimal(0)
    tolerance_is: Literal["absolute", "relative"] = "absolute"
    significant_figures: int | None = None
    """As many the answer must have, and is compared to. The noughts of 1500 may count or not."""
    figures_cost: Decimal = Decimal(0)
    """Share of the points that too few or too many figures cost, where the value is right."""
    comma: Literal["either", "decimal", "thousands"] = "either"
    """What the comma of `1,500` is. `either`: both are tried, and the right one counts."""
    unit: str | None = None
    """The unit of the key's value. Answers in any unit of the same dimension are converted."""
    unit_cost: Decimal = Decimal(1)
    """Share of the points that a missing or wrong unit costs, where the number is right."""


class AcceptedNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number that is right, written as a decimal or as an expression of the parameters."""

    value: str
    worth: Decimal = Decimal(1)
    feedback: str = ""


class GapKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one gap is judged. For a gap with options `accepted` holds option ids."""

    accepted: tuple[Accepted, ...]
    rules: TextRules = TextRules()
    numbers: NumericRules | None = None
    """Where set, `accepted` holds numbers and these rules decide."""
    weight: Decimal = Decimal(1)


class GapFillKey(Part, frozen=True, kw_only=True, tag="gap_fill"):
    gaps: dict[str, GapKey]
    scoring: Literal["all_or_nothing", "each"] = "each"


class ShortTextKey(Part, frozen=True, kw_only=True, tag="short_text"):
    """The first accepted text that fits decides. `unmatched` says what becomes of the others."""

    accepted: tuple[Accepted, ...] = ()
    rules: TextRules = TextRules()
    unmatched: Literal["wrong", "read"] = "wrong"
    """`read`: a grader reads what no pattern knew."""


class NumericKey(Part, frozen=True, kw_only=True, tag="numeric"):
    accepted: tuple[AcceptedNumber, ...]
    rules: NumericRules = NumericRules()


class HotTextKey(Part, frozen=True, kw_only=True, tag="hot_text"):
    correct: tuple[str, ...]
    scoring: Literal["all_or_nothing", "right_minus_wrong", "each"] = "right_minus_wrong"
    feedback: dict[str, str] = msgspec.field(default_factory=dict)


class EssayKey(Part, frozen=True, kw_only=True, tag="essay"):
    """Nothing a machine could compare; a rubric beside the question says how it is read."""


class FileUploadKey(Part, frozen=True, kw_only=True, tag="file_upload"):
    """As with an essay."""


class FormulaKey(Part, frozen=True, kw_only=True, tag="formula"):
    """A formula of the same value, in whatever form; or in the form asked."""

    accepted: tuple[Accepted, ...]
    form: Literal["any", "expanded", "factored", "same"] = "any"
    positive: tuple[str, ...] = ()
    """Variables that stand for positive numbers."""


Key: TypeAlias = (
    ChoiceKey
    | TrueFalseKey
    | OrderKey
    | MatchKey
    | GapFillKey
    | ShortTextKey
    | NumericKey
    | HotTextKey
    | EssayKey
    | FileUploadKey
    | FormulaKey
)
