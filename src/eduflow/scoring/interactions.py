"""What of a question may be shown to whoever sits the test: each type's choices, gaps and limits.

Names follow QTI 3 where QTI has one. Texts are HTML fragments that were made safe when they came
in. `{{name}}` in a text stands for a parameter of the variant, `[[id]]` for the place of a gap or a
stretch of hot text.
"""

from typing import TypeAlias

import msgspec


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What interactions and keys have in common: their type, by the same name in both."""


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to be chosen, ordered or matched."""

    id: str
    text: str
    fixed: bool = False
    """Stays where it is when the others are shuffled ("none of these")."""


class Choice(Part, frozen=True, kw_only=True, tag="choice"):
    """One or several of some choices. The answer is a list of their ids."""

    choices: tuple[Option, ...]
    min_choices: int = 0
    max_choices: int = 1
    """0: as many as there are."""
    shuffle: bool = False


class TrueFalse(Part, frozen=True, kw_only=True, tag="true_false"):
    """A statement. The answer is true or false."""


class Order(Part, frozen=True, kw_only=True, tag="order"):
    """Things to be put in order. The answer is the list of all ids, in order."""

    choices: tuple[Option, ...]
    shuffle: bool = True
    """For other systems. Here they are always shown shuffled, whatever a file says."""


class Match(Part, frozen=True, kw_only=True, tag="match"):
    """Pairs to be found. The answer is an object from source id to a list of target ids."""

    sources: tuple[Option, ...]
    targets: tuple[Option, ...]
    """Shown shuffled, whatever a file says: written down, the first often belongs to the first."""
    shuffle: bool = False
    """Of the sources."""
    max_per_source: int = 1
    max_per_target: int = 0
    """0: a target may be used as often as one likes."""


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hole in the text: written into where `options` is empty, else chosen from them."""

    id: str
    options: tuple[Option, ...] = ()
    numeric: bool = False
    width: int | None = None


class GapFill(Part, frozen=True, kw_only=True, tag="gap_fill"):
    """A text with holes, `[[id]]` in the body. The answer: gap id to text, or to option id."""

    gaps: tuple[Gap, ...]
    shuffle: bool = False
    """Of what one gap is chosen from. What several gaps share is always shown shuffled."""


class ShortText(Part, frozen=True, kw_only=True, tag="short_text"):
    """A word or a line. The answer is a text."""

    max_length: int = 400


class Numeric(Part, frozen=True, kw_only=True, tag="numeric"):
    """A number, with or without a unit. The answer is a text, as it was typed."""

    unit_hint: str | None = None


class HotText(Part, frozen=True, kw_only=True, tag="hot_text"):
    """Stretches of the text, `[[id]]` in the body. The answer is a list of their ids."""

    stretches: tuple[Option, ...]
    min_choices: int = 0
    max_choices: int = 0


class Essay(Part, frozen=True, kw_only=True, tag="essay"):
    """A text to be read. The answer is a text."""

    min_words: int | None = None
    max_words: int | None = None
    max_length: int = 100_000


class FileUpload(Part, frozen=True, kw_only=True, tag="file_upload"):
    """Files to be looked at. The answer is a list of the ids of files that were handed over."""

    max_files: int = 1
    media_types: tuple[str, ...] = ()
    """Empty: any."""
    max_bytes: int = 20_000_000


class Formula(Part, frozen=True, kw_only=True, tag="formula"):
    """A formula in some variables. The answer is a text, as it was typed."""

    variables: tuple[str, ...]


Interaction: TypeAlias = (
    Choice
    | TrueFalse
    | Order
    | Match
    | GapFill
    | ShortText
    | Numeric
    | HotText
    | Essay
    | FileUpload
    | Formula
)
