"""SIS files for tests, and an import of them into a school."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from eduflow.kernel.auth.identity import Access, as_system
from eduflow.services.api_core.commands.find_institution import FindInstitution
from eduflow.services.api_core.sis.exporting import export_sis
from eduflow.services.api_core.sis.importing import SisImport, Summary
from eduflow.services.api_core.sis.sources import find_files
from tests.harness.platform import Eduflow, School

Tables = Mapping[str, Iterable[Mapping[str, str]]]
"""Rows by file name without its ending."""


def rows(header: str, *lines: str) -> list[dict[str, str]]:
    """Rows as they stand in a file, without quotation."""
    columns = header.split(",")
    return [dict(zip(columns, line.split(","), strict=True)) for line in lines]


def person(number: int, **more: str) -> dict[str, str]:
    """A row of users.csv."""
    return {
        "user_id": f"u{number}",
        "login_id": f"login{number}",
        "full_name": f"Ann Example{number}",
        "email": f"u{number}@school.test",
        "status": "active",
        **more,
    }


# In an order in which no file finds what it refers to.
SCHOOL: Tables = {
    "a_enrollments": rows(
        "course_id,user_id,role,section_id,status,associated_user_id",
        "c1,u1,student,s1,active,",
        "c1,u2,teacher,,active,",
        ",u3,observer,s1,active,u1",
    ),
    "b_sections": rows("section_id,course_id,name,status", "s1,c1,Group 1,active"),
    "c_courses": rows(
        "course_id,short_name,long_name,account_id,term_id,status",
        "c1,MA1,Calculus,child,t1,active",
    ),
    "d_users": [person(1), person(2), person(3)],
    "e_accounts": rows(
        "account_id,parent_account_id,name,status",
        "child,top,Mathematics,active",
        "top,,Sciences,active",
    ),
    "f_terms": rows(
        "term_id,name,status,start_date,end_date",
        "t1,Autumn,active,2026-9-01,2027-01-31T23:00:00+01:00",
    ),
}


class Outcome(msgspec.Struct):
    """What a run said."""

    summary: Summary
    refused: list[tuple[str, int, str]]

    @property
    def counts(self) -> dict[str, tuple[int, int, int, int]]:
        """New, changed, same, refused, by kind."""
        kinds = self.summary.kinds
        return {k: (c.new, c.changed, c.same, c.refused) for k, c in kinds.items()}

    @property
    def changes(self) -> int:
        """How many rows made or changed something."""
        return sum(c.new + c.changed for c in self.summary.kinds.values())


class _Listener:
    def __init__(self) -> None:
        self.said: list[tuple[str, int, str]] = []

    def refused(self, file: str, line: int, reason: str) -> None:
        self.said.append((file, line, reason))

    def went_on(self, kind: str, *, bytes_read: int, rows: int) -> None:
        pass


def write_tables(folder: Path, tables: Tables) -> Path:
    """CSV files of the rows; the columns are all that any row of a file has."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        kept = list(rows)
        columns = list(dict.fromkeys(column for row in kept for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, restval="")
            writer.writeheader()
            writer.writerows(kept)
    return folder


def read_tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of every CSV file, by file name without its ending, in an order of their own."""
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.stem] = sorted(csv.DictReader(file), key=lambda row: sorted(row.items()))
    return tables


async def import_folder(
    eduflow: Eduflow, school: School, place: Path, *, rehearse: bool = False
) -> Outcome:
    """Import as the operator does."""
    listener = _Listener()
    commands = eduflow.worker.commands["api_core"]
    run = SisImport(commands, school.institution, listener=listener, rehearse=rehearse)
    return Outcome(await run.run(find_files(place)), listener.said)


async def export_folder(eduflow: Eduflow, school: School, folder: Path) -> Path:
    """Export as the operator does, into a folder that is there, what was written until now."""
    receipt = await eduflow.worker.commands["api_core"].execute(
        FindInstitution(slug=f"school-{school.institution.hex[-12:]}"),
        access=Access(None, "public"),
    )
    assert receipt.result == school.institution
    await export_sis(
        folder,
        school.institution,
        pages=lambda: eduflow.worker.reads(
            eduflow.worker.services["api_core"],
            access=as_system(school.institution),
            role="reports",
            positions={"api_core": receipt.position},
        ),
        went_on=lambda _file, _rows: None,
    )
    return folder
