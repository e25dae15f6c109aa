"""Who asked for what is known of them, and who was forgotten."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eduflow.kernel.db.tables import Keyed, one_of, refers
from eduflow.services.api_core.tables.base import ApiCore


class DataExports(Keyed, ApiCore):
    """Archives of what is known of a person, made when they ask. The archive lies in the object store as exports/<institution>/<id>.zip."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="waiting")
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[bytes | None]

    __table_args__ = (
        one_of("state", ("waiting", "ready", "expired"), name="data_exports_state_is_known"),
        CheckConstraint(
            "state <> 'ready' OR (ready_at IS NOT NULL AND expires_at IS NOT NULL"
            " AND size IS NOT NULL AND sha256 IS NOT NULL)",
            name="data_exports_ready_has_an_archive",
        ),
        refers("institution_id", "user_id", to="users"),
        Index("data_exports_of_person", "user_id", "asked_at"),
        Index(
            "data_exports_one_waiting",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("data_exports_ready", "expires_at", postgresql_where=text("state = 'ready'")),
    )


class Erasures(Keyed, ApiCore):
    """Who was to be forgotten, by whom and why; how far it is, and what was blanked."""

    institution_id: Mapped[UUID]
    user_id: Mapped[UUID]
    asked_by: Mapped[UUID]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="running")
    steps: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("reason <> ''", name="erasures_have_a_reason"),
        one_of("state", ("running", "done"), name="erasures_state_is_known"),
        CheckConstraint(
            "(state = 'done') = (finished_at IS NOT NULL)", name="erasures_done_has_a_time"
        ),
        refers("institution_id", "user_id", to="users"),
        UniqueConstraint("user_id", name="erasures_once"),
    )
