"""Take the departments that an SIS sends."""

from uuid import UUID

from eduflow.contracts.api_core import AccountAdded, AccountChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.sis.outcome import (
    Imported,
    Named,
    Rehearsal,
    column,
    decide,
    uuids,
)
from eduflow.services.api_core.sis.rows import AccountRow


class ImportAccounts(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write. A parent comes before its children, or is there."""

    rows: list[AccountRow]
    rehearsal: Rehearsal | None


class _Account(Named, kw_only=True):
    parent_id: UUID | None = None
    name: str = ""
    state: str = "active"
    version: int = 1


# With everything above them, so that a circle is seen before it is closed.
_LOOK = (
    "WITH RECURSIVE up AS (SELECT * FROM accounts WHERE institution_id = $1"
    " AND (sis_id = ANY($2::text[]) OR (sis_id IS NULL AND id = ANY($3::uuid[])))"
    " UNION SELECT a.* FROM accounts AS a JOIN up ON a.id = up.parent_id)"
    " SELECT id, coalesce(sis_id, id::text) AS name_in_sis, parent_id, name, state, version FROM up"
)
_CHANGE = (
    "UPDATE accounts AS a SET parent_id = r.parent_id, name = r.name, state = r.state, version ="
    " a.version + 1"
    " FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[])"
    " AS r(id, version, parent_id, name, state) WHERE a.id = r.id AND a.version = r.version AND"
    " {allowed}"
)
_ADD = (
    "INSERT INTO accounts (id, institution_id, sis_id, parent_id, name, state)"
    " SELECT r.id, $1, r.sis_id, r.parent_id, r.name, r.state FROM unnest($2::uuid[], $3::text[],"
    " $4::uuid[],"
    " $5::text[], $6::text[]) AS r(id, sis_id, parent_id, name, state) WHERE {allowed} ON"
    " CONFLICT DO NOTHING"
)


async def import_accounts(command: ImportAccounts, work: UnitOfWork) -> Imported:
    institution = work.identity.institution
    names = list({n for row in command.rows for n in (row.sis_id, row.parent) if n})
    found = await work.look(_LOOK, institution, names, uuids(names), into=_Account)
    now = {account.name_in_sis: account for account in found}
    rehearsed = command.rehearsal.of("accounts") if command.rehearsal else {}
    now |= rehearsed
    above = {account.id: account.parent_id for account in now.values()}

    def after(row: AccountRow, known: _Account | None) -> _Account | str:
        wanted = _after(row, known, now)
        if isinstance(wanted, _Account):
            if _is_circle(wanted, above):
                return f"account {row.sis_id!r} would be above itself"
            above[wanted.id] = wanted.parent_id
        return wanted

    decision = decide(command.rows, now, after=after, rehearsed=rehearsed)
    new, changed = decision.new, decision.changed
    if command.rehearsal:
        return decision.outcome
    # New ones first: the foreign key is looked at after both.
    if new:
        fields = ("id", "name_in_sis", "parent_id", "name", "state")
        work.write(_ADD, institution, *(column(new, c) for c in fields), changes=len(new))
    if changed:
        fields = ("id", "version", "parent_id", "name", "state")
        work.write(_CHANGE, *(column(changed, c) for c in fields), changes=len(changed))
    for account in new:
        work.record(
            AccountAdded(
                institution_id=institution, account_id=account.id, parent_id=account.parent_id
            )
        )
    for account in changed:
        work.record(
            AccountChanged(
                institution_id=institution,
                account_id=account.id,
                parent_id=account.parent_id,
                state=account.state,
            )
        )
    return decision.outcome


def _after(row: AccountRow, known: _Account | None, now: dict[str, _Account]) -> _Account | str:
    """The account as it is to be, or the reason against it."""
    before = known or _Account(new_id(), row.sis_id)
    parent_id = before.parent_id
    if row.state != "deleted":
        parent = now.get(row.parent) if row.parent else None
        if row.parent and (parent is None or parent.state == "deleted"):
            return f"there is no account {row.parent!r} to be its parent"
        parent_id = parent.id if parent else None
    return _Account(
        before.id,
        before.name_in_sis,
        parent_id=parent_id,
        name=row.name or before.name,
        state=row.state,
        version=before.version,
    )


def _is_circle(wanted: _Account, above: dict[UUID, UUID | None]) -> bool:
    place = wanted.parent_id
    while place is not None:
        if place == wanted.id:
            return True
        place = above.get(place)
    return False
