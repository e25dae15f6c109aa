"""What all tables of api_core are made of."""

from sqlalchemy.orm import DeclarativeBase

from eduflow.kernel.db.tables import Described, own_registry


class ApiCore(Described, DeclarativeBase):
    registry = own_registry()


TIERS = ("high_school", "undergraduate", "graduate", "professional")
