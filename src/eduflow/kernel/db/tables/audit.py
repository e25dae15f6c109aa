"""The audit trail and its chains, as migrations/kernel makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from eduflow.kernel.db.tables import Keyed, PgSnapshot, Xid8

Rules = tuple[Any, ...]


class AuditLog(Keyed):
    """Who had which command carried out, and under what permission. Ids only: no name, no text, no body."""  # noqa: E501 (word for word)

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    institution_id: Mapped[UUID | None] = mapped_column(comment="NULL: nobody was logged in.")
    actor_id: Mapped[UUID | None] = mapped_column(comment="NULL: nobody was logged in.")
    command: Mapped[str]
    permission: Mapped[str]
    kind: Mapped[str]
    target_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    at: Mapped[datetime]
    event_ids: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid()), comment="What was recorded with it in outbox_events."
    )
    mac: Mapped[bytes] = mapped_column(
        comment="Of the row's own columns, under a key derived from EDUFLOW_SECRET: "
        "a row that no service wrote has none that fits."
    )

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805 (SQLAlchemy hands in the class)
        return (
            Index("audit_log_page", "institution_id", "seq"),
            Index("audit_log_xid", "xid"),
        )


class AuditChain:
    """The audit trail's rows in the order they were sealed. Rows of nobody's are in the chain of institution 0."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audit_id: Mapped[UUID]
    row_hash: Mapped[bytes] = mapped_column(comment="SHA-256 of the row in audit_log.")
    previous: Mapped[bytes] = mapped_column(
        comment="The mac of the number before; zeros for the first."
    )
    mac: Mapped[bytes] = mapped_column(
        comment="HMAC-SHA-256 of institution, number, previous and row_hash."
    )

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        return (
            CheckConstraint("number > 0", name="audit_chain_begins_at_one"),
            Index("audit_chain_of_row", "audit_id"),
        )


class AuditHeads:
    """Where each chain ends: without it the end of one could be cut off."""

    institution_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[bytes]
    mac: Mapped[bytes]


class AuditCursor:
    """How far the sealing is, as the checkpoint of a read model; and how many rows it has sealed in all."""  # noqa: E501 (word for word)

    only_row: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    snapshot: Mapped[str] = mapped_column(PgSnapshot)
    target: Mapped[str | None] = mapped_column(PgSnapshot)
    drained: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    round: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sealed: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    mac: Mapped[bytes] = mapped_column(server_default=text(r"'\x'::bytea"))

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        return (CheckConstraint("only_row", name="audit_cursor_is_one"),)


AUDIT: tuple[type, ...] = (AuditLog, AuditChain, AuditHeads, AuditCursor)
