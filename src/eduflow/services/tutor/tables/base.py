"""What all tables of tutor are made of."""

from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import DeclarativeBase, mapped_column

from eduflow.kernel.db.tables import Described, own_registry


class Tutor(Described, DeclarativeBase):
    registry = own_registry()


Big = Annotated[int, mapped_column(BigInteger)]
"""Micros, or tokens."""


def in_the_ledgers_currency(table: str) -> CheckConstraint:
    """All money of the ledger is of one currency, until somebody keeps rates."""
    return CheckConstraint("currency = 'USD'", name=f"{table}_currency_is_the_ledgers")
