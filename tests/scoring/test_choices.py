"""Choices, statements, hot text."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.interactions import Choice, HotText, Option, TrueFalse
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import ChoiceKey, HotTextKey, TrueFalseKey

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)

_IDS = "abcdef"
_ids = some.lists(some.sampled_from(_IDS), unique=True)
_scorings = some.sampled_from(["all_or_nothing", "right_minus_wrong", "each"])


def _choice(ids: str = _IDS, *, most: int = 0) -> Choice:
    return Choice(choices=tuple(Option(id=one, text=one) for one in ids), max_choices=most)


def _judge(answer: Answer, key: ChoiceKey, *, most: int = 0) -> Score:
    return judge(_choice(most=most), key, answer, values={})


@pytest.mark.parametrize(
    ("scoring", "answer", "fraction"),
    [
        ("all_or_nothing", ["a", "b"], "1"),
        ("all_or_nothing", ["a"], "0"),
        ("all_or_nothing", ["a", "b", "c"], "0"),
        ("right_minus_wrong", ["a"], "0.5"),
        ("right_minus_wrong", ["a", "b", "c"], "0.75"),
        ("right_minus_wrong", ["a", "c", "d", "e", "f"], "0"),
        ("each", ["a"], "0.833333"),
        ("each", ["a", "c"], "0.666667"),
        ("each", ["c", "d", "e", "f"], "0"),
        ("each", [], "0"),
    ],
)
def test_a_choice_is_worth_what_was_reckoned_by_hand(
    scoring: str, answer: list[str], fraction: str
) -> None:
    key = ChoiceKey(correct=("a", "b"), scoring=scoring)  # type: ignore[arg-type]
    assert _judge(answer, key).fraction == Decimal(fraction)


@_unhurried
@given(_ids, _ids, _scorings)
def test_order_and_repetition_make_no_difference(
    answer: list[str], correct: list[str], scoring: str
) -> None:
    key = ChoiceKey(correct=tuple(correct), scoring=scoring)  # type: ignore[arg-type]
    first = _judge(answer, key)
    assert _judge(answer[::-1], key) == first
    assert _judge(answer + answer, key) == first
    turned = judge(_choice(_IDS[::-1]), key, answer, values={})
    assert (turned.fraction, turned.correct, turned.parts) == (
        first.fraction,
        first.correct,
        first.parts,
    )
    assert 0 <= first.fraction <= 1
    assert first == _judge(answer, key)


@_unhurried
@given(some.lists(some.sampled_from(_IDS), unique=True, min_size=1), _scorings)
def test_all_that_is_right_is_worth_all(correct: list[str], scoring: str) -> None:
    key = ChoiceKey(correct=tuple(correct), scoring=scoring)  # type: ignore[arg-type]
    score = _judge(correct, key)
    assert score.fraction == 1
    assert score.correct


@_unhurried
@given(
    some.lists(some.sampled_from(_IDS), unique=True, min_size=1),
    some.lists(some.sampled_from(_IDS), unique=True, min_size=1),
    some.sampled_from(["right_minus_wrong", "each"]),
)
def test_one_more_right_choice_never_takes_and_one_more_wrong_never_brings(
    answer: list[str], correct: list[str], scoring: str
) -> None:
    key = ChoiceKey(correct=tuple(correct), scoring=scoring)  # type: ignore[arg-type]
    before = _judge(answer, key).fraction
    for more in set(_IDS) - set(answer):
        after = _judge([*answer, more], key).fraction
        assert after >= before if more in correct else after <= before


@_unhurried
@given(_ids, some.dictionaries(some.sampled_from(_IDS), some.decimals(-9, 9, places=3)))
def test_weights_of_any_size_stay_within_nought_and_all(
    answer: list[str], weights: dict[str, Decimal]
) -> None:
    score = _judge(answer, ChoiceKey(correct=(), weights=weights))
    total = sum((Fraction(weights.get(one, 0)) for one in answer), Fraction(0))
    assert 0 <= score.fraction <= 1
    assert score.correct == (total >= Fraction(9999, 10000))


def test_three_thirds_as_files_write_them_are_all() -> None:
    third = Decimal("0.33333")
    score = _judge(["a", "b", "c"], ChoiceKey(correct=(), weights=dict.fromkeys("abc", third)))
    assert score.fraction == 1
    assert score.correct


def test_who_takes_more_than_may_be_taken_gets_nothing() -> None:
    assert _judge(["a", "b"], ChoiceKey(correct=("a",)), most=1).fraction == 0


def test_where_nothing_is_right_taking_nothing_is_right_and_silence_is_no_answer() -> None:
    assert _judge([], ChoiceKey(correct=())).correct
    assert not _judge(None, ChoiceKey(correct=())).correct


def test_feedback_is_that_of_what_was_taken() -> None:
    key = ChoiceKey(correct=("a",), feedback={"a": "yes", "b": "no", "c": "no!"})
    assert _judge(["c", "a"], key).feedback == ("yes", "no!")


@pytest.mark.parametrize(("answer", "fraction"), [(True, 1), (False, 0), (None, 0), ("true", 0)])
def test_a_statement_is_true_or_false(answer: Answer, fraction: int) -> None:
    key = TrueFalseKey(correct=True, feedback={"false": "look again"})
    score = judge(TrueFalse(), key, answer, values={})
    assert score.fraction == fraction
    assert score.feedback == (("look again",) if answer is False else ())


@_unhurried
@given(_ids, _ids, _scorings)
def test_hot_text_is_judged_as_choices_are(
    answer: list[str], correct: list[str], scoring: str
) -> None:
    interaction = HotText(stretches=tuple(Option(id=one, text=one) for one in _IDS))
    key = HotTextKey(correct=tuple(correct), scoring=scoring)  # type: ignore[arg-type]
    as_choice = ChoiceKey(correct=tuple(correct), scoring=scoring)  # type: ignore[arg-type]
    assert judge(interaction, key, answer, values={}) == _judge(answer, as_choice)
