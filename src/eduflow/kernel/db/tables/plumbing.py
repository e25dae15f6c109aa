"""What every service database stands on, as migrations/kernel makes it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from eduflow.kernel.db.tables import Keyed, PgLsn, PgSnapshot, Xid8, one_of

Rules = tuple[Any, ...]


class OutboxEvents:
    """What happened, beside the rows it happened to. Kept: every read model is folded from it."""

    seq: Mapped[int] = mapped_column(
        BigInteger,
        Identity(always=True),
        primary_key=True,
        comment="Order within an aggregate: taken while the aggregate's row is locked.",
    )
    xid: Mapped[str] = mapped_column(
        Xid8,
        server_default=text("pg_current_xact_id()"),
        comment="Compared with a reader's stored snapshot, so that a late commit is never skipped.",
    )
    id: Mapped[UUID] = mapped_column(unique=True)
    type: Mapped[str]
    aggregate_id: Mapped[UUID]
    bucket: Mapped[int] = mapped_column(
        SmallInteger,
        Computed("(uuid_hash(aggregate_id) & 63)::smallint", persisted=True),
        comment="Spreads aggregates over the shards of a read model; "
        "one aggregate is always in one.",
    )
    institution_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    request_id: Mapped[UUID | None]
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805 (SQLAlchemy hands in the class)
        return (
            Index("outbox_events_xid", "xid"),
            Index("outbox_events_aggregate", "aggregate_id", "seq"),
        )


class ProjectionCheckpoints:
    consumer: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    shards: Mapped[int] = mapped_column(SmallInteger)
    snapshot: Mapped[str] = mapped_column(
        PgSnapshot,
        comment="Every event of a transaction visible in it is folded; none other is, "
        "but those of `target` up to `drained`.",
    )
    target: Mapped[str | None] = mapped_column(
        PgSnapshot,
        comment="While a backlog is drained: the snapshot it is drained to, in chunks by seq.",
    )
    target_at: Mapped[datetime | None]
    drained: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    round: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    as_of: Mapped[datetime] = mapped_column(
        comment="When `snapshot` was taken; a backlog that is being drained does not move it."
    )
    lsn: Mapped[int] = mapped_column(
        PgLsn,
        server_default=text("pg_current_wal_insert_lsn()"),
        comment="WAL position before this row was written; "
        "a standby that shows the row has replayed it.",
    )

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        return (
            CheckConstraint(
                "shard >= 0 AND shard < shards", name="projection_checkpoints_shard_exists"
            ),
        )


class ProjectionFailures:
    """Events a read model could not take, and the later ones of the same aggregate, which wait behind them."""  # noqa: E501 (word for word)

    consumer: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    aggregate_id: Mapped[UUID]
    event: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(server_default=text("1"))
    error: Mapped[str]
    failed_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    retry_at: Mapped[datetime]

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        waiting = ("consumer", "source", "aggregate_id", "seq")
        return (Index("projection_failures_aggregate", *waiting),)


class IdempotencyKeys:
    principal: Mapped[UUID]
    key: Mapped[str]
    command: Mapped[str]
    body_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any]]
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        return (
            PrimaryKeyConstraint("principal", "key", name="idempotency_keys_once"),
            CheckConstraint("length(key) BETWEEN 1 AND 255", name="idempotency_keys_length"),
            Index("idempotency_keys_at", "at"),
        )


class Jobs(Keyed):
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    institution_id: Mapped[UUID | None]
    unique_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    run_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(
        BigInteger,
        server_default=text("0"),
        comment="Grows with every claim; a worker that comes back from the dead holds an old one "
        "and is refused.",
    )
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    finished_at: Mapped[datetime | None]

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        is_open = text("state IN ('waiting', 'running')")
        waiting, running = text("state = 'waiting'"), text("state = 'running'")
        return (
            one_of("state", ("waiting", "running", "done", "dead"), name="jobs_state_is_known"),
            CheckConstraint(
                "state <> 'running' OR lease_until IS NOT NULL", name="jobs_running_has_a_lease"
            ),
            CheckConstraint(
                "(state IN ('done', 'dead')) = (finished_at IS NOT NULL)",
                name="jobs_finished_has_a_time",
            ),
            Index(
                "jobs_unique_while_open",
                *("kind", "unique_key"),
                unique=True,
                postgresql_where=is_open,
            ),
            Index("jobs_due", "run_at", postgresql_where=waiting),
            Index("jobs_leases", "lease_until", postgresql_where=running),
        )


class JobSchedules:
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    every: Mapped[timedelta]
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]

    @declared_attr.directive
    def __table_args__(cls) -> Rules:  # noqa: N805
        return (CheckConstraint("every > interval '0'", name="job_schedules_every_is_positive"),)


PLUMBING: tuple[type, ...] = (
    OutboxEvents,
    ProjectionCheckpoints,
    ProjectionFailures,
    IdempotencyKeys,
    Jobs,
    JobSchedules,
)


def add_plumbing(base: type[DeclarativeBase]) -> None:
    """Map these tables into the MetaData of one database."""
    for part in PLUMBING:
        type(part.__name__, (part, base), {"__doc__": part.__doc__, "__module__": base.__module__})
