"""Keys found by trying answers: what the rules give for them, compared with what a key would."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations
from typing import TypeAlias

from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.values import Many, Value, flat

Taken: TypeAlias = frozenset[str]
_ALL_UP_TO = 8
_ORDERS_UP_TO = 5
_SAMPLES = 120
_CLOSE = Fraction(1, 10_000)
PLACES = Decimal("0.000000000001")


def share(points: Decimal, whole: Decimal) -> Decimal:
    """Points as a share of the whole, to twelve places, without zeros at its end."""
    value = (points / whole).quantize(PLACES).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


class Trial:
    """One response of an item, tried alone; the other responses stay empty."""

    def __init__(self, rules: Rules, name: str, *, whole: Decimal) -> None:
        self.rules = rules
        self.name = name
        self.whole = whole

    def score(self, value: Value) -> Decimal:
        return self.rules.score({self.name: value})

    def part(self, value: Value) -> Fraction:
        """Of the whole, between nought and one, as a grade will be."""
        return min(
            max(Fraction(self.score(value)) / Fraction(self.whole), Fraction(0)), Fraction(1)
        )


def sets(known: Sequence[str], correct: Taken, *, most: int) -> Iterator[Taken]:
    """Every answer that can be given, or many where there are too many; never an empty one."""
    largest = most or len(known)
    if len(known) <= _ALL_UP_TO:
        for size in range(1, largest + 1):
            yield from map(frozenset, combinations(known, size))
        return
    # The same sample each time: a file is read alike today and tomorrow.
    chance = random.Random(len(known))  # noqa: S311 - no secret is made of it
    yield from (frozenset({one}) for one in known)
    if correct:
        yield correct
        yield from (correct - {one} for one in correct if len(correct) > 1)
        yield from (correct | {one} for one in known if len(correct | {one}) <= largest)
    for _ in range(_SAMPLES):
        yield frozenset(chance.sample(known, chance.randint(1, largest)))


def orders(right: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if len(right) <= _ORDERS_UP_TO:
        yield from permutations(right)
        return
    chance = random.Random(len(right))  # noqa: S311 - as above
    yield tuple(right)
    yield tuple(reversed(right))
    for at in range(len(right) - 1):
        swapped = list(right)
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        yield tuple(swapped)
    for _ in range(_SAMPLES):
        mixed = list(right)
        chance.shuffle(mixed)
        yield tuple(mixed)


def close(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= _CLOSE


Worth: TypeAlias = Callable[[Taken], Fraction]


def all_or_nothing(_: Sequence[str], correct: Taken) -> Worth:
    return lambda taken: Fraction(taken == correct)


def right_minus_wrong(known: Sequence[str], correct: Taken) -> Worth:
    wrong = max(1, len(set(known) - correct))
    right = max(1, len(correct))

    def worth(taken: Taken) -> Fraction:
        if taken == correct:
            return Fraction(1)
        value = Fraction(len(taken & correct), right) - Fraction(len(taken - correct), wrong)
        return max(Fraction(0), value)

    return worth


def each(known: Sequence[str], correct: Taken) -> Worth:
    return lambda taken: Fraction(
        sum((one in correct) == (one in taken) for one in known), max(1, len(known))
    )


def weighed(weights: Mapping[str, Decimal]) -> Worth:
    def worth(taken: Taken) -> Fraction:
        total = sum((Fraction(weights.get(one, Decimal(0))) for one in taken), Fraction(0))
        return min(max(total, Fraction(0)), Fraction(1))

    return worth


def fits(trial: Trial, worth: Worth, answers: Sequence[Taken], *, single: bool) -> bool:
    def asked(taken: Taken) -> Value:
        return next(iter(taken)) if single else Many(tuple(sorted(taken)))

    return all(close(trial.part(asked(taken)), worth(taken)) for taken in answers)


def ids(value: Value) -> tuple[str, ...]:
    return tuple(str(one) for one in flat([value]) or ())
