"""How far somebody's erasure is, and what it did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View


class ErasureState(View, kw_only=True):
    """As the row of it says."""

    id: UUID
    user_id: UUID
    state: str
    asked_by: UUID
    asked_at: datetime
    reason: str
    finished_at: datetime | None
    steps: list[str]
    counts: dict[str, Any]
    """How many texts and events were blanked, and sessions, links, passwords and roles removed."""


_ONE = (
    "SELECT id, user_id, state, asked_by, asked_at, reason, finished_at, steps, counts"
    " FROM erasures WHERE user_id = $1"
)


async def erasure(replica: ReadSession, user: UserId) -> ErasureState:
    """NotFound where nobody asked for it."""
    return await replica.row(_ONE, user, into=ErasureState)
