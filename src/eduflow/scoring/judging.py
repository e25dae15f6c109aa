"""What an answer is worth by its key. Pure, and total: no stored answer makes it raise.

The same interaction, key, answer and values always give the same score. Only formulas may be left
undecided here (`FormulaJudge` goes on with those).
"""

from collections.abc import Callable, Mapping

from eduflow.scoring import arrangements, choices, formulas, gaps, numbers, texts
from eduflow.scoring.interactions import (
    Choice,
    Essay,
    FileUpload,
    Formula,
    GapFill,
    HotText,
    Interaction,
    Match,
    Numeric,
    Order,
    Part,
    ShortText,
    TrueFalse,
)
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import Key
from eduflow.scoring.shares import nothing, unread
from eduflow.scoring.variants import fill

_JUDGES: dict[type[Part], Callable[..., Score]] = {
    Choice: choices.judge_choice,
    TrueFalse: choices.judge_true_false,
    HotText: choices.judge_hot_text,
    Order: arrangements.judge_order,
    Match: arrangements.judge_match,
    ShortText: texts.judge_short_text,
    Formula: formulas.judge_formula,
}
_JUDGES_OF_EXPRESSIONS: dict[type[Part], Callable[..., Score]] = {
    GapFill: gaps.judge_gap_fill,
    Numeric: numbers.judge_numeric,
}


def judge(
    interaction: Interaction, key: Key, answer: Answer, *, values: Mapping[str, str]
) -> Score:
    """What an answer is worth; no answer is worth nothing, whatever is asked.

    `values` are those of the variant, as `draw` gave them. The key belongs to the interaction: one
    of another type is the caller's mistake, and worth nothing too.
    """
    given = _plain(answer)
    if given is None or type(interaction).__struct_config__.tag != type(key).__struct_config__.tag:
        return nothing()
    if isinstance(interaction, Essay | FileUpload):
        return unread() if given else nothing()
    if values:
        interaction, key = fill(interaction, values), fill(key, values)
    if with_values := _JUDGES_OF_EXPRESSIONS.get(type(interaction)):
        return with_values(interaction, key, given, values=values)
    return _JUDGES[type(interaction)](interaction, key, given)


def _plain(answer: Answer) -> Answer:
    """Only what an answer may consist of; what else a store may hold is left out."""
    if isinstance(answer, list):
        return [part for part in answer if isinstance(part, str)]
    if isinstance(answer, dict):
        return {
            name: given
            if isinstance(given, str)
            else [part for part in given if isinstance(part, str)]
            for name, given in answer.items()
            if isinstance(given, str | list)
        }
    return answer if isinstance(answer, bool | str) else None
