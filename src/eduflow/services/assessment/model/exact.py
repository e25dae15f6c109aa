"""Numbers as people write them."""

from decimal import Decimal

MOST_POINTS = 1_000_000


def exact(number: float) -> Decimal:
    """The decimal that a JSON number was written as, to four places: 0.1 is a tenth."""
    return round(Decimal(repr(number)), 4)
