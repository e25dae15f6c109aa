"""Chance that falls alike on every machine and in every version of Python.

The standard library promises that of `random.random()` only. Here it is SHA-256 of seed and
counter, so that a variant can be drawn again years later from its seed.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
_WORD = 1 << 64


class Dice:
    """A row of numbers that depends on nothing but its seed."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def below(self, limit: int) -> int:
        """0 to limit - 1, all alike likely (what would favour the low ones is thrown again)."""
        fair = _WORD - _WORD % limit
        while True:
            word = self._word()
            if word < fair:
                return word % limit

    def shuffled(self, things: Sequence[T]) -> list[T]:
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def _word(self) -> int:
        digest = sha256(self._seed + b"\x00" + self._count.to_bytes(8, "big")).digest()
        self._count += 1
        return int.from_bytes(digest[:8], "big")
