"""Words: exact, by wildcard, by pattern; folded as the rules say."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.interactions import Gap, GapFill, Option, ShortText
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import (
    Accepted,
    GapFillKey,
    GapKey,
    NumericRules,
    ShortTextKey,
    TextRules,
)
from eduflow.scoring.texts import pattern_fault

# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)


def _judge(answer: Answer, *texts: str, unmatched: str = "wrong", **rules: Any) -> Score:
    key = ShortTextKey(
        accepted=tuple(Accepted(text=text) for text in texts),
        rules=TextRules(**rules),
        unmatched=unmatched,  # type: ignore[arg-type]
    )
    return judge(ShortText(), key, answer, values={})


@pytest.mark.parametrize(
    ("answer", "text", "rules", "right"),
    [
        ("Paris", "paris", {}, True),
        ("Paris", "paris", {"fold_case": False}, False),
        ("  new \n york ", "New York", {}, True),
        ("new  york", "new york", {"collapse_space": False}, False),
        ("STRASSE", "Straße", {}, True),
        ("İstanbul", "i̇stanbul", {}, True),
        ("café", "cafe\u0301", {}, True),
        ("cafe", "café", {}, False),
        ("cafe", "café", {"fold_accents": True}, True),
        ("ﬁn", "fin", {"fold_accents": True}, True),
        ("o", "ø", {"fold_accents": True}, False),
        ("photosynthesis", "photo*", {"pattern": "wildcard"}, True),
        ("the photo", "photo*", {"pattern": "wildcard"}, False),
        ("aXbXc", "a*b*c", {"pattern": "wildcard"}, True),
        ("ab", "a*ab", {"pattern": "wildcard"}, False),
        ("2*3", "2\\*3", {"pattern": "wildcard"}, True),
        ("2+3", "2\\*3", {"pattern": "wildcard"}, False),
        ("colour", "colou?r", {"pattern": "regex"}, True),
        ("colours", "colou?r", {"pattern": "regex"}, False),
        ("Colour", "colou?r", {"pattern": "regex"}, True),
        ("Colour", "colou?r", {"pattern": "regex", "fold_case": False}, False),
        ("x5", "x\\D", {"pattern": "regex"}, False),
        ("élan", "elan|élan", {"pattern": "regex", "fold_accents": True}, True),
        ("aa", "(a)\\1", {"pattern": "regex"}, False),
    ],
)
def test_a_text_fits_as_the_rules_say(
    answer: str, text: str, rules: dict[str, Any], right: object
) -> None:
    assert _judge(answer, text, **rules).correct is right


@_unhurried
@given(some.text(min_size=1).filter(str.strip), some.booleans(), some.booleans())
def test_every_text_fits_itself_composed_or_not(text: str, accents: object, case: object) -> None:
    score = _judge(text, text, fold_accents=accents, fold_case=case)
    assert score.fraction == 1
    assert _judge(f" {text}\t", text, fold_accents=accents, fold_case=case).fraction == 1


@_unhurried
@given(some.text(), some.text(), some.sampled_from(["exact", "wildcard", "regex"]))
def test_no_text_and_no_pattern_makes_it_raise(answer: str, text: str, pattern: str) -> None:
    score = _judge(answer, text, pattern=pattern)
    assert 0 <= score.fraction <= 1
    assert score == _judge(answer, text, pattern=pattern)


@_unhurried
@given(some.text(alphabet="ab*", max_size=8), some.text(alphabet="ab", min_size=1, max_size=12))
def test_a_wildcard_fits_what_the_regular_expression_of_it_fits(text: str, answer: str) -> None:
    as_regex = text.replace("*", ".*")
    assert (
        _judge(answer, text, pattern="wildcard").correct
        == _judge(answer, as_regex, pattern="regex").correct
    )


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("regex", "(a+)+$"),
        ("regex", "(a|a)*b"),
        ("regex", "(.*)(.*)(.*)(.*)(.*)x"),
        ("regex", "((a{0,30}){0,30}){0,30}b"),
        ("wildcard", "*a" * 200 + "*b"),
    ],
)
def test_patterns_that_make_others_hang_are_soon_done(pattern: str, text: str) -> None:
    began = time.perf_counter()
    assert _judge("a" * 15_000, text, pattern=pattern).fraction in {0, 1}
    assert time.perf_counter() - began < 3


def test_the_first_that_fits_decides_and_the_rest_may_be_read() -> None:
    key = ShortTextKey(
        accepted=(
            Accepted(text="water", worth=Decimal("0.5"), feedback="its name"),
            Accepted(text="*", worth=Decimal(0), feedback="no"),
        ),
        rules=TextRules(pattern="wildcard"),
    )
    half = judge(ShortText(), key, "Water", values={})
    assert (half.fraction, half.correct, half.feedback) == (Decimal("0.5"), False, ("its name",))
    assert judge(ShortText(), key, "fire", values={}).feedback == ("no",)
    assert _judge("fire", "water", unmatched="read").needs_reading
    assert not _judge("  ", "water", unmatched="read").needs_reading


def test_an_author_is_told_of_a_pattern_that_cannot_be_used() -> None:
    assert pattern_fault("(a)\\1")
    assert pattern_fault("a" * 2000)
    assert pattern_fault("colou?r") is None


_GAPS = GapFill(
    gaps=(
        Gap(id="1"),
        Gap(id="2", options=(Option(id="x", text="X"), Option(id="y", text="Y"))),
        Gap(id="3", numeric=True),
    )
)
_GAP_KEY = GapFillKey(
    gaps={
        "1": GapKey(accepted=(Accepted(text="red"),), weight=Decimal(2)),
        "2": GapKey(accepted=(Accepted(text="x", feedback="well chosen"),)),
        "3": GapKey(accepted=(Accepted(text="1.5"),), numbers=NumericRules()),
    }
)


@pytest.mark.parametrize(
    ("answer", "fraction"),
    [
        ({"1": "RED", "2": "x", "3": "1,5"}, "1"),
        ({"1": "red"}, "0.5"),
        ({"2": "x"}, "0.25"),
        ({"2": "X"}, "0"),
        ({"3": "15e-1"}, "0.25"),
        ({}, "0"),
        ({"1": " ", "4": "red"}, "0"),
    ],
)
def test_gaps_are_weighed(answer: Answer, fraction: str) -> None:
    assert judge(_GAPS, _GAP_KEY, answer, values={}).fraction == Decimal(fraction)


@_unhurried
@given(some.dictionaries(some.sampled_from("1234"), some.text() | some.sampled_from("xy")))
def test_gaps_in_any_order_are_worth_the_same_and_one_more_right_never_takes(
    answer: dict[str, str],
) -> None:
    score = judge(_GAPS, _GAP_KEY, {**answer}, values={})
    assert judge(_GAPS, _GAP_KEY, dict(reversed(answer.items())), values={}) == score
    assert 0 <= score.fraction <= 1
    assert judge(_GAPS, _GAP_KEY, {**answer, "1": "red"}, values={}).fraction >= score.fraction
