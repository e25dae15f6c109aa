"""How rows and events come into the school's database: by COPY."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.contracts import Event
from eduflow.kernel.ids import new_id

WHEN = datetime(2026, 9, 1, 8, tzinfo=UTC)
"""When the school began, and all that has no time of its own happened."""


async def copy(
    connection: asyncpg.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Columns are separated by blanks."""
    await connection.copy_records_to_table(table, records=rows, columns=columns.split())


async def record(
    connection: asyncpg.Connection, events: Iterable[Event], *, actor: UUID | None = None
) -> None:
    """Into the log, from which the worker folds them as it would those of commands."""
    rows = (
        (
            *(new_id(), e.name, e.aggregate, e.institution_id, actor, WHEN),
            msgspec.json.encode(e).decode(),
        )
        for e in events
    )
    columns = "id type aggregate_id institution_id actor_id at payload"
    await copy(connection, "outbox_events", columns, rows)
