"""Finds what somebody has done to the audit trail: edited, removed, added or moved rows.

Reads along each chain, a page at a time, up to the end that there was at the beginning: sealing may
go on meanwhile. Needs a connection that sees every institution, as the workers' does.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from eduflow.kernel.audit.keys import FIRST, NOBODYS, AuditKeys, row_hash, signed_columns
from eduflow.kernel.audit.sealing import COLUMNS

Source: TypeAlias = asyncpg.Pool | asyncpg.Connection
_PAGE = 2000
_ENDS = (
    "SELECT w.institution_id, h.number, h.last, h.mac FROM (SELECT institution_id FROM audit_heads"
    " UNION SELECT DISTINCT institution_id FROM audit_chain) AS w"
    " LEFT JOIN audit_heads AS h USING (institution_id)"
    " WHERE $1::uuid IS NULL OR w.institution_id = $1 ORDER BY 1"
)
_LINKS = (
    "SELECT c.number, c.audit_id, c.row_hash AS sealed_hash, c.previous, c.mac AS link_mac,"
    f" {COLUMNS} FROM audit_chain AS c LEFT JOIN audit_log AS l ON l.id = c.audit_id"
    " WHERE c.institution_id = $1 AND c.number > $2 AND c.number <= $3"
    " ORDER BY c.number LIMIT $4"
)
# Rows that no chain knows: those the next sealing will find, and those it never would.
_UNSEALED = (
    f"SELECT {COLUMNS}, pg_visible_in_snapshot(l.xid, k.snapshot) OR (k.target IS NOT NULL"
    " AND pg_visible_in_snapshot(l.xid, k.target) AND l.seq <= k.drained) AS passed_over"
    " FROM audit_log AS l, audit_cursor AS k WHERE NOT EXISTS (SELECT FROM audit_chain AS c"
    " WHERE c.audit_id = l.id) AND ($1::uuid IS NULL OR coalesce(l.institution_id, $2) = $1)"
    " AND l.seq > $3 ORDER BY l.seq LIMIT $4"
)
# A row under another's id, and one row in two places of the chains.
_TWICE = (
    "SELECT audit_id FROM audit_chain WHERE $1::uuid IS NULL OR institution_id = $1"
    " GROUP BY audit_id HAVING count(*) > 1 ORDER BY 1 LIMIT 100"
)
# A round writes its links and the ends they lead to at once: at no time is there one beyond.
_BEYOND = (
    "SELECT c.institution_id, c.number, c.audit_id FROM audit_chain AS c"
    " JOIN audit_heads AS h USING (institution_id) WHERE c.number > h.number"
    " AND ($1::uuid IS NULL OR c.institution_id = $1) ORDER BY 1, 2 LIMIT 100"
)
_TOTAL = (
    "SELECT k.round, k.sealed, k.mac, (SELECT coalesce(sum(number), 0)::bigint FROM audit_heads)"
    " AS ends FROM audit_cursor AS k"
)


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it was written."""

    institution: UUID
    number: int | None
    """Its place in the chain."""
    row: UUID | None
    what: str


class Verified(msgspec.Struct, kw_only=True):
    """What was found."""

    rows: int = 0
    unsealed: int = 0
    """Rows of the last seconds, which only their own macs vouch for."""
    faults: list[Fault] = []


async def verify(source: Source, keys: AuditKeys, *, institution: UUID | None) -> Verified:
    """Check the chain of one institution, or all of them and that none is missing."""
    found = Verified(faults=[])
    for end in await source.fetch(_ENDS, institution):
        await _Walk(keys, end, found=found).go(source)
    async for row in _unsealed(source, institution):
        _alone(keys, row, found)
    for row in await source.fetch(_BEYOND, institution):
        place = (row["institution_id"], row["number"], row["audit_id"])
        found.faults.append(Fault(*place, "lies beyond the end of the chain"))
    for row in await source.fetch(_TWICE, institution):
        found.faults.append(Fault(NOBODYS, None, row["audit_id"], "is in the chain twice"))
    if institution is None:
        await _in_all(source, keys, found)
    return found


class _Walk:
    """Along one chain, to the end that was told at the beginning."""

    def __init__(self, keys: AuditKeys, end: Mapping[str, Any], *, found: Verified) -> None:
        # asyncpg's UUIDs are a class of their own, which JSON writes as it writes the standard one.
        self._institution: UUID = end["institution_id"]
        self._keys = keys
        self._end = end
        self._found = found
        self._number, self._previous = 0, FIRST

    async def go(self, source: Source) -> None:
        end = self._end
        if end["number"] is None:
            self._fault(None, None, "the end of the chain is missing")
            return
        if self._keys.of_head(self._institution, end["number"], last=end["last"]) != end["mac"]:
            self._fault(end["number"], None, "the end of the chain was changed")
        while links := await source.fetch(
            _LINKS, self._institution, self._number, end["number"], _PAGE
        ):
            for link in links:
                self._step(link)
        if self._number != end["number"] or self._previous != end["last"]:
            self._fault(end["number"], None, "the chain does not end where it ended")

    def _step(self, link: Mapping[str, Any]) -> None:
        if link["number"] != self._number + 1:
            self._fault(self._number + 1, None, "links of the chain were removed")
        number, row, hashed = link["number"], link["audit_id"], link["sealed_hash"]
        before, mac = link["previous"], link["link_mac"]
        if before != self._previous:
            self._fault(number, row, "does not follow the one before it")
        if self._keys.of_link(self._institution, number, previous=before, row=hashed) != mac:
            self._fault(number, row, "the link was changed")
        if link["id"] is None:
            self._fault(number, row, "the row was removed")
        elif row_hash(link) != hashed or self._keys.of_row(*signed_columns(link)) != link["mac"]:
            self._fault(number, row, "the row was changed")
        self._number, self._previous = number, mac
        self._found.rows += 1

    def _fault(self, number: int | None, row: UUID | None, what: str) -> None:
        self._found.faults.append(Fault(self._institution, number, row, what))


async def _unsealed(source: Source, institution: UUID | None) -> AsyncIterator[asyncpg.Record]:
    after = -1
    while rows := await source.fetch(_UNSEALED, institution, NOBODYS, after, _PAGE):
        for row in rows:
            yield row
        after = rows[-1]["seq"]


def _alone(keys: AuditKeys, row: Mapping[str, Any], found: Verified) -> None:
    whose = row["institution_id"] or NOBODYS
    if keys.of_row(*signed_columns(row)) != row["mac"]:
        found.faults.append(Fault(whose, None, row["id"], "no service wrote this row"))
    elif row["passed_over"]:
        found.faults.append(Fault(whose, None, row["id"], "was left out of the chain"))
    else:
        found.unsealed += 1


async def _in_all(source: Source, keys: AuditKeys, found: Verified) -> None:
    total = await source.fetchrow(_TOTAL)
    if total is None:
        found.faults.append(Fault(NOBODYS, None, None, "the count of all rows is missing"))
        return
    untouched = total["round"] == 0 and total["sealed"] == 0 and total["mac"] == b""
    if not untouched and keys.of_cursor(total["round"], sealed=total["sealed"]) != total["mac"]:
        found.faults.append(Fault(NOBODYS, None, None, "the count of all rows was changed"))
    if total["sealed"] != total["ends"]:
        what = f"{total['sealed']} rows were sealed, and the chains end at {total['ends']}"
        found.faults.append(Fault(NOBODYS, None, None, what))
