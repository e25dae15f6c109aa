"""What the columns of a gradebook file are: who, which assignment, or nothing that is read."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.services.api_core.gradebook_file.guarding import unguarded
from eduflow.services.api_core.gradebook_file.numbers import number
from eduflow.services.api_core.sis.outcome import uuids
from eduflow.services.api_core.sis.sources import Unreadable

ID, SIS_ID, LOGIN = "id", "sis user id", "sis login id"
_NAMING = (ID, SIS_ID, LOGIN)
_OTHERS = frozenset({"student", "integration id", "root account", "section", "notes"})
_COMPUTED = re.compile(
    r".*\b(current|final|override) (score|grade|points|status)", re.IGNORECASE | re.DOTALL
)
_NUMBERED = re.compile(r"(?P<title>.*\S)\s*\((?P<id>[0-9]+|[0-9a-f-]{36})\)", re.DOTALL)
READ_ONLY = "(read only)"


class KnownAssignment(msgspec.Struct, frozen=True):
    """An assignment of the course. `closed`: why no file may grade it; empty where it may."""

    id: UUID
    title: str
    points: Decimal
    closed: str = ""


class Columns(msgspec.Struct):
    """Which column means what, by its place. `faults` are those that are not taken, and why."""

    names: list[str]
    naming: dict[str, int]
    assignments: dict[int, KnownAssignment]
    ignored: list[str]
    faults: list[tuple[str, str]]

    def possible(self, values: Sequence[str]) -> None:
        """Heed the row of points possible: what is read only there is ignored.

        A column whose points are not those of its assignment is of something else, and not taken.
        """
        for place, assignment in list(self.assignments.items()):
            told = values[place].strip() if place < len(values) else ""
            if told.lower() == READ_ONLY:
                self.ignored.append(self.names[place])
            elif not told or number(told) == assignment.points:
                continue
            else:
                reason = f"{told} points are possible there, {assignment.points.normalize():f} here"
                self.faults.append((self.names[place], reason))
            del self.assignments[place]

    def close(self) -> None:
        """Take no column that is not a file's to grade, unless it was said to be read only."""
        for place, assignment in list(self.assignments.items()):
            if assignment.closed:
                self.faults.append((self.names[place], assignment.closed))
                del self.assignments[place]


CLOSED = (
    "CASE WHEN team_set_id IS NOT NULL THEN 'it is handed in by teams: grade it at the desk'"
    " WHEN anonymous AND posted_at IS NULL THEN 'it is graded without names until it is posted'"
    " ELSE '' END AS closed"
)
"""For a query over `assignments`: what `KnownAssignment.closed` says."""


def understood(header: Sequence[str], known: Sequence[KnownAssignment]) -> Columns:
    """What the header says; raises Unreadable where it is none of a gradebook."""
    columns = Columns([unguarded(name.strip()) for name in header], {}, {}, [], [])
    by_id = {assignment.id: assignment for assignment in known}
    by_title: dict[str, list[KnownAssignment]] = {}
    for assignment in known:
        by_title.setdefault(" ".join(assignment.title.split()), []).append(assignment)
    for place, name in enumerate(columns.names):
        plain = name.lower()
        if plain in _NAMING:
            if plain in columns.naming:
                raise Unreadable(f"has the column {name} twice")
            columns.naming[plain] = place
        elif name and plain not in _OTHERS:
            _assign(columns, place, by_id=by_id, by_title=by_title)
    if not columns.naming:
        raise Unreadable("is no gradebook: it has no column ID, SIS User ID or SIS Login ID")
    _refuse_doubles(columns)
    return columns


def _assign(
    columns: Columns,
    place: int,
    *,
    by_id: Mapping[UUID, KnownAssignment],
    by_title: Mapping[str, Sequence[KnownAssignment]],
) -> None:
    name = columns.names[place]
    title = " ".join(name.split())
    found: Sequence[KnownAssignment] = by_title.get(title, ())
    numbered = _NUMBERED.fullmatch(name)
    if numbered and (ids := uuids([numbered["id"]])):
        found = [by_id[ids[0]]] if ids[0] in by_id else ()
    elif numbered and not found:
        # The number is of the system that wrote the file; here the title is all there is to go by.
        found = by_title.get(" ".join(numbered["title"].split()), ())
    if len(found) == 1:
        columns.assignments[place] = found[0]
    elif found:
        columns.faults.append((name, f"{len(found)} assignments of the course have this title"))
    elif _COMPUTED.fullmatch(name):
        columns.ignored.append(name)
    else:
        columns.faults.append((name, "the course has no such assignment"))


def _refuse_doubles(columns: Columns) -> None:
    places: dict[UUID, list[int]] = {}
    for place, assignment in columns.assignments.items():
        places.setdefault(assignment.id, []).append(place)
    for several in places.values():
        if len(several) > 1:
            for place in several:
                reason = f"{len(several)} columns are of this assignment"
                columns.faults.append((columns.names[place], reason))
                del columns.assignments[place]
