"""The order in which something is shown is no key, whatever its author says of shuffling."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eduflow.scoring.answers import check_answer
from eduflow.scoring.interactions import (
    Choice,
    Gap,
    GapFill,
    HotText,
    Interaction,
    Match,
    Option,
    Order,
)
from eduflow.scoring.variants import arrange
from eduflow.services.assessment.queries.assessment_to_sit import unordered
from eduflow.services.assessment.sitting_views import Asked

_unhurried = settings(deadline=None)
_WORDS = tuple(Option(id=one, text=f"Text {one}") for one in "abcdefg")
_SOURCES = tuple(Option(id=f"s{one}", text=f"Source {one}") for one in "abcdefg")


def _order(options: tuple[Option, ...], *, shuffle: bool) -> Interaction:
    return Order(choices=options, shuffle=shuffle)


def _match(options: tuple[Option, ...], *, shuffle: bool) -> Interaction:
    return Match(sources=_SOURCES, targets=options, shuffle=shuffle)


def _pool(options: tuple[Option, ...], *, shuffle: bool) -> Interaction:
    gaps = tuple(Gap(id=name, options=options) for name in ("g", "h"))
    return GapFill(gaps=(*gaps, Gap(id="typed")), shuffle=shuffle)


def _hot_text(options: tuple[Option, ...], *, shuffle: bool) -> Interaction:
    del shuffle  # Stretches stand in the text; only the list of them has an order.
    return HotText(stretches=options)


_KINDS = [_order, _match, _pool, _hot_text]


def _lists(shown: Interaction) -> list[list[str]]:
    """The sides whose order could tell."""
    match shown:
        case Order():
            sides = [shown.choices]
        case Match():
            sides = [shown.targets]
        case GapFill():
            sides = [gap.options for gap in shown.gaps if gap.options]
        case HotText():
            sides = [shown.stretches]
        case _:
            sides = []
    return [[option.id for option in side] for side in sides]


def _before(interaction: Interaction) -> Interaction:
    asked: Any = msgspec.convert(
        {
            "question_id": UUID(int=1),
            "question_version_id": UUID(int=2),
            "type": "any",
            "body": "",
            "language": "en",
            "interaction": msgspec.to_builtins(interaction),
            "points_list": [1],
            "stimulus_id": None,
        },
        Asked,
    )
    return unordered(asked)


@pytest.mark.parametrize("kind", _KINDS)
@_unhurried
@given(
    written=some.permutations(_WORDS),
    again=some.permutations(_WORDS),
    seed=some.text(max_size=9),
    shuffle=some.booleans(),
)
def test_what_is_shown_does_not_depend_on_how_it_was_written_down(
    kind: Any, written: list[Option], again: list[Option], seed: str, *, shuffle: bool
) -> None:
    one, other = (kind(tuple(options), shuffle=shuffle) for options in (written, again))
    assert _lists(_before(one)) == _lists(_before(other))
    shown, elsewhere = arrange(one, seed=seed), arrange(other, seed=seed)
    if kind is _order:
        assert _lists(shown) != [[option.id for option in written]]
        assert _lists(elsewhere) != [[option.id for option in again]]
    else:
        assert _lists(shown) == _lists(elsewhere)
    for side in (*_lists(shown), *_lists(_before(one))):
        assert sorted(side) == [option.id for option in _WORDS]
    assert shown == arrange(one, seed=seed)


@pytest.mark.parametrize("kind", _KINDS)
def test_each_attempt_has_an_order_of_its_own(kind: Any) -> None:
    shown = {str(_lists(arrange(kind(_WORDS, shuffle=False), seed=str(n)))) for n in range(50)}
    assert len(shown) > 40


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("many", [2, 3, 4])
def test_every_place_is_as_likely_for_the_first_that_was_written(kind: Any, many: int) -> None:
    places = [0] * many
    for seed in range(600):
        (side, *_) = _lists(arrange(kind(_WORDS[:many], shuffle=False), seed=str(seed)))
        places[side.index("a")] += 1
    # Things to be ordered leave one order out, so that the first is first a little more seldom.
    least = 600 / many * (0.5 if kind is _order else 0.8)
    assert min(places) > least, places


def test_of_three_to_be_ordered_all_orders_come_but_the_right_one_and_the_authors() -> None:
    def orders(many: int) -> set[str]:
        asked = [Order(choices=_WORDS[:many]) for _ in range(300)]
        shown = [arrange(one, seed=str(n)) for n, one in enumerate(asked)]
        return {"".join(_lists(one)[0]) for one in shown}

    assert orders(3) == {"acb", "bac", "bca", "cab", "cba"}
    written = Order(choices=_WORDS[:3])
    right = [arrange(written, seed=str(n), right=("c", "a", "b")) for n in range(300)]
    assert {"".join(_lists(one)[0]) for one in right} == {"acb", "bac", "bca", "cba"}
    # Of two the other one would be the key.
    assert orders(2) == {"ab", "ba"}
    assert orders(1) == {"a"}


@pytest.mark.parametrize("kind", [_order, _match, _pool])
def test_an_author_who_fixes_everything_does_not_keep_an_order_that_tells(kind: Any) -> None:
    fixed = tuple(msgspec.structs.replace(option, fixed=True) for option in _WORDS)
    shown = {str(_lists(arrange(kind(fixed, shuffle=False), seed=str(n)))) for n in range(20)}
    assert len(shown) > 10
    none = (*_WORDS[:6], fixed[6])
    for seed in range(20):
        for side in _lists(arrange(kind(none, shuffle=False), seed=str(seed))):
            assert side[-1] == "g"


def test_choices_and_gaps_with_words_of_their_own_are_shown_as_their_author_says() -> None:
    choice = Choice(choices=_WORDS)
    own = tuple(Option(id=option.id, text=f"Other {option.id}") for option in _WORDS)
    gaps = GapFill(gaps=(Gap(id="g", options=_WORDS), Gap(id="h", options=own)))
    match = Match(sources=_SOURCES, targets=_WORDS)
    for seed in range(20):
        assert arrange(choice, seed=str(seed)) == choice
        assert arrange(gaps, seed=str(seed)) == gaps
        shown = arrange(match, seed=str(seed))
        assert isinstance(shown, Match)
        assert shown.sources == _SOURCES
    assert _before(choice) == choice


@pytest.mark.parametrize("kind", _KINDS)
def test_what_may_be_answered_stays(kind: Any) -> None:
    ids = [option.id for option in _WORDS]
    answers: dict[Any, Any] = {
        _order: ids,
        _match: {"sa": ["a"], "sb": ["b"]},
        _pool: {"g": "a", "h": "b", "typed": "x"},
        _hot_text: ids,
    }
    asked = kind(_WORDS, shuffle=False)
    for shown in (arrange(asked, seed="x"), _before(asked)):
        check_answer(shown, answers[kind])
