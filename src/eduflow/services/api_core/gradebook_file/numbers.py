"""Scores as people write them into spreadsheets."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]*)?|\.[0-9]+")


def number(told: str, *, comma: bool = False) -> Decimal | None:
    """The number, or None for anything else: a formula, a word, NaN, 1e999.

    `comma`: a comma may stand for the point, as where columns are parted by semicolons.
    """
    plain = told.replace(",", ".") if comma else told
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
