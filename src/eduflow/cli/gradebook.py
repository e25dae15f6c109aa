"""`eduflow import gradebook` and `eduflow export gradebook`."""

import asyncio
import contextlib
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from eduflow.cli.group import Stop, console, errors, refused
from eduflow.cli.writing import replace_option, writing

if TYPE_CHECKING:
    from eduflow.kernel.runtime import Runtime
    from eduflow.services.api_core.commands.find_course import Whereabouts
    from eduflow.services.api_core.gradebook_file.importing import GradebookSummary

_SHOWN = 20
_EVERY = 5.0
_institution = click.option(
    "--institution", "slug", required=True, help="Short name of the institution."
)
_course = click.option("--course", "code", required=True, help="Code, SIS id or id of the course.")


@click.command(name="gradebook")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_institution
@_course
@click.option(
    "--by", "email", required=True, help="E-mail of whoever grades: somebody who may, there."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where everything refused is written: a CSV of file, line, column, reason.",
)
@click.option("--dry-run", is_flag=True, help="Decide on everything, and change nothing.")
@click.pass_context
def import_gradebook(
    ctx: click.Context,
    file: Path,
    *,
    slug: str,
    code: str,
    email: str,
    report: Path | None,
    dry_run: bool,
) -> None:
    """Import the grades in a gradebook CSV file, as Canvas exports it, into one course.

    Ends with 0 where everything was taken, 1 where some was refused, 2 where nothing could be read.
    """
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import on_behalf_of  # noqa: PLC0415
    from eduflow.kernel.problems import Problem  # noqa: PLC0415
    from eduflow.services.api_core.commands.find_course import LookAtGradebook  # noqa: PLC0415
    from eduflow.services.api_core.gradebook_file.importing import GradebookImport  # noqa: PLC0415
    from eduflow.services.api_core.sis.sources import SourceFile, Unreadable  # noqa: PLC0415

    async def run(told: _Told) -> "GradebookSummary":
        async with operating() as runtime:
            institution, _ = await institution_named(runtime, slug)
            found = await find_course(runtime, institution, code, email=email)
            if found.person is None:
                raise Stop(f"nobody active here has the e-mail {email!r}", code=2)
            access = on_behalf_of(found.person, institution)
            commands = runtime.commands[SERVICE]
            course = found.courses[0].id
            head = (await commands.execute(LookAtGradebook(course=course), access=access)).result
            if not head.may:
                raise Stop(
                    f"{email} may not grade in {found.courses[0].code}",
                    advice="name a teacher or an assistant of the course",
                    code=2,
                )
            job = GradebookImport(
                commands,
                access,
                course=course,
                assignments=head.assignments,
                listener=told,
            )
            return await job.run(source, rehearse=dry_run)

    if not file.is_file():
        raise Stop(f"there is no file {file}", code=2)
    source = SourceFile(file.name, file, file.stat().st_size)
    try:
        with _telling(report, source.size * (1 if dry_run else 2)) as told:
            summary = asyncio.run(run(told))
    except Unreadable as fault:
        raise Stop(f"{file.name} {fault}", advice="nothing was changed", code=2) from fault
    except Problem as problem:
        raise refused(problem) from problem
    _show(summary, told.refusals, dry_run=dry_run)
    ctx.exit(1 if summary.refused else 0)


@click.command(name="gradebook")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_institution
@_course
@replace_option
def export_gradebook(file: Path, *, slug: str, code: str, replace: bool) -> None:
    """Write the grades of a course into FILE, which `eduflow import gradebook` reads."""
    from eduflow.cli.operating import SERVICE, institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.services.api_core.gradebook_file.exporting import (  # noqa: PLC0415
        export_gradebook as export,
    )

    async def run() -> int:
        async with operating() as runtime:
            institution, position = await institution_named(runtime, slug)
            found = await find_course(runtime, institution, code, email=None)
            service = runtime.services[SERVICE]
            return await export(
                file,
                found.courses[0].id,
                pages=lambda: runtime.reads(
                    service,
                    access=as_system(institution),
                    role="reports",
                    positions={service.database: position},
                ),
                replace=replace,
            )

    if not file.parent.is_dir():
        raise Stop(f"there is no folder {file.parent}", code=2)
    with writing(file, replace=replace):
        students = asyncio.run(run())
    console.print(f"{students} students written to {file}", markup=False)


async def find_course(
    runtime: "Runtime", institution: Any, code: str, *, email: str | None
) -> "Whereabouts":
    """The one course of that name, and the person."""
    from eduflow.cli.operating import SERVICE  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.services.api_core.commands.find_course import FindCourse  # noqa: PLC0415

    command = FindCourse(name=code, email=email)
    receipt = await runtime.commands[SERVICE].execute(command, access=as_system(institution))
    courses = receipt.result.courses
    if not courses:
        raise Stop(f"there is no course {code!r}", code=2)
    if len(courses) > 1:
        ids = ", ".join(f"{course.id} ({course.title})" for course in courses)
        raise Stop(
            f"{len(courses)} courses are called {code!r}", advice=f"say which: {ids}", code=2
        )
    return receipt.result


class _Told:
    """Writes the report while the import runs."""

    def __init__(self, report: Path | None, total: int) -> None:
        self.refusals = 0
        self._out = report.open("w", encoding="utf-8", newline="") if report else None
        self._report = csv.writer(self._out) if self._out else None
        if self._report:
            self._report.writerow(("file", "line", "column", "reason"))
        self._total = total
        self._last = time.monotonic()

    def refused(self, file: str, line: int, column: str, reason: str) -> None:
        from eduflow.services.api_core.gradebook_file.guarding import guarded  # noqa: PLC0415

        self.refusals += 1
        if self._report:
            self._report.writerow((guarded(file), line, guarded(column), guarded(reason)))
        elif self.refusals <= _SHOWN:
            where = f"{file}, line {line}" + (f", column {column}" if column else "")
            errors.print(f"refused  {where}: {reason}", markup=False)

    def went_on(self, *, bytes_read: int, rows: int) -> None:
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            console.print(f"{rows} students, {100 * bytes_read // max(self._total, 1)} %")

    def close(self) -> None:
        if self._out:
            self._out.close()


@contextlib.contextmanager
def _telling(report: Path | None, total: int) -> Iterator[_Told]:
    with contextlib.closing(_Told(report, total)) as told:
        yield told


def _show(summary: "GradebookSummary", refusals: int, *, dry_run: bool) -> None:
    console.print(
        f"{summary.students} students: {summary.given} grades given,"
        f" {summary.same} as they were, {summary.refused} rows and columns refused"
    )
    if summary.above:
        console.print(f"{summary.above} of the grades are above the points possible")
    if summary.ignored:
        told = ", ".join(summary.ignored)
        console.print(f"not read, for they are computed: {told}", markup=False)
    if refusals > _SHOWN:
        console.print(f"{refusals} refusals in all: `--report FILE` writes down every one")
    if dry_run:
        console.print("nothing was changed: this was a rehearsal")
