"""Numbers as they are typed, with units, in figures that count."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.interactions import Numeric
from eduflow.scoring.items import Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import AcceptedNumber, NumericKey, NumericRules
from eduflow.scoring.quantities import is_unit

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)


def _judge(typed: str, value: str, *, hint: str | None = None, **rules: Any) -> Score:
    key = NumericKey(accepted=(AcceptedNumber(value=value),), rules=NumericRules(**rules))
    return judge(Numeric(unit_hint=hint), key, typed, values={})


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1500", "1500"), ("1,5e3", "1500"), ("−3.2×10^4", "-32000"), ("3.2·10⁻⁴", "0.00032"),
        ("2 x 10^(-3)", "0.002"), (".5", "0.5"), ("5.", "5"), ("+7", "7"), ("1 500,25", "1500.25"),
        ("1.234.567,8", "1234567.8"), ("1,234,567.8", "1234567.8"), ("1'000", "1000"),
        ("1,500", "1500"), ("1,500", "1.5"),
        ("3/4", "0.75"), ("1/3", "1/3"), ("1\u202f000", "1000"),
        ("50 %", "0.5"), ("0", "0"), ("-0", "0"), ("2", "sqrt(4)"),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_typed(typed: str, value: str) -> None:
    assert _judge(typed, value).fraction == 1


@pytest.mark.parametrize(
    "typed",
    ["", "five", "1,50,0", "1..5", "--5", "5 m", "1e", "0x5", "٥", "1e999999999", "9" * 150,
     "5 __import__", "nan", "inf", "1 2", "5/0", "5\x00"],
)  # fmt: skip
def test_what_is_no_number_is_worth_nothing(typed: str) -> None:
    assert _judge(typed, "5").fraction == 0


@pytest.mark.parametrize(("comma", "wanted"), [("decimal", "1.5"), ("thousands", "1500")])
def test_a_comma_is_what_the_key_says_it_is(comma: str, wanted: str) -> None:
    assert _judge("1,500", wanted, comma=comma).correct
    other = "1500" if wanted == "1.5" else "1.5"
    assert not _judge("1,500", other, comma=comma).correct


@pytest.mark.parametrize(
    ("typed", "value", "rules", "fraction"),
    [
        ("9.81", "9.80665", {"tolerance": Decimal("0.01")}, "1"),
        ("9.82", "9.80665", {"tolerance": Decimal("0.01")}, "0"),
        ("103", "100", {"tolerance": Decimal("0.03"), "tolerance_is": "relative"}, "1"),
        ("-103", "-100", {"tolerance": Decimal("0.03"), "tolerance_is": "relative"}, "1"),
        ("3.14", "pi", {"significant_figures": 3}, "1"),
        ("3.1", "pi", {"significant_figures": 3}, "0"),
        ("3.1416", "pi", {"significant_figures": 3, "figures_cost": Decimal("0.2")}, "0.8"),
        ("1500", "1500", {"significant_figures": 2, "figures_cost": Decimal(1)}, "1"),
        ("1500.", "1500", {"significant_figures": 4, "figures_cost": Decimal(1)}, "1"),
        ("0.0150", "0.015", {"significant_figures": 3, "figures_cost": Decimal(1)}, "1"),
    ],
)
def test_near_enough_is_what_the_rules_say(
    typed: str, value: str, rules: dict[str, Any], fraction: str
) -> None:
    assert _judge(typed, value, **rules).fraction == Decimal(fraction)


@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("1,5e3 km/h", "1500", "km/h"), ("60 mi/h", "26.8224", "m/s"), ("25 °C", "298.15", "K"),
        ("212°F", "100", "degC"), ("3×10⁸ m s^-1", "300000", "km/s"),
        ("9.81 m/s²", "981", "cm/s^2"),
        ("4 kΩ", "4000", "ohm"), ("5 J/(kg·K)", "5", "J/kg/K"), ("2 h", "7200", "s"),
        ("1 l", "1000", "mL"), ("10 µm", "0.01", "mm"), ("1 kWh", "3.6", "MJ"), ("5 N m", "5", "J"),
    ],
)  # fmt: skip
def test_a_quantity_is_the_same_in_any_unit(typed: str, value: str, unit: str) -> None:
    assert _judge(typed, value, unit=unit).fraction == 1


@pytest.mark.parametrize(
    ("typed", "fraction"),
    [
        ("5 m", "1"),
        ("5", "0.6"),
        ("5 kg", "0.6"),
        ("500 cm", "1"),
        ("5 km", "0"),
        ("5 nonsense", "0.6"),
    ],
)
def test_a_missing_or_wrong_unit_costs_its_share(typed: str, fraction: str) -> None:
    assert _judge(typed, "5", unit="m", unit_cost=Decimal("0.4")).fraction == Decimal(fraction)


def test_the_unit_that_the_question_names_may_be_typed() -> None:
    assert _judge("5 m", "5", hint="m").correct
    assert not _judge("5 km", "5", hint="m").correct


@pytest.mark.parametrize(
    "unit",
    ["m**9**9**9", "((m^9)^9)^9", "(m^9)^9", "m^99999999", "m" * 60, "m/" * 30, "(" * 60,
     "m.__class__",
     "degC*degC", "dBm", "m^-", "^2", "m²²", "lambda", "°" * 60, "*", "m;s", "1e9m"],
)  # fmt: skip
def test_no_unit_makes_it_hang_or_raise(unit: str) -> None:
    began = time.perf_counter()
    for typed in (f"5 {unit}", f"5{unit}"):
        assert 0 <= _judge(typed, "5", unit="m").fraction <= 1
    assert time.perf_counter() - began < 3


@_unhurried
@given(some.text(max_size=250), some.sampled_from([None, "m", "degC"]))
def test_no_text_makes_it_raise(typed: str, unit: str | None) -> None:
    score = _judge(typed, "5", unit=unit)
    assert 0 <= score.fraction <= 1
    assert score == _judge(typed, "5", unit=unit)


@_unhurried
@given(some.decimals(-(10**12), 10**12, places=4), some.sampled_from([".", ","]))
def test_every_number_is_itself_and_no_float_is_in_between(value: Decimal, mark: str) -> None:
    rules: dict[str, Any] = {"comma": "decimal" if mark == "," else "either"}
    assert _judge(str(value).replace(".", mark), str(value), **rules).correct
    assert not _judge(str(value + Decimal("0.0001")), str(value)).correct


@_unhurried
@given(some.decimals(-1000, 1000, places=3), some.decimals(0, 10, places=2))
def test_more_tolerance_never_takes(value: Decimal, tolerance: Decimal) -> None:
    narrow = _judge(str(value), "5", tolerance=tolerance).fraction
    assert _judge(str(value), "5", tolerance=tolerance + 1).fraction >= narrow


def test_a_key_may_name_only_what_is_a_unit() -> None:
    assert is_unit("kg m^2/s^2")
    assert not is_unit("bananas")
