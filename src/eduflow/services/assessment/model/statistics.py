"""What answers say about questions, from sums that every attempt adds to.

All sums are whole numbers, so that they do not depend on the order in which attempts came, and an
attempt that is judged anew takes back exactly what it gave. Shares and points are counted in
ten-thousandths, seconds in steps that grow: to the second up to 100, then to two figures.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext
from uuid import UUID

import msgspec

UNIT = 10_000
_EXACT_SECONDS = 100
_TENTHS = 10
_FEWEST = 2


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt says of one question, by its last judged try."""

    question_id: UUID
    question_version_id: UUID
    fraction: Decimal
    earned: Decimal
    seconds: int
    chosen: tuple[str, ...]


class ItemSums(msgspec.Struct, kw_only=True):
    """Of a question version.

    `f`: share of the points, over all; `e`: points earned, and `r`: points of the rest, over
    attempts that are judged as a whole.
    """

    question_id: UUID
    n: int = 0
    f: int = 0
    whole: int = 0
    e: int = 0
    ee: int = 0
    r: int = 0
    rr: int = 0
    er: int = 0
    seconds: dict[int, int] = {}
    chosen: dict[str, int] = {}
    tenths: dict[int, int] = {}


class Sums(msgspec.Struct, kw_only=True):
    """Of a test under one scoring version."""

    whole: int = 0
    t: int = 0
    tt: int = 0
    seconds: dict[int, int] = {}
    items: dict[UUID, ItemSums] = {}


class ItemStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Of a question version."""

    question_id: UUID
    n: int
    p_value: Decimal
    point_biserial: Decimal | None
    median_seconds: Decimal
    chosen: dict[str, int]
    scores: dict[str, int]


class TestStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Of a test; only attempts that are judged as a whole count."""

    n: int
    mean: Decimal
    deviation: Decimal
    alpha: Decimal | None
    median_seconds: Decimal | None


def add(sums: Sums, items: Sequence[Item], *, final: bool, sign: int) -> None:
    """Add what an attempt says, or with `sign` -1 take it back."""
    total = sum(_units(one.earned) for one in items)
    spent = 0
    for one in items:
        of = sums.items.setdefault(one.question_version_id, ItemSums(question_id=one.question_id))
        share = _units(one.fraction)
        of.n += sign
        of.f += sign * share
        _count(of.seconds, [_step(one.seconds)], sign)
        _count(of.chosen, sorted(set(one.chosen)), sign)
        _count(of.tenths, [min(share * _TENTHS // UNIT, _TENTHS)], sign)
        spent += one.seconds
        if final:
            earned = _units(one.earned)
            rest = total - earned
            of.whole += sign
            of.e += sign * earned
            of.ee += sign * earned * earned
            of.r += sign * rest
            of.rr += sign * rest * rest
            of.er += sign * earned * rest
        if of.n == 0:
            del sums.items[one.question_version_id]
    if final and items:
        sums.whole += sign
        sums.t += sign * total
        sums.tt += sign * total * total
        _count(sums.seconds, [_step(spent)], sign)


def of_item(sums: ItemSums) -> ItemStatistics:
    """What the sums of a question come to."""
    n = sums.whole
    across = n * sums.er - sums.e * sums.r
    spread = (n * sums.ee - sums.e**2) * (n * sums.rr - sums.r**2)
    return ItemStatistics(
        question_id=sums.question_id,
        n=sums.n,
        p_value=_rounded(Decimal(sums.f) / (sums.n * UNIT)),
        point_biserial=_rounded(across / _root(spread)) if spread > 0 else None,
        median_seconds=_median(sums.seconds) or Decimal(0),
        chosen=dict(sorted(sums.chosen.items())),
        scores={str(tenth): sums.tenths[tenth] for tenth in sorted(sums.tenths)},
    )


def of_test(sums: Sums) -> TestStatistics | None:
    """What the sums of a test come to; None while no attempt is judged as a whole."""
    n = sums.whole
    if n == 0:
        return None
    spread = n * sums.tt - sums.t**2
    return TestStatistics(
        n=n,
        mean=_rounded(Decimal(sums.t) / (n * UNIT)),
        deviation=_rounded(_root(spread) / (n * UNIT)),
        alpha=_alpha(sums, spread),
        median_seconds=_median(sums.seconds),
    )


def _alpha(sums: Sums, spread: int) -> Decimal | None:
    """Cronbach's, where every attempt was asked the same questions."""
    asked = [one for one in sums.items.values() if one.whole > 0]
    same = all(one.whole == sums.whole for one in asked)
    k = len(asked)
    if not same or k < _FEWEST or sums.whole < _FEWEST or spread <= 0:
        return None
    own = sum(sums.whole * one.ee - one.e**2 for one in asked)
    return _rounded(Decimal(k) / (k - 1) * (1 - Decimal(own) / spread))


def _units(number: Decimal) -> int:
    return round(number * UNIT)


def _step(seconds: int) -> int:
    if seconds < _EXACT_SECONDS:
        return max(seconds, 0)
    size: int = 10 ** (len(str(seconds)) - _FEWEST)
    return seconds // size * size


def _count(into: dict[int, int] | dict[str, int], keys: Iterable[int | str], sign: int) -> None:
    counted: Mapping[int | str, int] = Counter(keys)
    target: dict[int | str, int] = into  # type: ignore[assignment]
    for key, times in counted.items():
        target[key] = target.get(key, 0) + sign * times
        if target[key] == 0:
            del target[key]


def _median(counted: Mapping[int, int]) -> Decimal | None:
    """The lower one of the two in the middle, where there are two."""
    if not counted:
        return None
    middle = (sum(counted.values()) + 1) // 2
    for key in sorted(counted):
        middle -= counted[key]
        if middle <= 0:
            return Decimal(key)
    return None


def _root(number: int) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return Decimal(number).sqrt()


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.000001")).normalize() + 0
