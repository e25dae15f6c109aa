"""Where a person is logged in."""

from datetime import datetime

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import SessionId
from eduflow.kernel.web import View


class SessionEntry(View, kw_only=True):
    """One login that goes on."""

    id: SessionId
    user_agent: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool
    """Whether it is the one that asks."""


# A person has a few; the newest hundred are all there can reasonably be.
_OWN = (
    "SELECT id, user_agent, created_at, used_at, expires_at, id = $1 AS current FROM login_sessions"
    " WHERE user_id = eduflow_person() AND revoked_at IS NULL AND expires_at > clock_timestamp()"
    " ORDER BY used_at DESC, id LIMIT 100"
)


async def own_sessions(replica: ReadSession, current: SessionId) -> list[SessionEntry]:
    """The one used last comes first."""
    return await replica.rows(_OWN, current, into=SessionEntry)
