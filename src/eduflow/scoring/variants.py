"""One question, many variants: quantities drawn by a seed, filled into texts and keys.

Values are texts, as they are stored and shown: decimals written out, or words. The true answer of
a variant is a function of them, so whoever keeps them keeps it.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

import msgspec

from eduflow.scoring.arithmetic import NoValue, holds, work_out, written
from eduflow.scoring.dice import Dice
from eduflow.scoring.interactions import (
    Choice,
    Gap,
    GapFill,
    HotText,
    Interaction,
    Match,
    Option,
    Order,
    Part,
)
from eduflow.scoring.items import Parameter
from eduflow.scoring.keys import FormulaKey

_DRAWS = 1000
_TWO = 2
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


def arrange(interaction: Interaction, *, seed: str, right: Sequence[str] = ()) -> Interaction:
    """As this student sees it: shuffled where it may be, what is fixed in its place.

    What is to be put in order comes neither as its author wrote it down nor in the order that is
    `right`. Of two things it may: whoever knew that it does not would know the answer.
    """
    dice = Dice(f"order {seed}")
    mixed = rearranged(interaction, lambda options: shuffled(options, dice=dice))
    if isinstance(interaction, Order) and isinstance(mixed, Order):
        never = ([option.id for option in interaction.choices], [*right])
        moving = sum(not option.fixed for option in mixed.choices)
        while moving > _TWO and [option.id for option in mixed.choices] in never:
            mixed = msgspec.structs.replace(mixed, choices=shuffled(mixed.choices, dice=dice))
    return mixed


Mix = Callable[[tuple[Option, ...]], tuple[Option, ...]]
"""Puts options in another order, and leaves those that are fixed where they are."""


def rearranged(interaction: Interaction, mix: Mix) -> Interaction:
    """With all that may be shown in another order mixed, and all whose order tells the answer.

    These are mixed whatever the author says of shuffling: what is to be put in order, what is
    matched (the first to the first, as pairs are written down), the words that several gaps share
    (those of the first gap first), and stretches, whose place is in the text.
    """
    match interaction:
        case Choice(shuffle=True):
            return msgspec.structs.replace(interaction, choices=mix(interaction.choices))
        case Order():
            return msgspec.structs.replace(interaction, choices=mix(_loosened(interaction.choices)))
        case Match():
            return msgspec.structs.replace(
                interaction,
                sources=mix(interaction.sources) if interaction.shuffle else interaction.sources,
                targets=mix(_loosened(interaction.targets)),
            )
        case GapFill():
            return msgspec.structs.replace(interaction, gaps=_gaps(interaction, mix))
        case HotText():
            return msgspec.structs.replace(interaction, stretches=mix(interaction.stretches))
        case _:
            return interaction


def _gaps(interaction: GapFill, mix: Mix) -> tuple[Gap, ...]:
    # Ids alone do not make it the same word: they may begin anew with every gap.
    shared = Counter((one.id, one.text) for gap in interaction.gaps for one in gap.options)
    gaps = []
    for gap in interaction.gaps:
        options = gap.options
        if any(shared[one.id, one.text] > 1 for one in options):
            options = mix(_loosened(options))
        elif interaction.shuffle:
            options = mix(options)
        gaps.append(msgspec.structs.replace(gap, options=options))
    return tuple(gaps)


def _loosened(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """None is fixed where half of them or more are: an order that stays is one that tells."""
    if 2 * sum(option.fixed for option in options) < len(options):
        return options
    return tuple(msgspec.structs.replace(option, fixed=False) for option in options)


def shuffled(options: tuple[Option, ...], *, dice: Dice) -> tuple[Option, ...]:
    """Those that are fixed stay where they are, the others change places.

    By their ids first: a student may know the seed, and could turn the dice back to the order in
    which the author wrote them down, often the right one first.
    """
    free = sorted((option for option in options if not option.fixed), key=lambda one: one.id)
    moving = iter(dice.shuffled(free))
    return tuple(option if option.fixed else next(moving) for option in options)
