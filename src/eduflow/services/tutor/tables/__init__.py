"""Every table of tutor's database, readable as Python; `METADATA` is the whole of it.

Nothing that serves or works imports this package: see `eduflow.kernel.db.tables`.
"""

from eduflow.kernel.db.tables.plumbing import add_plumbing
from eduflow.services.tutor.tables import budgets, catalogue, usage
from eduflow.services.tutor.tables.base import Tutor
from eduflow.standing.tables import add_standing

add_plumbing(Tutor)
add_standing(Tutor)
METADATA = Tutor.metadata

__all__ = ["METADATA", "Tutor", "budgets", "catalogue", "usage"]
