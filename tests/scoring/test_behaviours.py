"""From tries to a share of the points."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.behaviours import Policy, Try, fold_question, rounded

D = Decimal
_unhurried = settings(deadline=None)
_shares = some.sampled_from([D(0), D("0.25"), D("0.333333"), D("0.5"), D(1)])
_tries = some.lists(
    some.builds(
        Try,
        fraction=_shares,
        answered=some.booleans(),
        certainty=some.sampled_from([None, 1, 2, 3, 7]),
        hints=some.integers(0, 4),
    ),
    max_size=8,
)
_policies = some.builds(
    Policy,
    behaviour=some.sampled_from(["deferred", "immediate", "interactive", "certainty"]),
    tries=some.lists(_shares, max_size=4).map(tuple),
    floor=some.sampled_from([D(0), D(-1), None]),
)
_HINTS = (D("0.1"), D("0.2"))


def _points(tries: list[Try], /, **policy: Any) -> Decimal:
    """Of a question that is worth two."""
    return rounded(2 * fold_question(tries, Policy(**policy), hint_costs=_HINTS), places=2)


def _a(fraction: str, **more: Any) -> Try:
    return Try(fraction=D(fraction), **more)


@pytest.mark.parametrize(
    ("behaviour", "points"),
    [("deferred", "0"), ("immediate", "1"), ("interactive", "1.5")],
)
def test_the_behaviour_says_which_try_counts(behaviour: str, points: str) -> None:
    tries = [_a("0.5"), _a("1"), _a("0")]
    shares = (D(1), D("0.75"), D("0.5"))
    assert _points(tries, behaviour=behaviour, tries=shares) == D(points)


def test_what_comes_after_the_last_try_brings_nothing() -> None:
    tries = [_a("0"), _a("0"), _a("1")]
    assert _points(tries, behaviour="interactive", tries=(D(1), D(1))) == 0


def test_a_corrected_key_gives_an_early_try_its_points() -> None:
    shares = (D(1), D("0.5"))
    assert _points([_a("0"), _a("1")], behaviour="interactive", tries=shares) == 1
    assert _points([_a("1"), _a("0")], behaviour="interactive", tries=shares) == 2


def test_hints_cost_what_they_cost() -> None:
    assert _points([_a("1", hints=1)]) == D("1.8")
    assert _points([_a("1", hints=9)]) == D("1.4")


@pytest.mark.parametrize(
    ("fraction", "certainty", "points"),
    [
        ("1", 1, "0.67"), ("1", 2, "1.33"), ("1", 3, "2"), ("1", None, "0.67"),
        ("0", 1, "0"), ("0", 2, "-1.33"), ("0", 3, "-4"), ("0.5", 3, "1"),
    ],
)  # fmt: skip
def test_certainty_brings_and_takes_what_gardner_medwin_says(
    fraction: str, certainty: int | None, points: str
) -> None:
    tries = [_a(fraction, certainty=certainty)]
    assert _points(tries, behaviour="certainty", floor=None) == D(points)
    assert _points(tries, behaviour="certainty") == max(D(0), D(points))


def test_silence_costs_nothing() -> None:
    silent = [_a("0", answered=False, certainty=3)]
    assert _points(silent, behaviour="certainty", floor=None) == 0
    assert _points([], behaviour="certainty", floor=None) == 0


@_unhurried
@given(_tries, _policies)
def test_a_share_is_within_bounds_and_the_same_again(tries: list[Try], policy: Policy) -> None:
    share = fold_question(tries, policy, hint_costs=_HINTS)
    assert share == fold_question(list(tries), policy, hint_costs=_HINTS)
    assert (Fraction(-2) if policy.floor is None else Fraction(policy.floor)) <= share <= 1


@_unhurried
@given(_tries, some.sampled_from(["deferred", "immediate", "interactive"]))
def test_a_better_answer_is_never_worth_less(tries: list[Try], behaviour: str) -> None:
    better = [Try(fraction=D(1), answered=one.answered, hints=one.hints) for one in tries]
    policy: dict[str, Any] = {"behaviour": behaviour, "tries": (D(1), D("0.5"))}
    assert _points(better, **policy) >= _points(tries, **policy)
