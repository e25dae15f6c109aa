"""Agreement, calibration, grouping."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.calibration import TooFew, calibrate
from eduflow.scoring.dice import Dice
from eduflow.scoring.grouping import grouped, normalised
from eduflow.scoring.kappa import agreement

D = Decimal
# A busy machine is slow, not wrong; what must be fast says so itself.
_unhurried = settings(deadline=None)


# Fleiss, Cohen and Everitt (1969), the table that Cohen (1968) and R's psych use too.
_TABLE = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]


def _pairs(table: list[list[int]]) -> list[tuple[int, int]]:
    return [
        (one, two)
        for one, row in enumerate(table)
        for two, count in enumerate(row)
        for _ in range(count)
    ]


def test_kappa_is_that_of_published_tables() -> None:
    found = agreement(_pairs(_TABLE), levels=3, confidence=0.95)
    assert found.exact == pytest.approx(0.7)
    # 1 - sum(d^2 observed) / sum(d^2 by chance), by hand: rows .5 .3 .2, columns .6 .3 .1.
    observed = (10 + 14 + 6 + 10 + 4 * (2 + 18)) / 200
    chance = 0.5 * 0.3 + 4 * 0.5 * 0.1 + 0.3 * 0.6 + 0.3 * 0.1 + 4 * 0.2 * 0.6 + 0.2 * 0.3
    assert found.kappa == pytest.approx(1 - observed / chance)
    # Two levels: the weights make no difference, and Cohen's first example has 0.4 of 50 answers.
    plain = agreement(_pairs([[20, 5], [10, 15]]), levels=2, confidence=0.95)
    assert plain.kappa == pytest.approx(0.4)
    assert plain.low is not None
    assert plain.high is not None
    assert (plain.high - plain.low) / 2 / 1.959964 == pytest.approx(0.1270, abs=5e-4)


def test_the_interval_is_as_wide_as_resampling_finds() -> None:
    pairs, dice, found = _pairs(_TABLE), Dice("resample"), []
    for _ in range(300):
        again = [pairs[dice.below(len(pairs))] for _ in pairs]
        kappa = agreement(again, levels=3, confidence=0.95).kappa
        found.append(kappa or 0)
    found.sort()
    interval = agreement(pairs, levels=3, confidence=0.95)
    assert interval.low == pytest.approx(found[7], abs=0.04)
    assert interval.high == pytest.approx(found[292], abs=0.04)


def test_where_all_got_one_score_there_is_no_kappa() -> None:
    assert agreement([(2, 2)] * 9, levels=4, confidence=0.9).kappa is None
    assert agreement([], levels=4, confidence=0.9).count == 0
    with pytest.raises(ValueError, match="level"):
        agreement([(0, 4)], levels=4, confidence=0.9)


@_unhurried
@given(some.lists(some.tuples(some.integers(0, 4), some.integers(0, 4)), max_size=40))
def test_kappa_knows_neither_who_is_first_nor_which_end_is_up(
    pairs: list[tuple[int, int]],
) -> None:
    found = agreement(pairs, levels=5, confidence=0.95)
    for other in ([(b, a) for a, b in pairs], [(4 - a, 4 - b) for a, b in pairs], pairs[::-1]):
        again = agreement(other, levels=5, confidence=0.95)
        assert (again.kappa is None) == (found.kappa is None)
        if found.kappa is not None:
            assert again.kappa == pytest.approx(found.kappa)
            assert found.low is not None
            assert found.high is not None
            assert -1 <= found.low <= found.kappa + 1e-9
            assert found.kappa - 1e-9 <= found.high <= 1


def test_calibration_finds_again_what_was_put_in() -> None:
    dice = Dice("calibrate")

    def chance() -> float:
        return dice.below(10**9) / 10**9

    # Six even chances are as good as the normal distribution here, and the same everywhere.
    abilities = [(sum(chance() for _ in range(6)) - 3) * math.sqrt(2) for _ in range(700)]
    true = {"easy": (1.0, -1.5), "plain": (1.5, 0.0), "hard": (1.0, 1.5), "sharp": (1.7, 0.5)}
    true |= {f"other {n}": (1.2, n / 2 - 1) for n in range(5)}
    answers: dict[str, list[bool | None]] = {
        item: [chance() < 1 / (1 + math.exp(-a * (ability - b))) for ability in abilities]
        for item, (a, b) in true.items()
    }
    answers["all right"] = [True] * 700
    answers["easy"][:20] = [None] * 20
    found = calibrate(answers)
    assert found.converged
    assert found.left_out == ("all right",)
    for item, (a, b) in true.items():
        assert found.items[item].discrimination == pytest.approx(a, abs=0.6)
        assert found.items[item].difficulty == pytest.approx(b, abs=0.4)
    assert calibrate(answers) == found
    with pytest.raises(TooFew):
        calibrate({"one": [True, False]})


_SAID = {
    "1": "The mitochondria!", "2": "the  Mitochondria", "3": "mitochondría",
    "4": "the mitochondria",
    "5": "The mitochondira", "6": "a cell wall", "7": "3.14", "8": "3.15", "9": "", "10": " ? ",
}  # fmt: skip


def test_what_says_the_same_stands_together() -> None:
    groups = grouped(_SAID, near=90)
    assert groups[0].members == ("1", "2", "4", "5")
    assert groups[0].near == ("5",)
    assert {group.members for group in groups[1:]} == {("3",), ("6",), ("7",), ("8",), ("10", "9")}
    apart = grouped(_SAID, near=101)
    assert all(not group.near for group in apart)


def test_signs_that_change_a_meaning_are_kept() -> None:
    assert normalised("-5 %") != normalised("5 %")
    assert normalised("(.5).") == ".5"
    assert normalised("well-known - it.") == "well-known it"
    assert normalised("x+1") != normalised("x 1")
    assert normalised("«Ça va?»") == "ca va"


@_unhurried
@given(some.dictionaries(some.text(max_size=4), some.text(max_size=20), max_size=6))
def test_everybody_is_in_one_group_whatever_the_order(answers: dict[str, str]) -> None:
    groups = grouped(answers, near=85)
    assert sorted(one for group in groups for one in group.members) == sorted(answers)
    assert groups == grouped(dict(reversed(answers.items())), near=85)
    assert all(set(group.near) < set(group.members) for group in groups)
