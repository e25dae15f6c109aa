"""Formulas: exact where that decides, by algebra where it must, and never for long."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.expressions import parse_formula
from eduflow.scoring.formula_judge import FormulaJudge, Limits
from eduflow.scoring.formulas import UNDECIDED
from eduflow.scoring.interactions import Formula
from eduflow.scoring.items import Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import Accepted, FormulaKey
from eduflow.scoring.tokens import BadExpression

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)

_ASKED = Formula(variables=("x", "y"))


def _key(text: str, **more: Any) -> FormulaKey:
    return FormulaKey(accepted=(Accepted(text=text),), **more)


def _judge(given: str, wanted: str, **more: Any) -> Score:
    return judge(_ASKED, _key(wanted, **more), given, values={})


@pytest.fixture(scope="module")
async def algebra() -> AsyncIterator[FormulaJudge]:
    async with FormulaJudge(Limits(seconds=2)) as judging:
        yield judging


@pytest.mark.parametrize(
    ("given_", "wanted", "right"),
    [
        ("(x+1)^2", "x^2+2x+1", True), ("x**2 + 2*x + 1", "(x+1)²", True),
        ("x(x+1)", "x²+x", True),
        ("xy", "y*x", True),
        ("1/2x", "x/2", True), ("1/(2x)", "x/2", False),
        ("-x^2", "-(x^2)", True),
        ("2^3^2", "512", True), ("0.1+0.2", "0.3", True), ("x^-1", "1/x", True),
        ("2π", "2pi", True),
        ("(x^2-1)/(x-1)", "x+1", True), ("x−1", "x-1", True), ("x^2", "x^3", False),
        ("x·y÷y", "x", True),
        ("(x+y)^50", "(y+x)^49 (x+y)", True), ("e", "2.718281828", False), ("pi", "22/7", False),
        ("x^(1+1)", "x*x", True),
    ],
)  # fmt: skip
def test_quotients_of_polynomials_are_decided_at_once(
    given_: str, wanted: str, right: object
) -> None:
    score = _judge(given_, wanted)
    assert not score.needs_reading
    assert score.correct is right


@pytest.mark.parametrize(
    ("given_", "form", "right"),
    [
        ("x^2+2x+1", "expanded", True), ("1+x*x+x+x", "expanded", False),
        ("(x+1)^2", "expanded", False),
        ("x(x+2)+1", "expanded", False), ("2*x+x^2+1", "same", True), ("1+2x+x^2", "same", True),
        ("x^2+x+x+1", "same", False),
    ],
)  # fmt: skip
def test_a_form_that_is_asked_is_looked_at(given_: str, form: str, right: object) -> None:
    wanted = "x^2+2x+1"
    assert _judge(given_, wanted, form=form).correct is right


_ATTACKS = [
    "__import__('os').system('x')", "x.__class__", "lambda: x",
    "(" * 500, "((" * 20 + "x" + "))" * 20 + "^" * 30,
    "sin", "sin(", "x+", ")",
    "1e999", "x;y", "x=1", "@", "\x00", "٣", "x if x else y", "exec(x)",
    "x^99999+", "(10^300)^(10^2))", "9^9^9^9 sin", "[x for x in y]", "f(x)", "0^-1", "x^^2", "√x",
]  # fmt: skip


@pytest.mark.parametrize("attack", _ATTACKS, ids=range(len(_ATTACKS)))
def test_what_is_no_formula_is_refused_at_once(attack: str) -> None:
    began = time.perf_counter()
    score = _judge(attack, "x")
    assert score.fraction == 0
    assert not score.needs_reading
    assert score.note
    assert time.perf_counter() - began < 1


_TOO_LARGE = [
    "9**9**9", "9^9^9^9", "x" * 1_000_000, "-" * 900 + "x", "x^99999", "10^400*10^400",
    "(10^300)^(10^2)", "2^-9999", "x⁹⁹⁹⁹⁹", "1" * 61, "x+" * 300 + "x", "(" * 50 + "x" + ")" * 50,
    "(x+1)^100000-(x+1)^100000+x",
]  # fmt: skip


@pytest.mark.parametrize("large", _TOO_LARGE, ids=range(len(_TOO_LARGE)))
async def test_what_is_beyond_the_limits_is_left_to_a_person_at_once(
    algebra: FormulaJudge, large: str
) -> None:
    began = time.perf_counter()
    score = await algebra.judge(_ASKED, _key("x"), large, values={})
    assert score.needs_reading
    assert not score.correct
    assert score.note.startswith("at ")
    assert time.perf_counter() - began < 1


async def test_a_key_that_its_variant_made_too_large_leaves_the_answer_to_a_person(
    algebra: FormulaJudge,
) -> None:
    score = await algebra.judge(_ASKED, _key("x^{{n}}"), "x^500 x^501", values={"n": "1001"})
    assert score.needs_reading
    key = FormulaKey(accepted=(Accepted(text="x^1001"), Accepted(text="sin(x)^2+cos(x)^2")))
    assert (await algebra.judge(_ASKED, key, "1", values={})).needs_reading


@pytest.mark.parametrize(
    "right",
    [
        "((x+1)^500)^2-(x+1)^1000+3x+sin(x)^2", "10^300*10^300+3x+sin(x)^2-10^300*10^300",
        "exp(exp(exp(exp(x))))^1000-exp(exp(exp(exp(x))))^1000+3x+sin(x)^2",
        "(x+1)^100000-(x+1)^100000+3x+sin(x)^2",
    ],
)  # fmt: skip
async def test_what_is_right_is_never_judged_wrong_for_its_size(
    algebra: FormulaJudge, right: str
) -> None:
    score = await algebra.judge(_ASKED, _key("3x+sin(x)^2"), right, values={})
    assert score.correct or score.needs_reading
    wrong = await algebra.judge(_ASKED, _key("3x+sin(x)^2"), f"{right}+1", values={})
    assert not wrong.correct


async def test_what_only_rounding_leaves_apart_is_the_same(algebra: FormulaJudge) -> None:
    score = await algebra.judge(
        _ASKED, _key("sin(x)"), "10^200*(sin(x)+1)-10^200*sin(x)-10^200+sin(x)", values={}
    )
    assert score.correct
    other = "10^200*(sin(x)+1)-10^200*sin(x)-10^200+sin(2x)"
    score = await algebra.judge(_ASKED, _key("sin(x)"), other, values={})
    assert (score.correct, score.needs_reading) == (False, False)


@_unhurried
@given(some.text(max_size=60) | some.text(alphabet="xy12+-*/^().,esin√²", max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    score = _judge(text, "x+y")
    assert 0 <= score.fraction <= 1
    assert score == _judge(text, "x+y")


_leaves = some.sampled_from(["x", "y", "2", "0.5", "7"])
_trees = some.recursive(
    _leaves,
    lambda deeper: some.tuples(deeper, some.sampled_from("+-*"), deeper).map(
        lambda three: f"({three[0]}{three[1]}{three[2]})"
    ),
    max_leaves=8,
)


@_unhurried
@given(_trees, _trees)
def test_sums_and_products_in_either_order_are_the_same_and_one_more_is_not(
    one: str, other: str
) -> None:
    assert _judge(f"{one}+{other}", f"{other}+{one}").correct
    assert _judge(f"{one}*{other}", f"{other}*{one}").correct
    assert _judge(f"({one})^2", f"{one}*{one}").correct
    assert not _judge(f"{one}+1", one).correct


def test_a_refusal_says_where() -> None:
    with pytest.raises(BadExpression, match="at 2: 'z' is not known"):
        parse_formula("x+z", variables=["x"])


def test_what_needs_algebra_is_left_to_it() -> None:
    score = _judge("sin(x)^2+cos(x)^2", "1")
    assert (score.needs_reading, score.note) == (True, UNDECIDED)


@pytest.mark.parametrize(
    ("given_", "wanted", "more", "right"),
    [
        ("sin(x)^2+cos(x)^2", "1", {}, True), ("sin(2x)", "2sin(x)cos(x)", {}, True),
        ("sqrt(x^2)", "x", {}, False), ("sqrt(x^2)", "x", {"positive": ("x",)}, True),
        ("sqrt(x^2)", "abs(x)", {}, True), ("ln(x y)", "ln(x)+ln(y)", {}, False),
        ("ln(x y)", "ln(x)+ln(y)", {"positive": ("x", "y")}, True), ("e^(2x)", "(e^x)^2", {}, True),
        ("tan(x)", "sin(x)/cos(x)", {}, True), ("sin^2(x)", "1-cos(x)^2", {}, True),
        ("(x-1)(x+1)", "x^2-1", {"form": "factored"}, True),
        ("x^2-1", "x^2-1", {"form": "factored"}, False), ("1/(x-x)", "sin(x)", {}, False),
        ("x^0.5", "sqrt(x)", {"positive": ("x",)}, True), ("arcsin(x)", "asin(x)", {}, True),
        ("log(x,10)", "log10(x)", {"positive": ("x",)}, True),
    ],
)  # fmt: skip
async def test_algebra_decides(
    algebra: FormulaJudge, given_: str, wanted: str, more: dict[str, Any], right: object
) -> None:
    score = await algebra.judge(_ASKED, _key(wanted, **more), given_, values={})
    assert not score.needs_reading
    assert score.correct is right


async def test_values_of_the_variant_stand_in_brackets(algebra: FormulaJudge) -> None:
    key = _key("sin(x-{{a}})")
    score = await algebra.judge(_ASKED, key, "sin(x+3)", values={"a": "-3"})
    assert score.correct


# Multiplied out it has some millions of terms; and it is the same.
_DEAR = "(sin(x)+cos(y)+tan(x)+exp(y)+cosh(x))^90"
_AS_DEAR = _DEAR.replace("sin(x)", "sin(2x)/(2cos(x))")


async def test_what_takes_too_long_is_read_by_a_person_and_the_next_is_judged(
    algebra: FormulaJudge,
) -> None:
    score = await algebra.judge(_ASKED, _key(_AS_DEAR), _DEAR, values={})
    assert score.needs_reading
    assert (await algebra.judge(_ASKED, _key("sin(3x)/2"), "sin(3x)*0.5", values={})).correct


async def test_who_stops_waiting_leaves_no_half_answer_behind(algebra: FormulaJudge) -> None:
    asking = asyncio.create_task(algebra.judge(_ASKED, _key(_AS_DEAR), _DEAR, values={}))
    async with asyncio.timeout(20):
        while algebra._idle:  # noqa: ASYNC110 - a process, which sets no event
            await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait([asking])
    assert (await algebra.judge(_ASKED, _key("sin(5x)/2"), "sin(5x)*0.5", values={})).correct


async def test_towers_that_would_fill_the_memory_are_left_to_a_person(
    algebra: FormulaJudge,
) -> None:
    towers = "exp(exp(exp(exp(exp(exp(x))))))^1000"
    assert (await algebra.judge(_ASKED, _key("sin(x)"), towers, values={})).needs_reading


async def test_a_process_that_nobody_asks_is_ended() -> None:
    async with FormulaJudge(Limits(idle=0.01)) as judging:
        assert (await judging.judge(_ASKED, _key("1"), "sin(x)^2+cos(x)^2", values={})).correct
        async with asyncio.timeout(20):
            while judging._all:  # noqa: ASYNC110 - a process, which sets no event
                await asyncio.sleep(0.01)


@settings(max_examples=25, deadline=None)
@given(_trees, some.sampled_from(["sin", "exp", "abs", "cosh"]))
async def test_algebra_says_the_same_each_time(
    algebra: FormulaJudge, tree: str, function: str
) -> None:
    wanted = f"{function}({tree})+{function}({tree})"
    score = await algebra.judge(_ASKED, _key(wanted), f"2*{function}({tree})", values={})
    assert score.correct
    assert not (
        await algebra.judge(_ASKED, _key(wanted), f"3*{function}({tree})+9", values={})
    ).correct
