"""CSV, row by row, in constant memory, however broken the file is.

A bad row is an answer like a good one: its line and why. Only a file without a usable header, or
one that is not text, is refused as a whole.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

import msgspec

from eduflow.services.api_core.sis.rows import PARSERS, AnyRow, RowRefused
from eduflow.services.api_core.sis.sources import SourceFile, Unreadable

LONGEST_LINE = 1 << 18
"""Bytes. Ten names of the longest kind fit ten times."""
_CUT = "\ud800"
"""Stands in a line for what was too long to be read; no UTF-8 decodes to it."""

REQUIRED: dict[str, frozenset[str]] = {
    "enrollments": frozenset({"user_id", "status"}),
    "sections": frozenset({"section_id", "course_id", "name", "status"}),
    "courses": frozenset({"course_id", "short_name", "long_name", "status"}),
    "users": frozenset({"user_id", "login_id", "status"}),
    "accounts": frozenset({"account_id", "parent_account_id", "name", "status"}),
    "terms": frozenset({"term_id", "name", "status"}),
}
"""The columns without which a file is not of its kind."""
_OTHERS = (
    "groups", "group_categories", "groups_membership", "xlists", "user_observers", "admins",
    "logins", "change_sis_id", "differentiation_tags", "grading_periods",
)  # fmt: skip
"""Kinds that Canvas knows and this import leaves out."""


class Line(msgspec.Struct, frozen=True):
    """One row: where it begins, and what it says or why it is refused. `at` is bytes so far."""

    number: int
    row: AnyRow | None
    reason: str
    at: int


class Opened(msgspec.Struct, frozen=True):
    """A file whose kind is known."""

    source: SourceFile
    kind: str


def recognise(source: SourceFile) -> Opened:
    """Say what a file is, by its header and not by its name; raises Unreadable."""
    with source.open() as raw:
        header = _header(raw)
    columns = set(header)
    for kind, required in REQUIRED.items():
        if required <= columns and (kind != "enrollments" or _is_of_seats(columns)):
            return Opened(source, kind)
    stem = PurePosixPath(source.name).stem.lower()
    if stem in _OTHERS:
        raise Unreadable(f"{stem} are not imported")
    likely = next((kind for kind in REQUIRED if kind in stem or kind[:-1] in stem), None)
    if likely is None:
        raise Unreadable(f"its columns are those of no SIS file: {', '.join(header)[:200]}")
    missing = sorted(REQUIRED[likely] - columns)
    if likely == "enrollments" and not missing:
        missing = ["role" if "role" not in columns else "course_id or section_id"]
    raise Unreadable(f"looks like {likely}, and has no column {', '.join(missing)}")


def read(opened: Opened) -> Iterator[Line]:
    """The rows of a file, in order; raises Unreadable where it ends before its end."""
    parse = PARSERS[opened.kind]
    with opened.source.open() as raw:
        lines = Lines(raw)
        header = _header(raw, lines)
        # Values are kept short by the rows themselves; this bounds a quotation that never ends.
        csv.field_size_limit(LONGEST_LINE)
        rows = csv.reader(lines, strict=True)
        first = lines.number + 1
        while True:
            try:
                values = next(rows)
            except StopIteration:
                return
            except csv.Error as fault:
                yield Line(first, None, told_of(fault, first, lines.number), lines.at)
            else:
                if any(map(str.strip, values)):
                    try:
                        row = parse(_fields(header, values))
                    except RowRefused as refused:
                        yield Line(first, None, str(refused), lines.at)
                    else:
                        yield Line(first, row, "", lines.at)
            first = lines.number + 1


class Seen:
    """Remembers which rows a run has had, in little space, so that no file contradicts itself."""

    def __init__(self) -> None:
        self._lines: dict[bytes, tuple[int, int, bytes]] = {}
        self._files: list[str] = []

    def contradicts(self, row: AnyRow, *, file: str, line: int) -> str | None:
        """Where an earlier row says something else of the same thing; the same twice is once."""
        if not self._files or self._files[-1] != file:
            self._files.append(file)
        key = _digest(f"{type(row).__name__}\0{row.sis_id}".encode())
        told = _digest(msgspec.msgpack.encode(row))
        known = self._lines.setdefault(key, (len(self._files) - 1, line, told))
        if known[2] == told:
            return None
        file = self._files[known[0]]
        return f"line {known[1]} of {file} says otherwise of the same; that one counts"


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=8).digest()


class Lines:
    """Physical lines as text. What is too long or no UTF-8 is marked, for the row to be refused."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self.number = 0
        self.at = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        data = self._raw.readline(LONGEST_LINE)
        if not data:
            raise StopIteration
        self.number += 1
        self.at += len(data)
        if len(data) == LONGEST_LINE and not data.endswith(b"\n"):
            while len(
                rest := self._raw.readline(LONGEST_LINE)
            ) == LONGEST_LINE and not rest.endswith(b"\n"):
                self.at += len(rest)
            self.at += len(rest)
            return f"{_CUT}\n"
        if self.number == 1:
            data = data.removeprefix(b"\xef\xbb\xbf")
        return data.decode("utf-8", "surrogateescape")


def _header(raw: IO[bytes], lines: Lines | None = None) -> list[str]:
    lines = lines or Lines(raw)
    try:
        first = next(lines)
    except StopIteration:
        raise Unreadable("is empty") from None
    if _CUT in first:
        raise Unreadable(f"begins with a line longer than {LONGEST_LINE >> 10} KB")
    if any(c == "\0" or "\udc80" <= c <= "\udcff" for c in first):
        raise Unreadable("is not UTF-8 text (save it as CSV in UTF-8)")
    header = [name.strip().lower() for name in next(csv.reader([first]), [])]
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise Unreadable(f"has the column {', '.join(twice)} twice")
    return header


def _is_of_seats(columns: set[str]) -> bool:
    return bool(columns & {"role", "role_id"}) and bool(columns & {"course_id", "section_id"})


def _fields(header: list[str], values: list[str]) -> dict[str, str]:
    refuse_no_text(values)
    if len(values) != len(header):
        raise RowRefused(f"has {len(values)} fields, the header has {len(header)}")
    return dict(zip(header, values, strict=True))


def refuse_no_text(values: list[str]) -> None:
    """Raises RowRefused for what cannot be kept as text, or was cut."""
    for value in values:
        if "\0" in value:
            raise RowRefused("a field contains a NUL byte")
        if not value.isprintable():
            if _CUT in value:
                raise RowRefused(f"the line is longer than {LONGEST_LINE >> 10} KB")
            if any("\udc80" <= c <= "\udcff" for c in value):
                raise RowRefused("a field is not UTF-8 text")


def told_of(fault: csv.Error, first: int, last: int) -> str:
    """What is wrong with the lines from `first` to `last`."""
    through = f"; lines {first} to {last} were not read" if last > first else ""
    if "field limit" in str(fault) or "unexpected end" in str(fault):
        return f"a quotation begins here and does not end{through}"
    return f"is no CSV: {fault}{through}"
