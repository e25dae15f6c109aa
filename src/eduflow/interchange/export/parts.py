"""What the types have in common: what is written of one, and how texts and numbers are compared."""

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange.export import rules
from eduflow.interchange.export.tags import Tag, tag
from eduflow.interchange.qti.templates import parameter_name
from eduflow.scoring import keys

NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_SPECIAL = re.compile(r"([\\.+?()\[\]{}|^$*])")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    declarations: list[Tag]
    interaction: Tag | None = None
    """Behind the text; None where the text has its places."""
    around: str | None = None
    """The interaction that the text stands in."""
    attributes: dict[str, str] = {}
    places: dict[str, Tag] = {}
    rules: list[Tag] = []
    choices: bool = False
    """Has feedback to single choices."""


def declared(
    name: str,
    base_type: str,
    *more: Tag,
    cardinality: str = "single",
    right: Sequence[str] = (),
) -> Tag:
    values = [tag("qti-value", value) for value in right]
    correct = tag("qti-correct-response", *values) if values else None
    return tag(
        "qti-response-declaration",
        correct,
        *more,
        identifier=name,
        cardinality=cardinality,
        base_type=base_type,
    )


def texts(
    name: str, accepted: Sequence[keys.Accepted], how: keys.TextRules
) -> list[tuple[Tag, Decimal]]:
    """Conditions, and what each is worth."""
    if how.pattern == "regex":
        return [(rules.fits_pattern(name, one.text), one.worth) for one in accepted]
    if how.pattern == "wildcard":
        return [
            (
                rules.fits_pattern(name, _as_regex(one.text))
                if "*" in one.text
                else rules.same_text(name, one.text, case_sensitive=not how.fold_case),
                one.worth,
            )
            for one in accepted
        ]
    return [
        (rules.same_text(name, one.text, case_sensitive=not how.fold_case), one.worth)
        for one in accepted
    ]


def _as_regex(wildcard: str) -> str:
    pieces = wildcard.replace("\\*", "\x00").split("*")
    return ".*".join(_SPECIAL.sub(r"\\\1", piece.replace("\x00", "*")) for piece in pieces)


def numbers(
    name: str, accepted: Sequence[tuple[str, Decimal]], how: keys.NumericRules
) -> list[tuple[Tag, Decimal]]:
    return [
        (
            rules.same_number(
                name,
                value,
                tolerance=how.tolerance,
                relative=how.tolerance_is == "relative",
            ),
            worth,
        )
        for text, worth in accepted
        if (value := figured(text)) is not None
    ]


def figured(text: str) -> Tag | None:
    """A number, or the parameter that it is; what is computed is said by the templates."""
    if NUMBER.fullmatch(text.strip()):
        return rules.base("float", text.strip())
    if re.fullmatch(r"[^\W\d]\w*", text) and parameter_name(text) == text:
        return rules.variable(text)
    return None
