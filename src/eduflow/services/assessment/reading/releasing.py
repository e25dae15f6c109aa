"""When a model's score may leave without a person, and which are looked at all the same."""

import hashlib
from decimal import Decimal
from uuid import UUID

import msgspec

_SHARE = 10
"""One of so many released scores is also graded by a person who sees nothing of it."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """The bound that was set for a question and a model, and what was measured."""

    state: str
    min_answers: int
    min_kappa: Decimal
    n: int | None = None
    kappa_low: Decimal | None = None

    @property
    def is_open(self) -> bool:
        """Whether the lower end of the interval reaches the bound, on answers enough."""
        return (
            self.state == "measured"
            and self.n is not None
            and self.n >= self.min_answers
            and self.kappa_low is not None
            and self.kappa_low >= self.min_kappa
        )


def is_sampled(response: UUID) -> bool:
    """A share of all answers that nobody can choose, the same however often it is asked."""
    return hashlib.sha256(b"sample" + response.bytes).digest()[0] % _SHARE == 0
