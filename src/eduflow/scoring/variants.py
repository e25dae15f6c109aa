"""One question, many variants: quantities drawn by a seed, filled into texts and keys.

Values are texts, as they are stored and shown: decimals written out, or words. The true answer of
a variant is a function of them, so whoever keeps them keeps it.
"""

import html
import re
from collections.abc import Mapping
from typing import TypeVar, cast

import msgspec

from eduflow.scoring.arithmetic import NoValue, holds, work_out, written
from eduflow.scoring.dice import Dice
from eduflow.scoring.interactions import Choice, GapFill, Interaction, Match, Option, Order, Part
from eduflow.scoring.items import Parameter
from eduflow.scoring.keys import FormulaKey

_DRAWS = 1000
_MOST_STEPS = 10**9
_PLACE = re.compile(r"\{\{\s*([^\W\d]\w{0,60})\s*\}\}")

PartT = TypeVar("PartT", bound=Part)


class NoVariant(ValueError):  # noqa: N818 - a state of the question
    """The parameters of a question cannot be drawn so that its conditions hold."""


def draw(
    parameters: Mapping[str, Parameter], conditions: tuple[str, ...], *, seed: str
) -> dict[str, str]:
    """The values of the variant of this seed: always the same, on every machine.

    They are drawn in the order of `parameters`; where a condition does not hold, all anew.
    """
    if not parameters:
        return {}
    dice = Dice(seed)
    fault = "no draw fulfils the conditions"
    for _ in range(_DRAWS):
        values: dict[str, str] = {}
        try:
            for name, parameter in parameters.items():
                values[name] = _drawn(name, parameter, values, dice)
            if all(holds(condition, values) for condition in conditions):
                return values
        except NoValue as none:
            # A division by what was drawn as nought is a draw that breaks a condition.
            fault = str(none)
    raise NoVariant(fault)


def _drawn(name: str, parameter: Parameter, values: Mapping[str, str], dice: Dice) -> str:
    if parameter.equals is not None:
        return written(work_out(parameter.equals, values))
    if parameter.among:
        return parameter.among[dice.below(len(parameter.among))]
    if parameter.low is None or parameter.high is None or parameter.step <= 0:
        raise NoVariant(f"{name} has neither a range, nor a list, nor an expression")
    steps = int((parameter.high - parameter.low) / parameter.step)
    if not 0 <= steps <= _MOST_STEPS:
        raise NoVariant(f"{name} has a range of {steps + 1} steps")
    return written(parameter.low + parameter.step * dice.below(steps + 1))


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """A text of the question with the values in it, made safe as HTML. Unknown names stay."""
    return _put(text, values, escape=True)


def fill(part: PartT, values: Mapping[str, str]) -> PartT:
    """An interaction or a key with the values in all its texts."""
    if not values:
        return part
    if isinstance(part, FormulaKey):
        # In brackets, so that x-{{a}} of a negative a is what its author meant.
        enclosed = {name: f"({value})" for name, value in values.items()}
        accepted = tuple(
            msgspec.structs.replace(
                one,
                text=_put(one.text, enclosed, escape=False),
                feedback=fill_text(one.feedback, values),
            )
            for one in part.accepted
        )
        return msgspec.structs.replace(part, accepted=accepted)
    return cast("PartT", _filled(part, values, escape=False))


def _filled(thing: object, values: Mapping[str, str], *, escape: bool) -> object:
    if isinstance(thing, str):
        return _put(thing, values, escape=escape)
    if isinstance(thing, tuple):
        return tuple(_filled(part, values, escape=escape) for part in thing)
    if isinstance(thing, dict):
        return {name: _filled(part, values, escape=escape) for name, part in thing.items()}
    if not isinstance(thing, msgspec.Struct):
        return thing
    # What is shown is HTML; what is compared is not.
    shown = isinstance(thing, Option)
    return type(thing)(
        **{
            name: _filled(getattr(thing, name), values, escape=shown or name == "feedback")
            for name in thing.__struct_fields__
        }
    )


def _put(text: str, values: Mapping[str, str], *, escape: bool) -> str:
    if "{{" not in text:
        return text
    return _PLACE.sub(
        lambda place: (
            html.escape(values.get(place[1], place[0]))
            if escape
            else values.get(place[1], place[0])
        ),
        text,
    )


def arrange(interaction: Interaction, *, seed: str) -> Interaction:
    """As this student sees it: shuffled where it may be, what is fixed in its place.

    What is to be put in order always is: shown as its author wrote it down, it would be answered.
    """
    dice = Dice(f"order {seed}")
    match interaction:
        case Choice(shuffle=True) | Order():
            return msgspec.structs.replace(
                interaction, choices=shuffled(interaction.choices, dice=dice)
            )
        case Match(shuffle=True):
            return msgspec.structs.replace(
                interaction,
                sources=shuffled(interaction.sources, dice=dice),
                targets=shuffled(interaction.targets, dice=dice),
            )
        case GapFill(shuffle=True):
            gaps = tuple(
                msgspec.structs.replace(gap, options=shuffled(gap.options, dice=dice))
                for gap in interaction.gaps
            )
            return msgspec.structs.replace(interaction, gaps=gaps)
        case _:
            return interaction


def shuffled(options: tuple[Option, ...], *, dice: Dice) -> tuple[Option, ...]:
    """Those that are fixed stay where they are, the others change places.

    By their ids first: a student may know the seed, and could turn the dice back to the order in
    which the author wrote them down, often the right one first.
    """
    free = sorted((option for option in options if not option.fixed), key=lambda one: one.id)
    moving = iter(dice.shuffled(free))
    return tuple(option if option.fixed else next(moving) for option in options)
