"""The row of the audit trail that a command writes beside what it does."""

from eduflow.kernel.audit.keys import AuditKeys
from eduflow.kernel.db.statements import Write
from eduflow.kernel.ids import new_id
from eduflow.kernel.work import UnitOfWork

# What the second sending of a statement in doubt finds is its own row.
_APPEND = (
    "INSERT INTO audit_log (id, institution_id, actor_id, command, permission, kind, target_id,"
    " request_id, at, event_ids, mac)"
    " SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::uuid, $8::uuid,"
    " $9::timestamptz, $10::uuid[], $11::bytea WHERE {allowed} ON CONFLICT (id) DO NOTHING"
)


def audited(keys: AuditKeys, work: UnitOfWork, *, command: str) -> Write:
    """The part of a write that says who had it done."""
    access = work.access
    who = access.identity
    columns = (
        new_id(),
        who.institution if who else None,
        who.user if who else None,
        command,
        access.permission,
        access.kind,
        access.target,
        work.request,
        work.now,
        [id_ for id_, _ in work.events],
    )
    return Write(_APPEND, (*columns, keys.of_row(*columns)), None)
