"""What people were told, by which ways, and how they want to be told."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import FREQUENCIES, ApiCore


class NotificationDigests(Keyed, ApiCore):
    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    kind: Mapped[str]
    slot: Mapped[date] = mapped_column(
        Date(),
        comment="The morning it is for, by the person's calendar. "
        "However many workers make it, it is made once.",
    )
    created_at: Mapped[datetime]

    __table_args__ = (
        one_of("kind", ("daily", "weekly"), name="notification_digests_kind_is_known"),
        UniqueConstraint("user_id", "kind", "slot", name="notification_digests_once"),
        UniqueConstraint("institution_id", "user_id", "id"),
        refers("institution_id", "user_id", to="users"),
    )


class Notifications(Keyed, ApiCore):
    """What somebody was told, of which event, and by which ways."""

    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    kind: Mapped[str]
    event_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    in_app: Mapped[bool]
    mail: Mapped[str]
    digest_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("mail", FREQUENCIES, name="notifications_mail_is_known"),
        UniqueConstraint("event_id", "user_id", name="notifications_once"),
        refers("institution_id", "user_id", to="users"),
        ForeignKeyConstraint(
            ["institution_id", "user_id", "digest_id"],
            [
                "notification_digests.institution_id",
                "notification_digests.user_id",
                "notification_digests.id",
            ],
        ),
        Index(
            "notifications_of_person",
            *("user_id", text("id DESC")),
            postgresql_where=text("in_app"),
        ),
        Index("notifications_of_kind", "user_id", "kind"),
        Index(
            "notifications_unread",
            "user_id",
            postgresql_where=text("in_app AND read_at IS NULL"),
        ),
        Index(
            "notifications_for_digests",
            *("user_id", "mail"),
            postgresql_where=text(
                "mail IN ('daily', 'weekly') AND digest_id IS NULL AND read_at IS NULL"
            ),
        ),
    )


class NotificationPreferences(ApiCore):
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID]
    digest: Mapped[str]

    __table_args__ = (
        one_of("channel", ("in_app", "mail"), name="notification_preferences_channel_is_known"),
        one_of("digest", FREQUENCIES, name="notification_preferences_digest_is_known"),
        CheckConstraint(
            "channel = 'mail' OR digest IN ('off', 'immediate')",
            name="notification_preferences_in_app_is_at_once",
        ),
        refers("institution_id", "user_id", to="users"),
    )
