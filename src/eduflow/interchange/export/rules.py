"""Response processing in QTI's rule language: what each key of ours comes to."""

from collections.abc import Sequence
from decimal import Decimal

from eduflow.interchange.export.tags import Tag, tag
from eduflow.interchange.qti.templates import plainly
from eduflow.interchange.qti.trial import PLACES

R = "RESPONSE"


def figure(value: Decimal) -> str:
    rounded = value if -value.as_tuple().exponent <= 12 else value.quantize(PLACES)  # type: ignore[operator]  # noqa: PLR2004 - finite
    return plainly(rounded)


def base(kind: str, value: str) -> Tag:
    return tag("qti-base-value", value, base_type=kind)


def variable(name: str) -> Tag:
    return tag("qti-variable", identifier=name)


def score(value: Tag) -> Tag:
    return tag("qti-set-outcome-value", value, identifier="SCORE")


def points(value: Decimal) -> Tag:
    return score(base("float", figure(value)))


def more(value: Decimal) -> Tag:
    return score(tag("qti-sum", variable("SCORE"), base("float", figure(value))))


def when(branches: Sequence[tuple[Tag, Tag]], *, otherwise: Tag | None = None) -> Tag:
    parts: list[Tag] = []
    for number, (condition, then) in enumerate(branches):
        name = "qti-response-else-if" if number else "qti-response-if"
        parts.append(tag(name, condition, then))
    if otherwise is not None:
        parts.append(tag("qti-response-else", otherwise))
    return tag("qti-response-condition", *parts)


def matched(name: str, most: Decimal) -> Tag:
    right = tag("qti-match", variable(name), tag("qti-correct", identifier=name))
    return when([(right, points(most))], otherwise=points(Decimal(0)))


def mapped(name: str) -> Tag:
    return when(
        [(tag("qti-is-null", variable(name)), points(Decimal(0)))],
        otherwise=score(tag("qti-map-response", identifier=name)),
    )


def each(name: str, known: Sequence[str], correct: Sequence[str], most: Decimal) -> list[Tag]:
    """A share for every choice rightly taken, and for every one rightly left."""
    share = most / max(1, len(known))
    rules = [points(Decimal(0))]
    for one in known:
        taken = tag("qti-member", base("identifier", one), variable(name))
        right = taken if one in correct else tag("qti-not", taken)
        rules.append(when([(right, more(share))]))
    perfect = tag("qti-match", variable(name), tag("qti-correct", identifier=name))
    rules.append(when([(perfect, points(most))]))
    return rules


def at_place(name: str, sequence: Sequence[str], most: Decimal) -> list[Tag]:
    share = most / max(1, len(sequence))
    rules = [points(Decimal(0))]
    for number, one in enumerate(sequence, start=1):
        there = tag(
            "qti-match",
            tag("qti-index", variable(name), n=str(number)),
            base("identifier", one),
        )
        rules.append(when([(there, more(share))]))
    rules.append(matched_over(name, most))
    return rules


def matched_over(name: str, most: Decimal) -> Tag:
    """The whole for the right answer, whatever its rounded shares add up to."""
    right = tag("qti-match", variable(name), tag("qti-correct", identifier=name))
    return when([(right, points(most))])


def mapping(entries: Sequence[tuple[str, Decimal]], *, default: Decimal, upper: Decimal) -> Tag:
    made = [tag("qti-map-entry", map_key=key, mapped_value=figure(value)) for key, value in entries]
    return tag(
        "qti-mapping",
        *made,
        lower_bound="0",
        upper_bound=figure(upper),
        default_value=figure(default),
    )


def same_text(name: str, text: str, *, case_sensitive: bool) -> Tag:
    return tag(
        "qti-string-match",
        variable(name),
        base("string", text),
        case_sensitive="true" if case_sensitive else "false",
    )


def fits_pattern(name: str, pattern: str) -> Tag:
    return tag("qti-pattern-match", variable(name), pattern=pattern)


def same_number(name: str, value: Tag, *, tolerance: Decimal, relative: bool) -> Tag:
    if not tolerance:
        return tag("qti-equal", variable(name), value, tolerance_mode="exact")
    size = figure(tolerance * 100 if relative else tolerance)
    # The value first: a relative tolerance is a share of the first of the two.
    return tag(
        "qti-equal",
        value,
        variable(name),
        tolerance_mode="relative" if relative else "absolute",
        tolerance=f"{size} {size}",
    )
