"""Variants: drawn alike everywhere, filled in, with their true answer."""

from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.arithmetic import NoValue, holds, work_out, written
from eduflow.scoring.dice import Dice
from eduflow.scoring.interactions import Choice, Numeric, Option, Order
from eduflow.scoring.items import Parameter
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import (
    Accepted,
    AcceptedNumber,
    ChoiceKey,
    NumericKey,
    NumericRules,
    ShortTextKey,
)
from eduflow.scoring.solutions import right_answer
from eduflow.scoring.variants import NoVariant, arrange, draw, fill, fill_text

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)

_PARAMETERS = {
    "a": Parameter(low=Decimal(2), high=Decimal(9)),
    "b": Parameter(low=Decimal("-1.5"), high=Decimal("1.5"), step=Decimal("0.5")),
    "fruit": Parameter(among=("apples", "pears")),
    "c": Parameter(equals="a*b + 1"),
}


def test_a_seed_is_a_variant_for_ever() -> None:
    # Golden: whoever changes these changes what students were asked.
    assert draw(_PARAMETERS, ("b != 0",), seed="one") == {
        "a": "8",
        "b": "1.5",
        "fruit": "pears",
        "c": "13",
    }
    assert draw(_PARAMETERS, ("b != 0",), seed="two") == {
        "a": "2",
        "b": "-1",
        "fruit": "apples",
        "c": "-1",
    }
    assert [Dice("die").below(6) for _ in range(3)] == [Dice("die").below(6)] * 3
    dice = Dice("die")
    assert [dice.below(6) for _ in range(12)] == [1, 2, 1, 5, 3, 3, 4, 2, 0, 0, 2, 0]


@_unhurried
@given(some.text())
def test_what_is_drawn_is_in_range_and_fulfils_the_conditions(seed: str) -> None:
    values = draw(_PARAMETERS, ("b != 0", "c > 1 or a >= 5"), seed=seed)
    a, b = Decimal(values["a"]), Decimal(values["b"])
    assert 2 <= a <= 9
    assert a == int(a)
    assert b in {Decimal(half) / 2 for half in range(-3, 4)} - {0}
    assert values["fruit"] in {"apples", "pears"}
    assert Decimal(values["c"]) == a * b + 1
    assert values == draw(_PARAMETERS, ("b != 0", "c > 1 or a >= 5"), seed=seed)


@pytest.mark.parametrize(
    ("parameters", "conditions"),
    [
        ({"a": Parameter(low=Decimal(1), high=Decimal(2))}, ("a > 2",)),
        ({"a": Parameter()}, ()),
        ({"a": Parameter(equals="1/0")}, ()),
        ({"a": Parameter(equals="b")}, ()),
        ({"a": Parameter(low=Decimal(2), high=Decimal(1))}, ()),
    ],
)
def test_what_cannot_be_drawn_is_said(
    parameters: dict[str, Parameter], conditions: tuple[str, ...]
) -> None:
    with pytest.raises(NoVariant):
        draw(parameters, conditions, seed="")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1+0.2", "0.3"), ("2a", "6"), ("-a^2", "-9"), ("sqrt(a+1)", "2"),
        ("round(2.345, 2)", "2.35"),
        ("max(1, a, 2)", "3"), ("gcd(12, 18)", "6"), ("mod(-1, 3)", "2"), ("floor(-0.5)", "-1"),
        ("ln(e)", "1"), ("sin(pi/6)", "0.5"), ("cos(pi)", "-1"), ("a == 3 and not a < 3", "1"),
        ("1/3*3", "1"), ("log(8, 2)", "3"), ("tan(pi/4)", "1"), ("abs(-a)", "3"),
    ],
)  # fmt: skip
def test_expressions_come_to_what_they_do_by_hand(text: str, value: str) -> None:
    assert abs(work_out(text, {"a": "3"}) - Decimal(value)) < Decimal("1e-25")


@pytest.mark.parametrize(
    "text",
    ["1/0", "sqrt(-1)", "ln(0)", "9**9**9", "a.b", "__import__('os')", "b", "(" * 500,
     "10^4000*10^4000",
     "exp(99999999)", "gcd(0.5, 1)", "round(1, 99)", "word+1", "0^-1", "floor()",
     "max()", "tan(1e300)"],
)  # fmt: skip
def test_what_has_no_value_is_said_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(NoValue):
        work_out(text, {"word": "pears"})


@_unhurried
@given(some.text(max_size=40))
def test_no_expression_raises_anything_else(text: str) -> None:
    with suppress(NoValue):
        assert isinstance(holds(text, {"a": "1"}), bool)


@_unhurried
@given(some.decimals(-(10**9), 10**9, places=6))
def test_a_number_is_written_as_it_is(number: Decimal) -> None:
    assert Decimal(written(number)) == number
    assert "E" not in written(number) or abs(number) < Decimal("1e-5")


def test_values_are_made_safe_in_what_is_shown_and_left_as_they_are_in_keys() -> None:
    values = {"tag": "<b>"}
    option = Choice(choices=(Option(id="{{tag}}", text="{{tag}} {{other}}"),))
    assert fill(option, values).choices[0].text == "&lt;b&gt; {{other}}"
    key = ShortTextKey(accepted=(Accepted(text="{{ tag }}", feedback="{{tag}}"),))
    assert fill(key, values).accepted[0].text == "<b>"
    assert fill(key, values).accepted[0].feedback == "&lt;b&gt;"
    assert fill_text("{{tag}}", {}) == "{{tag}}"


@_unhurried
@given(some.text(max_size=10))
def test_the_true_answer_of_every_variant_is_right(seed: str) -> None:
    values = draw(_PARAMETERS, (), seed=seed)
    key = NumericKey(
        accepted=(AcceptedNumber(value="c/3"),),
        rules=NumericRules(unit="m", tolerance=Decimal("1e-9")),
    )
    answer = right_answer(Numeric(), key, values=values)
    assert judge(Numeric(), key, answer, values=values).correct


_OPTIONS = tuple(Option(id=one, text=one, fixed=one in "cf") for one in "abcdef")


@_unhurried
@given(some.text())
def test_what_is_fixed_stays_and_nothing_is_lost(seed: str) -> None:
    arranged = arrange(Choice(choices=_OPTIONS, shuffle=True), seed=seed)
    assert isinstance(arranged, Choice)
    ids = "".join(option.id for option in arranged.choices)
    assert sorted(ids) == [*"abcdef"]
    assert (ids[2], ids[5]) == ("c", "f")
    assert arranged == arrange(Choice(choices=_OPTIONS, shuffle=True), seed=seed)
    key = ChoiceKey(correct=("a", "b"))
    assert judge(arranged, key, ["b"], values={}) == judge(
        Choice(choices=_OPTIONS), key, ["b"], values={}
    )


def test_what_is_not_to_be_shuffled_is_not() -> None:
    assert arrange(Choice(choices=_OPTIONS), seed="x") == Choice(choices=_OPTIONS)


def _shown(seed: str, *, shuffle: bool = False, fixed: str = "") -> str:
    options = tuple(Option(id=one, text=one, fixed=one in fixed) for one in "abcdef")
    arranged = arrange(Order(choices=options, shuffle=shuffle), seed=seed)
    assert isinstance(arranged, Order)
    return "".join(option.id for option in arranged.choices)


def test_what_is_to_be_put_in_order_is_always_shown_mixed_but_for_what_is_fixed() -> None:
    shown = [_shown(str(seed)) for seed in range(50)]
    assert len(set(shown)) > 40
    assert shown.count("abcdef") <= 1
    assert shown == [_shown(str(seed)) for seed in range(50)]
    assert shown == [_shown(str(seed), shuffle=True) for seed in range(50)]
    fixed = {_shown(str(seed), fixed="ad") for seed in range(50)}
    assert len(fixed) > 10
    assert {(one[0], one[3]) for one in fixed} == {("a", "d")}


@_unhurried
@given(some.permutations(_OPTIONS), some.text(max_size=9))
def test_who_knows_the_seed_cannot_turn_the_dice_back_to_the_order_of_the_author(
    options: list[Option], seed: str
) -> None:
    free = [msgspec.structs.replace(option, fixed=False) for option in options]
    asked = Choice(choices=tuple(free), shuffle=True)
    there = Choice(choices=tuple(sorted(free, key=lambda one: one.id)), shuffle=True)
    assert arrange(asked, seed=seed) == arrange(there, seed=seed)


def test_every_order_comes_about_as_often() -> None:
    seen: dict[str, int] = {}
    for seed in range(1200):
        order = "".join(Dice(str(seed)).shuffled("abc"))
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6
    assert all(150 < often < 250 for often in seen.values())
