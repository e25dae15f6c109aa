"""What all tables of assessment are made of."""

from sqlalchemy.orm import DeclarativeBase

from eduflow.kernel.db.tables import Described, own_registry


class Assessment(Described, DeclarativeBase):
    registry = own_registry()
