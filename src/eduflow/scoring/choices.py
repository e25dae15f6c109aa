"""Choices, statements and hot text: what taking the right ones is worth.

An empty list is an answer only where nothing is right; else it is worth nothing, however many wrong
ones were rightly left.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction

from eduflow.scoring.interactions import Choice, HotText, TrueFalse
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import ChoiceKey, HotTextKey, TrueFalseKey
from eduflow.scoring.shares import NOUGHT, WHOLE, nothing, scored

_NEARLY_ALL = Fraction(9999, 10000)


def judge_choice(interaction: Choice, key: ChoiceKey, answer: Answer) -> Score:
    if not isinstance(answer, list):
        return nothing()
    known = [option.id for option in interaction.choices]
    taken = dict.fromkeys(answer)
    if 0 < interaction.max_choices < len(taken):
        return nothing("more chosen than may be")
    feedback = _said(key.feedback, taken)
    if key.weights is not None:
        return _weighed(key.weights, taken, feedback)
    return _compared(known, key.correct, taken, scoring=key.scoring, feedback=feedback)


def judge_true_false(_: TrueFalse, key: TrueFalseKey, answer: Answer) -> Score:
    if not isinstance(answer, bool):
        return nothing()
    right = answer is key.correct
    said = key.feedback.get("true" if answer else "false", "")
    return scored(WHOLE if right else NOUGHT, correct=right, feedback=(said,))


def judge_hot_text(interaction: HotText, key: HotTextKey, answer: Answer) -> Score:
    if not isinstance(answer, list):
        return nothing()
    known = [stretch.id for stretch in interaction.stretches]
    taken = dict.fromkeys(answer)
    if 0 < interaction.max_choices < len(taken):
        return nothing("more chosen than may be")
    feedback = _said(key.feedback, taken)
    return _compared(known, key.correct, taken, scoring=key.scoring, feedback=feedback)


def _said(feedback: Mapping[str, str], taken: Collection[str]) -> tuple[str, ...]:
    # In the key's order, not the student's: same choices, same words.
    return tuple(text for choice, text in feedback.items() if choice in taken)


def _weighed(
    weights: Mapping[str, Decimal], taken: Collection[str], feedback: tuple[str, ...]
) -> Score:
    parts = {choice: Fraction(weights[choice]) for choice in weights if choice in taken}
    total = sum(parts.values(), NOUGHT)
    if total >= _NEARLY_ALL:
        # Three choices of 33.333 per cent, as files have them, are the whole.
        total = WHOLE
    return scored(total, correct=total == WHOLE, parts=parts, feedback=feedback)


def _compared(
    known: Collection[str],
    correct: Collection[str],
    taken: Collection[str],
    *,
    scoring: str,
    feedback: tuple[str, ...],
) -> Score:
    right = set(correct)
    hits = right.intersection(taken)
    misses = [choice for choice in taken if choice not in right]
    perfect = not misses and len(hits) == len(right)
    if perfect or scoring == "all_or_nothing" or (not taken and right):
        worth = WHOLE if perfect else NOUGHT
        return scored(worth, correct=perfect, feedback=feedback)
    if scoring == "each":
        return _each(known, right, taken, feedback=feedback)
    wrong = max(1, sum(choice not in right for choice in known))
    parts = {choice: Fraction(1, len(right)) for choice in known if choice in hits}
    parts |= {choice: Fraction(-1, wrong) for choice in known if choice in misses}
    # What the question does not know costs like a wrong one, and is not repeated in the parts.
    strange = sum(choice not in parts for choice in taken)
    # Where nothing is right, the whole is there to be lost.
    start = NOUGHT if right else WHOLE
    total = start + sum(parts.values(), NOUGHT) - Fraction(strange, wrong)
    return scored(total, correct=False, parts=parts, feedback=feedback)


def _each(
    known: Collection[str], right: set[str], taken: Collection[str], *, feedback: tuple[str, ...]
) -> Score:
    one = Fraction(1, max(1, len(known)))
    parts = {choice: one if (choice in right) == (choice in taken) else NOUGHT for choice in known}
    return scored(sum(parts.values(), NOUGHT), correct=False, parts=parts, feedback=feedback)
