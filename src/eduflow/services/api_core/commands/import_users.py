"""Take the people that an SIS sends."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import PersonAdded, PersonChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.commands.withdraw_seats import withdraw_seats
from eduflow.services.api_core.sis.outcome import Imported, Named, Rehearsal, column, uuids
from eduflow.services.api_core.sis.rows import UserRow


class ImportUsers(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write. Who is deleted gives up seats and sessions."""

    rows: list[UserRow]
    rehearsal: Rehearsal | None


class _Person(Named, kw_only=True):
    email: str = ""
    display_name: str = ""
    sortable_name: str = ""
    login_id: str | None = None
    state: str = "active"
    version: int = 1


class _Address(msgspec.Struct):
    id: UUID
    email: str


class _Seen(msgspec.Struct):
    people: list[_Person]
    addresses: list[_Address]


_LOOK = (
    "SELECT coalesce((SELECT json_agg(p) FROM (SELECT id, coalesce(sis_id, id::text) AS"
    " name_in_sis, email,"
    " display_name, sortable_name, login_id, state, version FROM users WHERE institution_id = $1"
    " AND (sis_id = ANY($2::text[]) OR (sis_id IS NULL AND id = ANY($3::uuid[])))) AS p), '[]')"
    " AS people,"
    " coalesce((SELECT json_agg(a) FROM (SELECT id, email FROM users WHERE institution_id = $1"
    " AND email = ANY($4::text[]) AND state <> 'deleted') AS a), '[]') AS addresses"
)
_CHANGE = (
    "UPDATE users AS u SET email = r.email, display_name = r.display_name, sortable_name ="
    " r.sortable_name,"
    " login_id = r.login_id, state = r.state, version = u.version + 1 FROM unnest($1::uuid[],"
    " $2::int[],"
    " $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
    " AS r(id, version, email, display_name, sortable_name, login_id, state)"
    " WHERE u.id = r.id AND u.version = r.version AND {allowed}"
)
_ADD = (
    "INSERT INTO users (id, institution_id, sis_id, email, display_name, sortable_name, login_id,"
    " state, created_at)"
    " SELECT r.id, $1, r.sis_id, r.email, r.display_name, r.sortable_name, r.login_id, r.state, $2"
    " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],"
    " $9::text[])"
    " AS r(id, sis_id, email, display_name, sortable_name, login_id, state)"
    " WHERE {allowed} ON CONFLICT DO NOTHING"
)
_END_SESSIONS = (
    "UPDATE login_sessions SET revoked_at = $2, revoked_because = 'suspended'"
    " WHERE user_id = ANY($1::uuid[]) AND revoked_at IS NULL AND {allowed}"
)


class _Decision:
    """Decides row by row, each on what those before it leave."""

    def __init__(self, seen: _Seen, rehearsal: Rehearsal | None) -> None:
        self.outcome = Imported()
        self.new: list[_Person] = []
        self.changed: list[_Person] = []
        self._now = {person.name_in_sis: person for person in seen.people}
        self._owners = {address.email: address.id for address in seen.addresses}
        self._freed: set[str] = set()
        self._rehearsed = rehearsal.of("people") if rehearsal else {}
        self._addressed = rehearsal.of("addresses") if rehearsal else {}
        self._now |= self._rehearsed
        self._owners |= self._addressed

    def take(self, number: int, row: UserRow) -> None:
        known = self._now.get(row.sis_id)
        if known is None and row.state == "deleted":
            self.outcome.same += 1
            return
        wanted = _after(row, known)
        reason = self._reason_against(wanted, known)
        if reason is not None:
            self.outcome.refuse(number, reason)
            return
        self.outcome.count(known=known is not None, same=wanted == known)
        if wanted == known:
            return
        (self.changed if known else self.new).append(wanted)
        self._now[row.sis_id] = self._rehearsed[row.sis_id] = wanted
        if known is not None and (wanted.state == "deleted" or wanted.email != known.email):
            self._owners.pop(known.email, None)
            self._freed.add(known.email)
        if wanted.state != "deleted":
            self._owners[wanted.email] = self._addressed[wanted.email] = wanted.id

    def _reason_against(self, wanted: _Person, known: _Person | None) -> str | None:
        if wanted.state == "deleted":
            return None
        if not wanted.email:
            return "has no e-mail address, neither as email nor as login_id"
        if not wanted.display_name:
            return "has no name: give full_name, or first_name and last_name"
        owner = self._owners.get(wanted.email)
        if owner is not None and owner != wanted.id:
            return f"the e-mail address {wanted.email!r} belongs to another person"
        if known is not None and wanted.email != known.email and wanted.email in self._freed:
            # Rows of one write change in no order; an address is at no time two people's.
            return f"the e-mail address {wanted.email!r} becomes free in this run: run it again"
        return None


async def import_users(command: ImportUsers, work: UnitOfWork) -> Imported:
    institution = work.identity.institution
    names = [row.sis_id for row in command.rows]
    emails = list({row.email for row in command.rows if row.email})
    (seen,) = await work.look(_LOOK, institution, names, uuids(names), emails, into=_Seen)
    decision = _Decision(seen, command.rehearsal)
    # Who goes gives an address back, so those come first.
    for number, row in sorted(enumerate(command.rows), key=lambda r: r[1].state != "deleted"):
        decision.take(number, row)
    if command.rehearsal:
        return decision.outcome
    new, changed = decision.new, decision.changed
    fields = ("email", "display_name", "sortable_name", "login_id", "state")
    if changed:
        columns = (column(changed, c) for c in ("id", "version", *fields))
        work.write(_CHANGE, *columns, changes=len(changed))
    if new:
        columns = (column(new, c) for c in ("id", "name_in_sis", *fields))
        work.write(_ADD, institution, work.now, *columns, changes=len(new))
    for person in new:
        work.record(_told(person, institution, PersonAdded))
    for person in changed:
        work.record(_told(person, institution, PersonChanged))
    if shut_out := [p.id for p in changed if p.state != "active"]:
        work.write(_END_SESSIONS, shut_out, work.now, changes=None)
    await withdraw_seats(work, people=[p.id for p in changed if p.state == "deleted"])
    return decision.outcome


def _after(row: UserRow, known: _Person | None) -> _Person:
    before = known or _Person(new_id(), row.sis_id)
    if row.state == "deleted":
        return msgspec.structs.replace(before, state="deleted")
    email = row.email or before.email
    return _Person(
        before.id,
        before.name_in_sis,
        email=email,
        display_name=row.display_name or before.display_name,
        sortable_name=row.sortable_name or before.sortable_name,
        # Whoever logs in by their address has no other name to be kept.
        login_id=row.login_id if row.login_id.lower() != email else None,
        state=row.state,
        version=before.version,
    )


def _told(
    person: _Person, institution: UUID, event: type[PersonAdded | PersonChanged]
) -> PersonAdded | PersonChanged:
    return event(
        institution_id=institution,
        user_id=person.id,
        display_name=person.display_name,
        sortable_name=person.sortable_name,
        email=person.email,
        state=person.state,
    )
