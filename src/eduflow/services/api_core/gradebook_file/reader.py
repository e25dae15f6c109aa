"""A gradebook file, row by row, in constant memory, however broken it is."""

import csv
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO
from uuid import UUID

import msgspec

from eduflow.services.api_core.gradebook_file.columns import (
    ID,
    LOGIN,
    SIS_ID,
    Columns,
    KnownAssignment,
    understood,
)
from eduflow.services.api_core.gradebook_file.guarding import unguarded
from eduflow.services.api_core.gradebook_file.numbers import number
from eduflow.services.api_core.model.exact import MOST_POINTS
from eduflow.services.api_core.sis.outcome import uuids
from eduflow.services.api_core.sis.reader import LONGEST_LINE, Lines, refuse_no_text, told_of
from eduflow.services.api_core.sis.rows import RowRefused
from eduflow.services.api_core.sis.sources import SourceFile, Unreadable

_PLACES = 4
_SHOWN = 40
_POSTING = frozenset({"", "manual posting", "automatic posting", "muted"})
"""What Canvas writes into a row of its own, below the header."""
_EXCUSED = "ex"


class Cell(msgspec.Struct, frozen=True):
    """What a row says of one assignment. No score: the student is excused."""

    column: str
    assignment: UUID
    score: Decimal | None


class GradebookLine(msgspec.Struct, frozen=True):
    """One student: by which names, and what they are given. Empty cells are not in it."""

    id: UUID | None
    sis_id: str
    login: str
    cells: tuple[Cell, ...]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong, and in which column; "" where it is the row."""

    column: str
    reason: str


class Line(msgspec.Struct, frozen=True):
    """One row: where it begins, and what it says or why it is refused."""

    number: int
    line: GradebookLine | None
    faults: tuple[Fault, ...]
    at: int


class OpenGradebook(msgspec.Struct, frozen=True):
    """A file whose columns are known. `columns` is complete once the rows are being read."""

    source: SourceFile
    columns: Columns
    delimiter: str


def open_gradebook(source: SourceFile, known: Sequence[KnownAssignment]) -> OpenGradebook:
    """Understand the columns; raises Unreadable where it is no gradebook of the course."""
    with source.open() as raw:
        first = next(Lines(raw), "")
    if not first.strip():
        raise Unreadable("is empty")
    try:
        refuse_no_text([first])
    except RowRefused as fault:
        raise Unreadable(f"is no text in UTF-8: {fault}") from fault
    headers = {mark: next(csv.reader([first], delimiter=mark), []) for mark in ",;"}
    delimiter = max(headers, key=lambda mark: len(headers[mark]))
    return OpenGradebook(source, understood(headers[delimiter], known), delimiter)


def read(opened: OpenGradebook) -> Iterator[Line]:
    """Every row of a student, in order; raises Unreadable where the file cannot be read on."""
    with opened.source.open() as raw:
        yield from _rows(opened, raw)


def _rows(opened: OpenGradebook, raw: IO[bytes]) -> Iterator[Line]:
    lines = Lines(raw)
    csv.field_size_limit(LONGEST_LINE)
    rows = csv.reader(lines, delimiter=opened.delimiter, strict=True)
    next(rows)
    before_students = True
    while True:
        first = lines.number + 1
        try:
            values = next(rows)
        except StopIteration:
            return
        except csv.Error as fault:
            reason = told_of(fault, first, lines.number)
            yield Line(first, None, (Fault("", reason),), lines.at)
            continue
        if before_students and _is_above_students(opened.columns, values):
            continue
        if before_students:
            before_students = False
            opened.columns.close()
        if any(map(str.strip, values)):
            line, faults = _understood(opened, values)
            yield Line(first, None if faults else line, tuple(faults), lines.at)


def _is_above_students(columns: Columns, values: Sequence[str]) -> bool:
    if any(_at(values, place) for place in columns.naming.values()):
        return False
    if values and values[0].strip().lower().startswith("points possible"):
        columns.possible(values)
        return True
    return all(value.strip().lower() in _POSTING for value in values)


def _understood(
    opened: OpenGradebook, values: list[str]
) -> tuple[GradebookLine | None, list[Fault]]:
    columns = opened.columns
    try:
        refuse_no_text(values)
    except RowRefused as refused:
        return None, [Fault("", str(refused))]
    if len(values) != len(columns.names):
        reason = f"has {len(values)} fields, the header has {len(columns.names)}"
        return None, [Fault("", reason)]
    faults: list[Fault] = []
    cells: list[Cell] = []
    for place, assignment in columns.assignments.items():
        told = values[place].strip()
        score, reason = _score(told, comma=opened.delimiter == ";") if told else (None, "")
        if reason:
            faults.append(Fault(columns.names[place], reason))
        elif told:
            cells.append(Cell(columns.names[place], assignment.id, score))
    names = {
        name: unguarded(_at(values, columns.naming.get(name, -1))) for name in (ID, SIS_ID, LOGIN)
    }
    own = uuids([names[ID].lower()])
    if not own and not names[SIS_ID] and not names[LOGIN]:
        faults.insert(0, Fault("", "names no student: no ID of ours, SIS User ID or SIS Login ID"))
    line = GradebookLine(own[0] if own else None, names[SIS_ID], names[LOGIN], tuple(cells))
    return line, faults


def _score(told: str, *, comma: bool) -> tuple[Decimal | None, str]:
    """The score, or None for an excuse; and what is wrong with it, or ""."""
    if told.lower() == _EXCUSED:
        return None, ""
    shown = repr(told if len(told) <= _SHOWN else f"{told[: _SHOWN - 1]}…")
    negative = told.startswith("-") and number(told[1:], comma=comma) is not None
    if negative:
        return None, f"{shown} is below nothing"
    score = number(told, comma=comma)
    if score is None:
        return None, f"{shown} is no number, and not EX for excused"
    if score > MOST_POINTS:
        return None, f"{shown} is more than anybody may give ({MOST_POINTS})"
    if score != round(score, _PLACES):
        return None, f"{shown} has more than {_PLACES} decimals"
    return score, ""


def _at(values: Sequence[str], place: int) -> str:
    return values[place].strip() if 0 <= place < len(values) else ""
