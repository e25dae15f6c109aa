"""Typed numbers compared: by tolerance, significant figures and unit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from eduflow.scoring.arithmetic import NoValue, plain_number, work_out
from eduflow.scoring.interactions import Numeric
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import AcceptedNumber, NumericKey, NumericRules
from eduflow.scoring.quantities import Reading, converted, readings
from eduflow.scoring.shares import NOUGHT, WHOLE, between_none_and_all, nothing, scored

_BEYOND_TYPING = Fraction(1, 10**20)


def judge_numeric(
    interaction: Numeric, key: NumericKey, answer: Answer, *, values: Mapping[str, str]
) -> Score:
    if not isinstance(answer, str):
        return nothing()
    return judge_number(
        answer, key.accepted, rules=key.rules, hint=interaction.unit_hint, values=values
    )


def judge_number(
    typed: str,
    accepted: Sequence[AcceptedNumber],
    *,
    rules: NumericRules,
    hint: str | None,
    values: Mapping[str, str],
) -> Score:
    """The accepted number, and the way to read what was typed, that bring most."""
    read = readings(typed, comma=rules.comma)
    if not read:
        return nothing("no number")
    best = nothing("another number")
    for one in accepted:
        wanted = _wanted(one.value, values)
        if wanted is None:
            continue
        for reading in read:
            score = _compared(reading, wanted, one, rules=rules, hint=hint)
            # The first of equals: the order of the key decides, not that of the readings.
            if score is not None and (score.fraction > best.fraction or not _told(best)):
                best = score
    return best


def _told(score: Score) -> bool:
    return score.fraction > 0 or bool(score.feedback)


def _wanted(value: str, values: Mapping[str, str]) -> Fraction | None:
    number = plain_number(value)
    if number is None:
        try:
            number = work_out(value, values)
        except NoValue:
            return None
    return Fraction(number)


def _compared(
    reading: Reading,
    wanted: Fraction,
    one: AcceptedNumber,
    *,
    rules: NumericRules,
    hint: str | None,
) -> Score | None:
    """None where the number is another."""
    value, lost, notes = _in_unit_of_key(reading, rules=rules, hint=hint)
    if value is None or not _near(value, wanted, rules=rules):
        return None
    fewest, most = reading.figures
    if rules.significant_figures is not None and not fewest <= rules.significant_figures <= most:
        lost += Fraction(rules.figures_cost)
        notes = (*notes, f"{most} significant figures")
    worth = Fraction(one.worth) * between_none_and_all(WHOLE - lost)
    return scored(
        worth,
        correct=worth >= WHOLE,
        feedback=(one.feedback,),
        note="; ".join((f"as {one.value}"[:80], *notes)),
    )


def _in_unit_of_key(
    reading: Reading, *, rules: NumericRules, hint: str | None
) -> tuple[Fraction | None, Fraction, tuple[str, ...]]:
    """The number as the key's unit has it, and what a missing or wrong unit costs."""
    typed = reading.unit
    if not rules.unit:
        # Nothing was asked for but a number; its unit may stand where the question says it.
        if not typed or typed == (hint or "").strip():
            return reading.value, NOUGHT, ()
        # 50 % is 0.5, but 5 m is no 5.
        return converted(reading.value, typed, ""), NOUGHT, ()
    if not typed:
        return reading.value, Fraction(rules.unit_cost), ("no unit",)
    value = converted(reading.value, typed, rules.unit)
    if value is None:
        return reading.value, Fraction(rules.unit_cost), ("another unit",)
    return value, NOUGHT, (f"in {typed[:20]}",) if typed != rules.unit else ()


def _near(value: Fraction, wanted: Fraction, *, rules: NumericRules) -> bool:
    # What was worked out has thirty digits, a third of it no end; nobody types more than twenty.
    allowed = max(_tolerance(wanted, rules=rules), abs(wanted) * _BEYOND_TYPING)
    if rules.significant_figures is not None and wanted:
        allowed = max(allowed, _half_a_place(wanted, rules.significant_figures))
    return abs(value - wanted) <= allowed


def _tolerance(wanted: Fraction, *, rules: NumericRules) -> Fraction:
    tolerance = abs(Fraction(rules.tolerance))
    return tolerance * abs(wanted) if rules.tolerance_is == "relative" else tolerance


def _half_a_place(wanted: Fraction, figures: int) -> Fraction:
    """Half of one in the last figure that counts: what rounding to so many figures may move."""
    magnitude = Decimal(abs(wanted).numerator).adjusted() - Decimal(wanted.denominator).adjusted()
    if Fraction(10) ** magnitude > abs(wanted):
        magnitude -= 1
    return Fraction(10) ** (magnitude - figures + 1) / 2
