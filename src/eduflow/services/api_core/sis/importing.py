"""The whole import: files in the order they need each other, rows in chunks, refusals told.

Every chunk is one command, made as a whole or not at all. Killed anywhere, the next run finds the
chunks that were made and has nothing to do for them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import asyncpg
import msgspec

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.commands import Command, Commands
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import Conflict, Invalid
from eduflow.services.api_core.commands.import_accounts import ImportAccounts
from eduflow.services.api_core.commands.import_courses import ImportCourses
from eduflow.services.api_core.commands.import_enrollments import ImportEnrollments
from eduflow.services.api_core.commands.import_sections import ImportSections
from eduflow.services.api_core.commands.import_terms import ImportTerms
from eduflow.services.api_core.commands.import_users import ImportUsers
from eduflow.services.api_core.sis.outcome import Imported, Rehearsal
from eduflow.services.api_core.sis.reader import Opened, Seen, read, recognise
from eduflow.services.api_core.sis.rows import PARSERS, AccountRow, AnyRow
from eduflow.services.api_core.sis.sources import Found, Unreadable

CHUNK = 1_000
_COMMANDS: dict[str, Callable[..., Command[Imported]]] = {
    "terms": ImportTerms,
    "accounts": ImportAccounts,
    "users": ImportUsers,
    "courses": ImportCourses,
    "sections": ImportSections,
    "enrollments": ImportEnrollments,
}
_REFUSED_BY_THE_DATABASE = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


class Counts(msgspec.Struct):
    """Rows of one kind."""

    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0


class Summary(msgspec.Struct):
    """What a run did. `position` covers all of it."""

    kinds: dict[str, Counts] = {}
    files: int = 0
    unreadable: int = 0
    position: Position | None = None

    @property
    def refused(self) -> int:
        """Everything that was not taken, rows and whole files."""
        return self.unreadable + sum(counts.refused for counts in self.kinds.values())


class Listener(Protocol):
    """Who is told how it goes, while it goes."""

    def refused(self, file: str, line: int, reason: str) -> None:
        """A row, or with line 0 a file, that is not taken."""

    def went_on(self, kind: str, *, bytes_read: int, rows: int) -> None:
        """That much of all files is done."""


class _Placed(msgspec.Struct, frozen=True):
    """A row, and where it stands."""

    file: str
    line: int
    row: Any


class SisImport:
    """One run. `rehearse` decides on everything and writes nothing."""

    def __init__(
        self,
        commands: Commands,
        institution: InstitutionId,
        *,
        listener: Listener,
        rehearse: bool,
    ) -> None:
        self._commands = commands
        self._access = as_system(institution)
        self._listener = listener
        self._rehearsal = Rehearsal() if rehearse else None
        self._seen = Seen()
        self._bytes = 0
        self._done = 0
        self.summary = Summary()

    async def run(self, found: Found) -> Summary:
        """Import what can be; a bad row never stops the rest."""
        for name, reason in found.unreadable:
            self._refuse_file(name, reason)
        opened: list[Opened] = []
        for source in found.files:
            try:
                opened.append(recognise(source))
                self.summary.files += 1
            except Unreadable as fault:
                self._refuse_file(source.name, str(fault))
        for kind in PARSERS:
            files = [file for file in opened if file.kind == kind]
            if files:
                self.summary.kinds[kind] = Counts()
            rows = self._rows(kind, files)
            if kind == "accounts":
                # Few, and children may come before their parents.
                rows = iter(_parents_first(list(rows)))
            await self._all(kind, rows)
        return self.summary

    async def _all(self, kind: str, rows: Iterator[_Placed]) -> None:
        chunk: list[_Placed] = []
        for placed in rows:
            chunk.append(placed)
            if len(chunk) == CHUNK:
                await self._take(kind, chunk)
                chunk = []
        if chunk:
            await self._take(kind, chunk)

    def _rows(self, kind: str, files: Sequence[Opened]) -> Iterator[_Placed]:
        """The rows of a kind that are good in themselves; the others are told at once."""
        before = self._bytes
        for opened in files:
            name = opened.source.name
            try:
                for line in read(opened):
                    self._bytes = before + line.at
                    row: AnyRow | None = line.row
                    reason = line.reason
                    if row is not None:
                        reason = self._seen.contradicts(row, file=name, line=line.number) or ""
                    if reason or row is None:
                        self._refuse(kind, name, line.number, reason)
                    else:
                        yield _Placed(name, line.number, row)
            except Unreadable as fault:
                self._refuse_file(name, str(fault))
            before += opened.source.size
            self._bytes = before

    async def _take(self, kind: str, chunk: Sequence[_Placed]) -> None:
        command = _COMMANDS[kind](rows=[p.row for p in chunk], rehearsal=self._rehearsal)
        try:
            receipt = await self._commands.execute(command, access=self._access)
        except (*_REFUSED_BY_THE_DATABASE, Conflict, Invalid) as fault:
            # A rule that only the database knows. Which row broke it shows when they go in fewer.
            if len(chunk) == 1:
                self._refuse(kind, chunk[0].file, chunk[0].line, _told(fault))
                return
            middle = len(chunk) // 2
            await self._take(kind, chunk[:middle])
            await self._take(kind, chunk[middle:])
            return
        done = receipt.result
        counts = self.summary.kinds[kind]
        counts.new += done.new
        counts.changed += done.changed
        counts.same += done.same
        for refusal in done.refused:
            placed = chunk[refusal.row]
            self._refuse(kind, placed.file, placed.line, refusal.reason)
        self.summary.position = receipt.position
        self._done += len(chunk)
        self._listener.went_on(kind, bytes_read=self._bytes, rows=self._done)

    def _refuse(self, kind: str, file: str, line: int, reason: str) -> None:
        self.summary.kinds[kind].refused += 1
        self._listener.refused(file, line, reason)

    def _refuse_file(self, file: str, reason: str) -> None:
        self.summary.unreadable += 1
        self._listener.refused(file, 0, reason)


def _parents_first(rows: Sequence[_Placed]) -> list[_Placed]:
    """Accounts in an order in which none comes before its parent; those in a circle come last."""
    by_name = {placed.row.sis_id: placed for placed in rows}
    ordered: dict[str, _Placed] = {}
    for placed in rows:
        path: dict[str, _Placed] = {}
        name: str | None = placed.row.sis_id
        while name is not None and name in by_name and name not in ordered and name not in path:
            path[name] = by_name[name]
            row: AccountRow = by_name[name].row
            name = row.parent
        ordered.update(reversed(path.items()))
    return list(ordered.values())


def _told(fault: Exception) -> str:
    if isinstance(fault, asyncpg.PostgresError):
        rule = getattr(fault, "constraint_name", None)
        return f"is against the rule {rule}" if rule else f"is refused by the database: {fault}"
    return str(fault)
