"""The whole import of a gradebook file: first every row is judged, then the good ones are taken.

Every chunk is one command, made as a whole or not at all. Killed anywhere, the next run finds the
grades that were given and has nothing to do for them.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from eduflow.kernel.auth.identity import Access
from eduflow.kernel.commands import Commands
from eduflow.kernel.ids import UserId
from eduflow.kernel.positions import Position
from eduflow.services.api_core.commands.import_grades import ImportGrades
from eduflow.services.api_core.gradebook_file.columns import KnownAssignment
from eduflow.services.api_core.gradebook_file.reader import (
    Fault,
    GradebookLine,
    open_gradebook,
    read,
)
from eduflow.services.api_core.ids import CourseId
from eduflow.services.api_core.sis.sources import SourceFile

CELLS = 2_000
"""Of one command, about."""
_LONGEST_NAME = 200


class GradebookSummary(msgspec.Struct):
    """What a run did. `position` covers all of it."""

    students: int = 0
    given: int = 0
    same: int = 0
    above: int = 0
    refused: int = 0
    """Rows and columns that are not taken."""
    ignored: list[str] = []
    position: Position | None = None


class GradebookListener(Protocol):
    """Who is told how it goes, while it goes."""

    def refused(self, file: str, line: int, column: str, reason: str) -> None:
        """A row, or with line 1 a column, that is not taken."""

    def went_on(self, *, bytes_read: int, rows: int) -> None:
        """That much is done, of twice the file: it is read to be judged, and read to be taken."""


class GradebookImport:
    """One run into one course, in the name of who grades. `rehearse` judges and takes nothing."""

    def __init__(
        self,
        commands: Commands,
        access: Access,
        *,
        course: CourseId,
        assignments: Sequence[KnownAssignment],
        listener: GradebookListener,
    ) -> None:
        self._commands = commands
        self._access = access
        self._course = course
        self._assignments = assignments
        self._listener = listener
        self._told: set[tuple[int, str, str]] = set()

    async def run(self, source: SourceFile, *, rehearse: bool) -> GradebookSummary:
        """Raises Unreadable, with nothing taken, for a file that cannot be read to its end."""
        judged = await self._through(source, rehearsal=True)
        return judged if rehearse else await self._through(source, rehearsal=False)

    async def _through(self, source: SourceFile, *, rehearsal: bool) -> GradebookSummary:
        opened = open_gradebook(source, self._assignments)
        summary = GradebookSummary()
        chunk: list[tuple[int, GradebookLine]] = []
        seen: set[UserId] = set()
        most = max(1, CELLS // max(1, len(opened.columns.assignments)))
        before = 0 if rehearsal else source.size
        for line in read(opened):
            if line.line is None:
                self._refuse(source, line.number, line.faults, into=summary)
            else:
                chunk.append((line.number, line.line))
            if len(chunk) == most:
                await self._take(source, chunk, seen, rehearsal=rehearsal, into=summary)
                self._listener.went_on(bytes_read=before + line.at, rows=len(seen))
                chunk = []
        if chunk:
            await self._take(source, chunk, seen, rehearsal=rehearsal, into=summary)
        for name, reason in opened.columns.faults:
            self._refuse(source, 1, [Fault(name, reason)], into=summary)
        summary.students = len(seen)
        summary.ignored = opened.columns.ignored
        return summary

    async def _take(
        self,
        source: SourceFile,
        chunk: list[tuple[int, GradebookLine]],
        seen: set[UserId],
        *,
        rehearsal: bool,
        into: GradebookSummary,
    ) -> None:
        command = ImportGrades(
            course=self._course,
            lines=[line for _, line in chunk],
            seen=[*seen],
            reason=f"Imported from {source.name[:_LONGEST_NAME]}",
            rehearsal=rehearsal,
        )
        receipt = await self._commands.execute(command, access=self._access)
        done = receipt.result
        into.given += done.given
        into.same += done.same
        into.above += done.above
        into.position = receipt.position
        seen.update(done.students)
        for untaken in done.untaken:
            fault = Fault(untaken.column, untaken.reason)
            self._refuse(source, chunk[untaken.row][0], [fault], into=into)

    def _refuse(
        self, source: SourceFile, line: int, faults: Sequence[Fault], *, into: GradebookSummary
    ) -> None:
        into.refused += 1
        for fault in faults:
            told = (line, fault.column, fault.reason)
            if told not in self._told:
                self._told.add(told)
                self._listener.refused(source.name, line, fault.column, fault.reason)
