"""How far two graders agree: quadratic weighted kappa, with the interval it lies in.

Cohen (1968), with the standard error for large samples of Fleiss, Cohen and Everitt (1969,
"Large sample standard errors of kappa and weighted kappa", Psychological Bulletin 72), the same
that statsmodels and R's psych report. Thirty lines; scikit-learn would be a hundred megabytes.
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

import msgspec


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Of `count` answers. `kappa` is None where both gave everybody one and the same score."""

    count: int
    exact: float
    """Share of the answers with the same score by both."""
    adjacent: float
    """Share with scores no more than one level apart."""
    kappa: float | None
    low: float | None
    high: float | None


def agreement(pairs: Sequence[tuple[int, int]], *, levels: int, confidence: float) -> Agreement:
    """Of pairs of scores, each a level from 0 to `levels` - 1."""
    count = len(pairs)
    if not count:
        return Agreement(count=0, exact=0, adjacent=0, kappa=None, low=None, high=None)
    if any(not 0 <= level < levels for pair in pairs for level in pair):
        raise ValueError(f"a score is not a level from 0 to {levels - 1}")
    exact = sum(one == two for one, two in pairs) / count
    adjacent = sum(abs(one - two) <= 1 for one, two in pairs) / count
    cells = {pair: seen / count for pair, seen in sorted(Counter(pairs).items())}
    kappa, error = _weighted(cells, levels=levels, count=count)
    if kappa is None:
        return Agreement(
            count=count, exact=exact, adjacent=adjacent, kappa=None, low=None, high=None
        )
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Agreement(
        count=count,
        exact=exact,
        adjacent=adjacent,
        kappa=kappa,
        low=max(-1.0, kappa - reach),
        high=min(1.0, kappa + reach),
    )


def _weighted(
    cells: dict[tuple[int, int], float], *, levels: int, count: int
) -> tuple[float | None, float]:
    span = range(levels)
    rows = [sum(share for (one, _), share in cells.items() if one == level) for level in span]
    columns = [sum(share for (_, two), share in cells.items() if two == level) for level in span]

    def weight(one: int, two: int) -> float:
        return 1 - ((one - two) / max(1, levels - 1)) ** 2

    seen = sum(share * weight(*cell) for cell, share in cells.items())
    chance = sum(rows[one] * columns[two] * weight(one, two) for one in span for two in span)
    if chance >= 1 - 1e-12:
        return None, 0.0
    kappa = (seen - chance) / (1 - chance)
    by_row = [sum(columns[two] * weight(one, two) for two in span) for one in span]
    by_column = [sum(rows[one] * weight(one, two) for one in span) for two in span]
    spread = sum(
        share * (weight(one, two) - (by_row[one] + by_column[two]) * (1 - kappa)) ** 2
        for (one, two), share in cells.items()
    )
    variance = (spread - (kappa - chance * (1 - kappa)) ** 2) / (count * (1 - chance) ** 2)
    return kappa, sqrt(max(0.0, variance))
