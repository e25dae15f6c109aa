"""Orders and pairs."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.interactions import Match, Option, Order
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import MatchKey, OrderKey

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)

_IDS = "abcde"
_orders = some.sampled_from(["all_or_nothing", "position", "pairs", "longest"])
_targets = some.lists(some.sampled_from("vwxyz"), unique=True, max_size=3)
_pairs = some.dictionaries(some.sampled_from(_IDS), _targets)


def _options(ids: str) -> tuple[Option, ...]:
    return tuple(Option(id=one, text=one) for one in ids)


def _order(answer: Answer, scoring: str, *, sequence: str = _IDS) -> Score:
    key = OrderKey(sequence=tuple(sequence), scoring=scoring)  # type: ignore[arg-type]
    return judge(Order(choices=_options(_IDS)), key, answer, values={})


def _match(answer: Answer, key: MatchKey) -> Score:
    interaction = Match(sources=_options(_IDS), targets=_options("vwxyz"), max_per_source=3)
    return judge(interaction, key, answer, values={})


@pytest.mark.parametrize(
    ("scoring", "answer", "fraction"),
    [
        ("all_or_nothing", "abced", "0"),
        ("position", "abced", "0.6"),
        ("position", "eabcd", "0"),
        ("pairs", "eabcd", "0.75"),
        ("pairs", "edcba", "0"),
        ("longest", "eabcd", "0.75"),
        ("longest", "acebd", "0.5"),
        ("longest", "edcba", "0"),
        ("longest", "abc", "0.5"),
    ],
)
def test_an_order_is_worth_what_was_reckoned_by_hand(
    scoring: str, answer: str, fraction: str
) -> None:
    assert _order([*answer], scoring).fraction == Decimal(fraction)


@_unhurried
@given(some.permutations(_IDS), some.permutations(_IDS), _orders)
def test_only_the_right_order_is_worth_all(
    answer: list[str], sequence: list[str], scoring: str
) -> None:
    score = _order(answer, scoring, sequence="".join(sequence))
    assert 0 <= score.fraction <= 1
    assert (score.fraction == 1) == score.correct == (answer == sequence)
    assert score == _order(answer + answer, scoring, sequence="".join(sequence))


@_unhurried
@given(some.lists(some.text(max_size=3)), _orders)
def test_strange_things_in_an_order_never_make_it_whole(answer: list[str], scoring: str) -> None:
    score = _order(answer, scoring)
    assert 0 <= score.fraction <= 1
    assert score.correct == (list(dict.fromkeys(answer)) == [*_IDS])


_KEY = {"a": ("v",), "b": ("w", "x"), "c": ("y",)}


@pytest.mark.parametrize(
    ("answer", "costs", "fraction"),
    [
        ({"a": ["v"], "b": ["w", "x"], "c": ["y"]}, "0", "1"),
        ({"a": ["v"]}, "0", "0.6"),  # and d and e, which belong nowhere, are rightly left
        ({"a": ["v"], "b": ["w"], "c": ["y"]}, "0", "0.9"),
        ({"a": ["v"], "b": ["w", "x"], "c": ["y"], "d": ["z"]}, "0", "0.8"),
        ({"a": ["v"], "b": ["w", "x"], "c": ["y"], "d": ["z"]}, "0.25", "0.55"),
        ({"a": ["v", "w", "x"]}, "0", "0.4"),
        ({}, "0", "0"),
        ({"a": []}, "0", "0"),
    ],
)
def test_pairs_are_worth_what_was_reckoned_by_hand(
    answer: Answer, costs: str, fraction: str
) -> None:
    key = MatchKey(pairs=_KEY, wrong_costs=Decimal(costs))
    assert _match(answer, key).fraction == Decimal(fraction)


@_unhurried
@given(_pairs, _pairs, some.decimals(0, 2, places=2), some.booleans())
def test_pairs_are_a_set(
    answer: dict[str, list[str]], pairs: dict[str, list[str]], costs: Decimal, whole: object
) -> None:
    key = MatchKey(
        pairs={source: tuple(targets) for source, targets in pairs.items()},
        scoring="all_or_nothing" if whole else "each",
        wrong_costs=costs,
    )
    score = _match({**answer}, key)
    turned = {source: [*targets[::-1], *targets] for source, targets in reversed(answer.items())}
    assert _match({**turned}, key) == score
    assert 0 <= score.fraction <= 1
    assert (score.fraction == 1) == score.correct
    if any(pairs.values()):
        assert _match({**pairs}, key).correct


@_unhurried
@given(_pairs, _pairs)
def test_one_more_wrong_pair_never_brings(
    answer: dict[str, list[str]], pairs: dict[str, list[str]]
) -> None:
    key = MatchKey(pairs={source: tuple(targets) for source, targets in pairs.items()})
    answer = {source: targets for source, targets in answer.items() if targets}
    before = _match({**answer}, key).fraction
    for source in answer:
        for target in set("vwxyz") - set(pairs.get(source, ())):
            worse = {**answer, source: [*answer[source], target]}
            assert _match({**worse}, key).fraction <= before
