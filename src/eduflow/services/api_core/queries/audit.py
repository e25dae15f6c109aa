"""Who had what done in the institution, the newest first."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, View


class AuditEntry(View, kw_only=True):
    """One command that was carried out. Ids only: names are joined where they are shown."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    """`00000000-0000-0000-0000-000000000001` is the operator and the platform itself."""
    command: str
    permission: str
    kind: str
    target_id: UUID | None
    request_id: UUID | None
    event_ids: list[UUID]


class _Row(AuditEntry, kw_only=True):
    seq: int


_PAGE = (
    "SELECT l.id, l.at, l.actor_id, l.command, l.permission, l.kind, l.target_id, l.request_id,"
    " l.event_ids, l.seq FROM audit_log AS l WHERE l.institution_id = eduflow_institution()"
    " AND ($1::bigint IS NULL OR l.seq < $1) AND ($2::uuid IS NULL OR l.actor_id = $2)"
    " AND ($3::text IS NULL OR l.command = $3) AND ($4::timestamptz IS NULL OR l.at >= $4)"
    " AND ($5::timestamptz IS NULL OR l.at < $5) ORDER BY l.seq DESC LIMIT $6"
)


async def audit(
    replica: ReadSession,
    page: Page,
    *,
    actor: UserId | None,
    command: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Slice[AuditEntry]:
    """One page. `since` is included, `until` is not."""
    (before,) = page.after(int) or (None,)
    rows = await replica.rows(_PAGE, before, actor, command, since, until, page.fetch, into=_Row)
    return page.of(rows, by=lambda r: (r.seq,), into=_shown)


def _shown(row: _Row) -> AuditEntry:
    return AuditEntry(**{field: getattr(row, field) for field in AuditEntry.__struct_fields__})
