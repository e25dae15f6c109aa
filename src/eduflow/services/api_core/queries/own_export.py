"""The archive that a person asked for last, and where it lies."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View


class OwnExport(View, kw_only=True):
    """How far it is. `link` is there while it can be downloaded."""

    id: UUID
    state: str
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size: int | None
    sha256: str | None
    link: str | None


class StoredExport(View, kw_only=True):
    """An archive that can be downloaded."""

    id: UUID
    institution_id: UUID
    size: int


_NEWEST = (
    "SELECT id, CASE WHEN state = 'ready' AND expires_at <= clock_timestamp() THEN 'expired'"
    " ELSE state END AS state, asked_at, ready_at, expires_at, size, encode(sha256, 'hex') AS"
    " sha256, CASE WHEN state = 'ready' AND expires_at > clock_timestamp()"
    " THEN '/api/v1/users/me/exports/' || id END AS link"
    " FROM data_exports WHERE user_id = eduflow_person() ORDER BY asked_at DESC, id DESC LIMIT 1"
)
_STORED = (
    "SELECT id, institution_id, size FROM data_exports WHERE id = $1"
    " AND user_id = eduflow_person() AND state = 'ready' AND expires_at > clock_timestamp()"
)


async def own_export(replica: ReadSession) -> OwnExport:
    """The newest; NotFound where none was ever asked for."""
    return await replica.row(_NEWEST, into=OwnExport)


async def stored_export(replica: ReadSession, export: UUID) -> StoredExport:
    """One's own, while it can be downloaded; NotFound otherwise."""
    return await replica.row(_STORED, export, into=StoredExport)


def archive_key(institution: UUID, export: UUID) -> str:
    """Where in the bucket an archive lies."""
    return f"exports/{institution}/{export}.zip"
