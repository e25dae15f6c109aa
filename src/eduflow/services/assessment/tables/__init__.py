"""Every table of the assessment database, readable as Python; `METADATA` is the whole of it.

Nothing that serves or works imports this package: see `eduflow.kernel.db.tables`.
"""

from eduflow.kernel.db.tables.plumbing import add_plumbing
from eduflow.services.assessment.tables import (
    banks,
    forgetting,
    forms,
    judging,
    read_models,
    reading,
    replaying,
    sitting,
)
from eduflow.services.assessment.tables.base import Assessment
from eduflow.standing.tables import add_standing

add_plumbing(Assessment)
add_standing(Assessment)
METADATA = Assessment.metadata

__all__ = [
    "METADATA",
    "Assessment",
    "banks",
    "forgetting",
    "forms",
    "judging",
    "read_models",
    "reading",
    "replaying",
    "sitting",
]
