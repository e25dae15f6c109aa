"""Gaps filled in: each judged for itself, weighed together."""

from collections.abc import Mapping
from fractions import Fraction

from eduflow.scoring.interactions import Gap, GapFill
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import AcceptedNumber, GapFillKey, GapKey
from eduflow.scoring.numbers import judge_number
from eduflow.scoring.shares import NOUGHT, WHOLE, between_none_and_all, nothing, scored
from eduflow.scoring.texts import first_match


def judge_gap_fill(
    interaction: GapFill, key: GapFillKey, answer: Answer, *, values: Mapping[str, str]
) -> Score:
    if not isinstance(answer, dict):
        return nothing()
    judged = {
        gap.id: _judge_gap(gap, key.gaps[gap.id], answer.get(gap.id), values)
        for gap in interaction.gaps
        if gap.id in key.gaps
    }
    perfect = bool(judged) and all(worth >= WHOLE for worth, _ in judged.values())
    feedback = tuple(said for _, said in judged.values())
    if key.scoring == "all_or_nothing" or perfect:
        return scored(WHOLE if perfect else NOUGHT, correct=perfect, feedback=feedback)
    weights = {gap: max(NOUGHT, Fraction(key.gaps[gap].weight)) for gap in judged}
    whole = sum(weights.values(), NOUGHT) or WHOLE
    parts = {
        gap: weights[gap] / whole * between_none_and_all(worth)
        for gap, (worth, _) in judged.items()
    }
    return scored(sum(parts.values(), NOUGHT), correct=False, parts=parts, feedback=feedback)


def _judge_gap(
    gap: Gap, key: GapKey, given: str | list[str] | None, values: Mapping[str, str]
) -> tuple[Fraction, str]:
    """What it is worth, 0 to 1, and what is said to it."""
    if not isinstance(given, str) or not given.strip():
        return NOUGHT, ""
    if gap.options:
        chosen = next((one for one in key.accepted if one.text == given), None)
    elif key.numbers is not None:
        numbers = [
            AcceptedNumber(value=one.text, worth=one.worth, feedback=one.feedback)
            for one in key.accepted
        ]
        score = judge_number(given, numbers, rules=key.numbers, hint=None, values=values)
        return Fraction(score.fraction), score.feedback[0] if score.feedback else ""
    else:
        chosen = first_match(key.accepted, given, rules=key.rules)
    return (NOUGHT, "") if chosen is None else (Fraction(chosen.worth), chosen.feedback)
