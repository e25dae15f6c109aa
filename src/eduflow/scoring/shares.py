"""Shares of a question's points: fractions while they are added up, rounded once, at the end."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from eduflow.scoring.items import Score

PLACES = Decimal("0.000001")
NOUGHT = Fraction(0)
WHOLE = Fraction(1)
_DIGITS = 40


def to_share(value: Fraction) -> Decimal:
    """Six places, half to even. Three thirds are 1, because thirds are never added rounded."""
    with localcontext() as exact:
        # A rubric or weight of any size must not meet the default context's 28 digits.
        exact.prec = _DIGITS
        if abs(value) > 10**_DIGITS:
            value = Fraction(10**6 if value > 0 else -(10**6))
        quotient = Decimal(value.numerator) / Decimal(value.denominator)
        bounded = min(max(quotient, Decimal(-(10**6))), Decimal(10**6))
        return bounded.quantize(PLACES, rounding=ROUND_HALF_EVEN).normalize() + 0


def between_none_and_all(value: Fraction) -> Fraction:
    return min(max(value, NOUGHT), WHOLE)


def scored(
    fraction: Fraction,
    *,
    correct: bool,
    parts: Mapping[str, Fraction] | None = None,
    feedback: tuple[str, ...] = (),
    note: str = "",
) -> Score:
    """A score whose fraction is within 0 and 1 whatever the weights of the key add up to."""
    return Score(
        fraction=to_share(between_none_and_all(fraction)),
        correct=correct,
        parts={part: to_share(value) for part, value in parts.items()} if parts else {},
        feedback=tuple(text for text in feedback if text),
        note=note,
    )


def nothing(note: str = "") -> Score:
    """For no answer, and for what is no answer to this question at all."""
    return Score(fraction=Decimal(0), correct=False, note=note)


def unread(note: str = "") -> Score:
    return Score(fraction=Decimal(0), correct=False, needs_reading=True, note=note)
