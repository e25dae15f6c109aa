"""Calendars that can be subscribed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from eduflow.kernel.db.tables import Keyed, refers
from eduflow.services.api_core.tables.base import ApiCore


class CalendarFeeds(Keyed, ApiCore):
    """Whose calendar can be read by whoever knows its address. Another id is another address; no row, none."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("user_id", name="calendar_feeds_one_a_person"),
        refers("institution_id", "user_id", to="users"),
    )
