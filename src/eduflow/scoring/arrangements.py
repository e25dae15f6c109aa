"""Things put in order, and pairs found."""

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from eduflow.scoring.interactions import Match, Order
from eduflow.scoring.items import Answer, Score
from eduflow.scoring.keys import MatchKey, OrderKey
from eduflow.scoring.shares import NOUGHT, WHOLE, nothing, scored


def judge_order(_: Order, key: OrderKey, answer: Answer) -> Score:
    if not isinstance(answer, list):
        return nothing()
    given = list(dict.fromkeys(answer))
    perfect = bool(given) and given == list(key.sequence)
    if perfect or key.scoring == "all_or_nothing":
        return scored(WHOLE if perfect else NOUGHT, correct=perfect)
    if key.scoring == "position":
        one = Fraction(1, max(1, len(key.sequence)))
        here = dict(enumerate(given))
        parts = {
            thing: one if here.get(place) == thing else NOUGHT
            for place, thing in enumerate(key.sequence)
        }
        return _short_of_all(sum(parts.values(), NOUGHT), parts)
    steps = max(1, len(key.sequence) - 1)
    if key.scoring == "pairs":
        found = set(pairwise(given))
        parts = {
            after: Fraction(1 if (before, after) in found else 0, steps)
            for before, after in pairwise(key.sequence)
        }
        return _short_of_all(sum(parts.values(), NOUGHT), parts)
    place = {thing: index for index, thing in enumerate(key.sequence)}
    run = _longest_rising([place[thing] for thing in given if thing in place])
    # One thing alone is always in order, so that the first of a run brings nothing.
    return _short_of_all(Fraction(max(0, run - 1), steps), {})


def _short_of_all(total: Fraction, parts: dict[str, Fraction]) -> Score:
    if total >= WHOLE:
        # In order, with something among or behind it that does not belong: one step short of all.
        total = 1 - Fraction(1, max(2, len(parts)))
    return scored(total, correct=False, parts=parts)


def _longest_rising(numbers: Sequence[int]) -> int:
    ends: list[int] = []
    for number in numbers:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
    return len(ends)


def judge_match(interaction: Match, key: MatchKey, answer: Answer) -> Score:
    """A source's share: its right targets less its wrong ones, of all that belong to it."""
    given = _pairs(answer)
    if not any(given.values()):
        return nothing()
    sources = [source.id for source in interaction.sources]
    right = {source: frozenset(key.pairs.get(source, ())) for source in sources}
    perfect = all(given.get(source, frozenset()) == right[source] for source in sources)
    # A source that the question does not know has no right target.
    wrong = sum(len(targets - right.get(source, frozenset())) for source, targets in given.items())
    perfect = perfect and not wrong
    if key.scoring == "all_or_nothing" or perfect:
        return scored(WHOLE if perfect else NOUGHT, correct=perfect)
    weights = {
        source: max(NOUGHT, Fraction(key.weights.get(source, 0))) if key.weights else WHOLE
        for source in sources
    }
    whole = sum(weights.values(), NOUGHT) or WHOLE
    parts = {
        source: weights[source] / whole * _source(given.get(source, frozenset()), right[source])
        for source in sources
    }
    total = sum(parts.values(), NOUGHT) - wrong * Fraction(key.wrong_costs)
    return scored(total, correct=False, parts=parts)


def _source(given: frozenset[str], right: frozenset[str]) -> Fraction:
    if not right:
        return NOUGHT if given else WHOLE
    hits = len(given & right)
    return Fraction(max(0, hits - len(given - right)), len(right))


def _pairs(answer: Answer) -> dict[str, frozenset[str]]:
    if not isinstance(answer, dict):
        return {}
    return {
        source: frozenset(targets if isinstance(targets, list) else (targets,))
        for source, targets in answer.items()
    }
