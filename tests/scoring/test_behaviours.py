"""From tries to points."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.behaviours import (
    Asked,
    Late,
    Policy,
    Result,
    Try,
    fold_attempt,
    fold_attempts,
    late_percent,
)

D = Decimal
_unhurried = settings(deadline=None)
_shares = some.sampled_from([D(0), D("0.25"), D("0.333333"), D("0.5"), D(1)])
_tries = some.lists(
    some.builds(
        Try,
        question=some.sampled_from("abz"),
        fraction=_shares,
        answered=some.booleans(),
        certainty=some.sampled_from([None, 1, 2, 3, 7]),
        hints=some.integers(0, 4),
    ),
    max_size=8,
)
_behaviours = some.sampled_from(["deferred", "immediate", "interactive", "certainty"])
_policies = some.builds(
    Policy,
    behaviour=_behaviours,
    tries=some.lists(_shares, max_size=4).map(tuple),
    wrong_costs=_shares,
    floor=some.sampled_from([D(0), D(-1), None]),
    late=some.none() | some.builds(Late, percent=some.decimals(0, 200, places=1)),
    places=some.integers(0, 4),
)
_ASKED = {"a": Asked(points=D(2), hint_costs=(D("0.1"), D("0.2"))), "b": Asked(points=D(3))}


def _fold(tries: list[Try], /, *, late: int = 0, asked: Any = None, **policy: Any) -> Result:
    return fold_attempt(tries, Policy(**policy), asked=asked or _ASKED, late_seconds=late)


def _a(fraction: str, **more: Any) -> Try:
    return Try(question="a", fraction=D(fraction), **more)


@pytest.mark.parametrize(
    ("behaviour", "points"),
    [("deferred", "0"), ("immediate", "1"), ("interactive", "1.5")],
)
def test_the_behaviour_says_which_try_counts(behaviour: str, points: str) -> None:
    tries = [_a("0.5"), _a("1"), _a("0")]
    shares = (D(1), D("0.75"), D("0.5"))
    assert _fold(tries, behaviour=behaviour, tries=shares).points == D(points)


def test_what_comes_after_the_last_try_brings_nothing() -> None:
    assert (
        _fold([_a("0"), _a("0"), _a("1")], behaviour="interactive", tries=(D(1), D(1))).points == 0
    )


def test_a_corrected_key_gives_an_early_try_its_points() -> None:
    shares = (D(1), D("0.5"))
    assert _fold([_a("0"), _a("1")], behaviour="interactive", tries=shares).points == 1
    assert _fold([_a("1"), _a("0")], behaviour="interactive", tries=shares).points == 2


def test_hints_cost_what_they_cost() -> None:
    assert _fold([_a("1", hints=1)]).points == D("1.8")
    assert _fold([_a("1", hints=9)]).points == D("1.4")


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
    assert _fold(tries, behaviour="certainty", floor=None).points == D(points)
    assert _fold(tries, behaviour="certainty").points == max(D(0), D(points))


def test_silence_costs_nothing_and_a_wrong_answer_what_the_policy_says() -> None:
    costs: dict[str, Any] = {"wrong_costs": D("0.25"), "floor": None}
    assert _fold([_a("0", answered=False)], **costs).points == 0
    assert _fold([_a("0")], **costs).points == D("-0.5")
    assert _fold([_a("0")], behaviour="interactive", **costs).points == D("-0.5")


@pytest.mark.parametrize(
    ("late", "seconds", "percent"),
    [
        (Late(percent=D(10)), 0, 0), (Late(percent=D(10)), 1, 10), (Late(percent=D(10)), 86400, 10),
        (Late(percent=D(10)), 86401, 20), (Late(percent=D(10), most=D(15)), 86401, 15),
        (Late(percent=D(10), grace_seconds=60), 60, 0),
        (Late(percent=D(10), grace_seconds=60), 61, 10),
        (Late(percent=D(5), per="hour"), 7201, 15), (Late(percent=D(30), per="flat"), 10**6, 30),
        (Late(percent=D(10)), 10**9, 100), (None, 10**9, 0), (Late(percent=D(10)), -5, 0),
    ],
)  # fmt: skip
def test_lateness_takes_by_what_was_begun(late: Late | None, seconds: int, percent: int) -> None:
    assert late_percent(late, seconds) == percent


def test_lateness_takes_of_what_was_earned() -> None:
    late = Late(percent=D(10))
    policy = Policy(late=late)
    folded = fold_attempt([_a("0.5")], policy, asked=_ASKED, late_seconds=1)
    assert (folded.points, folded.late_percent, folded.by_question["a"]) == (
        D("0.9"),
        D(10),
        D(1),
    )


def test_a_faulty_question_is_right_for_all_or_counts_for_nobody() -> None:
    right = {"a": Asked(points=D(2), counts="all_right"), "b": Asked(points=D(3))}
    assert (_fold([], asked=right).points, _fold([], asked=right).possible) == (D(2), D(5))
    out = {"a": Asked(points=D(2), counts="not"), "b": Asked(points=D(3))}
    assert (_fold([_a("1")], asked=out).points, _fold([], asked=out).possible) == (D(0), D(3))


def test_what_is_unread_is_counted_and_not_guessed() -> None:
    result = _fold([_a("0", needs_reading=True), Try(question="b", fraction=D(1))])
    assert (result.points, result.unread) == (D(3), 1)


@_unhurried
@given(_tries, _policies, some.integers(-10, 10**7))
def test_a_fold_is_within_bounds_and_the_same_again(
    tries: list[Try], policy: Policy, late: int
) -> None:
    result = fold_attempt(tries, policy, asked=_ASKED, late_seconds=late)
    assert result == fold_attempt(list(tries), policy, asked=_ASKED, late_seconds=late)
    assert result.points <= result.possible == 5
    if policy.floor == 0:
        assert result.points >= 0
    assert -result.points.as_tuple().exponent <= policy.places  # type: ignore[operator]


@_unhurried
@given(_tries, _policies)
def test_only_the_order_within_a_question_matters(tries: list[Try], policy: Policy) -> None:
    apart = [one for one in tries if one.question == "b"] + [
        one for one in tries if one.question != "b"
    ]
    assert fold_attempt(tries, policy, asked=_ASKED, late_seconds=0) == fold_attempt(
        apart, policy, asked=_ASKED, late_seconds=0
    )


@_unhurried
@given(_tries, some.sampled_from(["deferred", "immediate", "interactive"]))
def test_a_better_answer_is_never_worth_less(tries: list[Try], behaviour: str) -> None:
    better = [
        Try(question=one.question, fraction=D(1), answered=one.answered, hints=one.hints)
        for one in tries
    ]
    policy: dict[str, Any] = {
        "behaviour": behaviour,
        "tries": (D(1), D("0.5")),
        "wrong_costs": D("0.5"),
    }
    assert _fold(better, **policy).points >= _fold(tries, **policy).points


@pytest.mark.parametrize(
    ("keep", "points"), [("highest", "9"), ("last", "4"), ("first", "3"), ("average", "5.33")]
)
def test_the_policy_says_which_attempt_counts(keep: Any, points: str) -> None:
    assert fold_attempts([D(3), D(9), D(4)], keep=keep, places=2) == D(points)
    assert fold_attempts([], keep=keep, places=2) is None
