"""Take the terms that an SIS sends."""

from datetime import datetime

from eduflow.contracts.api_core import TermAdded, TermChanged
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
from eduflow.services.api_core.sis.rows import TermRow, ends_before_it_starts, merged


class ImportTerms(Command[Imported], frozen=True, kw_only=True):
    """All rows that can be taken, in one write; the others are refused one by one."""

    rows: list[TermRow]
    rehearsal: Rehearsal | None


class _Term(Named, kw_only=True):
    name: str = ""
    state: str = "active"
    starts_on: datetime | None = None
    ends_on: datetime | None = None
    version: int = 1


_LOOK = (
    "SELECT id, coalesce(sis_id, id::text) AS name_in_sis, name, state, starts_on, ends_on, version"
    " FROM terms WHERE institution_id = $1"
    " AND (sis_id = ANY($2::text[]) OR (sis_id IS NULL AND id = ANY($3::uuid[])))"
)
_CHANGE = (
    "UPDATE terms AS t SET name = r.name, state = r.state, starts_on = r.starts_on, ends_on ="
    " r.ends_on,"
    " version = t.version + 1 FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[],"
    " $5::timestamptz[], $6::timestamptz[]) AS r(id, version, name, state, starts_on, ends_on)"
    " WHERE t.id = r.id AND t.version = r.version AND {allowed}"
)
_ADD = (
    "INSERT INTO terms (id, institution_id, sis_id, name, state, starts_on, ends_on)"
    " SELECT r.id, $1, r.sis_id, r.name, r.state, r.starts_on, r.ends_on FROM unnest($2::uuid[],"
    " $3::text[],"
    " $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[]) AS r(id, sis_id, name, state,"
    " starts_on, ends_on)"
    " WHERE {allowed} ON CONFLICT DO NOTHING"
)


async def import_terms(command: ImportTerms, work: UnitOfWork) -> Imported:
    institution = work.identity.institution
    names = [row.sis_id for row in command.rows]
    now = {
        t.name_in_sis: t
        for t in await work.look(_LOOK, institution, names, uuids(names), into=_Term)
    }
    rehearsed = command.rehearsal.of("terms") if command.rehearsal else {}
    now |= rehearsed
    decision = decide(command.rows, now, after=_after, rehearsed=rehearsed)
    new, changed = decision.new, decision.changed
    if command.rehearsal:
        return decision.outcome
    if changed:
        work.write(
            _CHANGE,
            *(
                column(changed, c)
                for c in ("id", "version", "name", "state", "starts_on", "ends_on")
            ),
            changes=len(changed),
        )
    if new:
        fields = ("id", "name_in_sis", "name", "state", "starts_on", "ends_on")
        work.write(_ADD, institution, *(column(new, c) for c in fields), changes=len(new))
    for term in new:
        work.record(TermAdded(institution_id=institution, term_id=term.id))
    for term in changed:
        work.record(TermChanged(institution_id=institution, term_id=term.id, state=term.state))
    return decision.outcome


def _after(row: TermRow, known: _Term | None) -> _Term | str:
    before = known or _Term(new_id(), row.sis_id)
    wanted = _Term(
        before.id,
        before.name_in_sis,
        name=row.name or before.name,
        state=row.state,
        starts_on=merged(row.starts_on, before.starts_on),
        ends_on=merged(row.ends_on, before.ends_on),
        version=before.version,
    )
    if ends_before_it_starts(wanted.starts_on, wanted.ends_on):
        return "the term ends before it starts"
    return wanted
