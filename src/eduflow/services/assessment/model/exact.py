"""Numbers as people write them."""

from decimal import Decimal

MOST_POINTS = 1_000_000
_PLACES = 4


def exact(number: float) -> Decimal:
    """The decimal that a JSON number was written as: 0.1 is a tenth."""
    return Decimal(repr(number))


def kept(points: Decimal) -> Decimal:
    """The nearest of at most four decimals: as fine as points may be, since a gradebook keeps them.

    What is no number of points at all stays, to be refused.
    """
    if not points.is_finite() or not 0 <= points <= MOST_POINTS:
        return points
    return points if points == (nearest := round(points, _PLACES)) else nearest.normalize() + 0
