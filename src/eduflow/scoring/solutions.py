"""The right answer of a variant, in the shape in which students give theirs."""

import re
from collections.abc import Mapping, Sequence

from eduflow.scoring.arithmetic import NoValue, plain_number, work_out, written
from eduflow.scoring.interactions import Choice, GapFill, Interaction
from eduflow.scoring.items import Answer
from eduflow.scoring.keys import (
    Accepted,
    AcceptedNumber,
    ChoiceKey,
    FormulaKey,
    GapFillKey,
    GapKey,
    HotTextKey,
    Key,
    MatchKey,
    NumericKey,
    NumericRules,
    OrderKey,
    ShortTextKey,
    TextRules,
    TrueFalseKey,
)
from eduflow.scoring.variants import fill


def right_answer(interaction: Interaction, key: Key, *, values: Mapping[str, str]) -> Answer:
    """One that is worth all; None where only a reader, or a pattern, knows."""
    key = fill(key, values)
    match key:
        case ChoiceKey() | HotTextKey() | OrderKey() | MatchKey() | TrueFalseKey():
            return _chosen(interaction, key)
        case ShortTextKey(accepted=accepted, rules=rules):
            return _text(accepted, rules)
        case FormulaKey(accepted=accepted):
            return _text(accepted, TextRules())
        case NumericKey(accepted=numbers, rules=rules):
            return _number(numbers, rules, values)
        case GapFillKey() if isinstance(interaction, GapFill):
            return _gaps(interaction, key, values)
        case _:
            return None


def _chosen(
    interaction: Interaction, key: ChoiceKey | HotTextKey | OrderKey | MatchKey | TrueFalseKey
) -> Answer:
    match key:
        case ChoiceKey(weights=weights) if weights is not None:
            # The best ones, as many as may be taken: of a single choice what is worth half is none.
            most = interaction.max_choices if isinstance(interaction, Choice) else 0
            best = sorted(weights, key=lambda one: -weights[one])[: most or None]
            return [one for one in weights if one in best and weights[one] > 0]
        case OrderKey(sequence=sequence):
            return [*sequence]
        case MatchKey(pairs=pairs):
            return {source: [*targets] for source, targets in pairs.items() if targets}
        case TrueFalseKey(correct=correct):
            return correct
        case ChoiceKey(correct=right) | HotTextKey(correct=right):
            return [*right]


def _text(accepted: Sequence[Accepted], rules: TextRules) -> str | None:
    best = max(accepted, key=lambda one: one.worth, default=None)
    if best is None or rules.pattern == "regex":
        return None
    if rules.pattern == "wildcard":
        return _unstarred(best.text) or None
    return best.text


def _unstarred(text: str) -> str:
    r"""A text that the wildcard fits: `\*` is a star, and another one stands for nothing.

    Not where blanks around it would run together: there it is an ellipsis.
    """
    bare = re.sub(r"^\*(?=\S)|(?<=\S)\*$", "", text.strip().replace("\\*", "\ue000"))
    return bare.replace("*", "…").replace("\ue000", "*").strip()


def _number(
    accepted: Sequence[AcceptedNumber], rules: NumericRules, values: Mapping[str, str]
) -> str | None:
    best = max(accepted, key=lambda one: one.worth, default=None)
    if best is None:
        return None
    try:
        number = plain_number(best.value)
        worked = written(work_out(best.value, values) if number is None else number)
    except NoValue:
        return None
    return f"{worked} {rules.unit}" if rules.unit else worked


def _gaps(
    interaction: GapFill, key: GapFillKey, values: Mapping[str, str]
) -> dict[str, str | list[str]]:
    right: dict[str, str | list[str]] = {}
    for gap in interaction.gaps:
        one = key.gaps.get(gap.id)
        given = None if one is None else _gap(one, chosen=bool(gap.options), values=values)
        if given is not None:
            right[gap.id] = given
    return right


def _gap(key: GapKey, *, chosen: bool, values: Mapping[str, str]) -> str | None:
    if chosen or key.numbers is None:
        return _text(key.accepted, TextRules() if chosen else key.rules)
    numbers = [AcceptedNumber(value=one.text, worth=one.worth) for one in key.accepted]
    return _number(numbers, key.numbers, values)
