"""What the answers of a class say about the questions: classical item analysis."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from statistics import fmean, median, pvariance

import msgspec

_TAIL = 0.27
"""Kelley (1939): of groups cut at the ends, these tell items apart best."""
_FEWEST = 2


class ItemStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """None where too few answered, or all alike, for there to be a number."""

    count: int
    p_value: float | None
    """Mean share of the points: how easy it is."""
    point_biserial: float | None
    """Correlation with the score of the *other* questions: its own part would flatter it."""
    discrimination: float | None
    """Mean of the best 27 % less that of the worst."""
    median_seconds: float | None
    options: dict[str, int]
    """How many took each choice."""


def item_statistics(
    shares: Sequence[float],
    rests: Sequence[float],
    *,
    seconds: Sequence[float],
    taken: Sequence[Sequence[str]],
) -> ItemStatistics:
    """One question: each student's share of it, and of the rest of the test, in the same order."""
    return ItemStatistics(
        count=len(shares),
        p_value=fmean(shares) if shares else None,
        point_biserial=correlation(shares, rests),
        discrimination=_discrimination(shares, rests),
        median_seconds=float(median(seconds)) if seconds else None,
        options=dict(sorted(Counter(one for choices in taken for one in set(choices)).items())),
    )


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's; None where one of them does not vary."""
    if len(one) != len(other):
        raise ValueError("two lists of different students")
    if len(one) < _FEWEST:
        return None
    mean_one, mean_other = fmean(one), fmean(other)
    across = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return max(-1.0, min(1.0, across / sqrt(spread))) if spread > 0 else None


def _discrimination(shares: Sequence[float], rests: Sequence[float]) -> float | None:
    if len(shares) < _FEWEST * 2:
        return None
    # Students of equal score are put in the order of their share, so that it is always the same.
    ranked = sorted(zip((s + r for s, r in zip(shares, rests, strict=True)), shares, strict=True))
    tail = max(1, ceil(len(ranked) * _TAIL))
    worst, best = ranked[:tail], ranked[-tail:]
    return fmean(share for _, share in best) - fmean(share for _, share in worst)


def cronbach_alpha(rows: Sequence[Sequence[float]]) -> float | None:
    """How far the questions measure one thing; a row per student, a column per question."""
    items = len(rows[0]) if rows else 0
    if len(rows) < _FEWEST or items < _FEWEST:
        return None
    total = pvariance([sum(row) for row in rows])
    if total <= 0:
        return None
    own = sum(pvariance([row[item] for row in rows]) for item in range(items))
    return items / (items - 1) * (1 - own / total)


def rest_scores(shares: Mapping[str, Sequence[float]], item: str) -> list[float]:
    """Each student's sum over all questions but one."""
    others = [column for name, column in shares.items() if name != item]
    return [sum(row) for row in zip(*others, strict=True)]
