"""Which rules besides key and points decide what an attempt is worth; kept with its score."""

from decimal import Decimal

import msgspec


class Certainty(msgspec.Struct, frozen=True, kw_only=True):
    """Marks by how certain the student was, 1 to 3, as parts of `of`: the points of an item."""

    right: tuple[int, int, int] = (1, 2, 3)
    wrong: tuple[int, int, int] = (0, -2, -6)
    of: int = 3


class ScoringPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`scoring_versions.policy`."""

    behaviour: str = "deferred"
    attempt_counts: str = "highest"
    late_penalty: Decimal = Decimal(0)
    certainty: Certainty = Certainty()


COUNTED = ("behaviour", "attempt_counts", "late_penalty")
"""Fields of a delivery policy that are part of it."""
