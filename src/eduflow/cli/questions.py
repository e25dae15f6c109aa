"""`eduflow import qti` and `eduflow export qti`."""

import asyncio
import contextlib
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import rich_click as click

from eduflow.cli.gradebook import find_course
from eduflow.cli.group import Stop, console, errors, refused
from eduflow.cli.writing import replace_option, writing

if TYPE_CHECKING:
    from eduflow.interchange.reading import Finding, Reading
    from eduflow.kernel.ids import UserId
    from eduflow.kernel.runtime import Runtime
    from eduflow.services.assessment.commands.find_questions import Found
    from eduflow.services.assessment.exporting import Exported
    from eduflow.services.assessment.ids import BankId, CourseId, FormId
    from eduflow.services.assessment.importing import Summary

_SHOWN = 50


@click.command(name="qti")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--institution", "slug", required=True, help="Short name of the institution.")
@click.option("--course", "code", help="Code, SIS id or id of the course: tests become its drafts.")
@click.option("--bank", type=click.UUID, help="Id of the bank; without it, one named as the file.")
@click.option(
    "--by", "email", required=True, help="E-mail of whoever writes: somebody who may, there."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where everything refused or left behind is written: a CSV of file, line, name, why.",
)
@click.pass_context
def import_qti(
    ctx: click.Context,
    file: Path,
    *,
    slug: str,
    code: str | None,
    bank: UUID | None,
    email: str,
    report: Path | None,
) -> None:
    """Import a QTI 2 or 3, Moodle XML or GIFT file: questions into a bank, tests into a course.

    Without --course, --bank says where questions go, and tests are refused.

    Ends with 0 where everything was taken, 1 where some was refused, 2 where nothing could be read.
    Running it again takes nothing in twice.
    """
    # The help shall not load the services.
    from eduflow.interchange.door import read  # noqa: PLC0415
    from eduflow.interchange.unreadable import Unreadable  # noqa: PLC0415
    from eduflow.kernel.problems import Problem  # noqa: PLC0415

    if code is None and bank is None:
        raise click.UsageError("say where to: --course CODE, or --bank ID, or both")
    try:
        with read(file) as reading, contextlib.closing(_Told(report)) as told:
            summary = asyncio.run(_run(reading, told, slug, code=code, bank=bank, email=email))
    except Unreadable as fault:
        raise Stop(str(fault), advice="nothing was changed", code=2) from fault
    except Problem as problem:
        raise refused(problem) from problem
    types = ", ".join(f"{count} {kind}" for kind, count in summary.read.items()) or "none"
    console.print(f"questions that could be read: {types}", markup=False)
    console.print(
        f"{summary.new} new, {summary.known} there already, {summary.refused} refused,"
        f" {summary.losses} not quite as they were"
    )
    if reading.tests:
        console.print(
            f"tests: {summary.tests_new} new as drafts, {summary.tests_known} there already"
        )
    ctx.exit(1 if summary.refused else 0)


async def _run(
    reading: "Reading",
    told: "_Told",
    slug: str,
    *,
    code: str | None,
    bank: UUID | None,
    email: str,
) -> "Summary":
    from eduflow.cli.operating import institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import on_behalf_of  # noqa: PLC0415
    from eduflow.kernel.clock import utc_now  # noqa: PLC0415
    from eduflow.services.assessment.commands.open_bank import OpenBank  # noqa: PLC0415
    from eduflow.services.assessment.ids import BankId  # noqa: PLC0415
    from eduflow.services.assessment.importing import QuestionImport  # noqa: PLC0415
    from eduflow.services.assessment.importing_tests import DraftImport  # noqa: PLC0415

    async with operating(utc_now, "assessment") as runtime:
        institution, _ = await institution_named(runtime, slug)
        person, course = await _found(runtime, institution, code, email=email)
        access = on_behalf_of(person, institution)
        commands = runtime.commands["assessment"]
        tests = None if course is None else DraftImport(commands, access, course=course)
        if bank is None and course is not None:
            name = Path(reading.file).stem[:200] or "Imported"
            opened = OpenBank(course=course, name=name)
            bank = (await commands.execute(opened, access=access)).result
        into = BankId(cast("UUID", bank))
        job = QuestionImport(commands, access, bank=into, told=told, tests=tests)
        return await job.run(reading)


async def _found(
    runtime: "Runtime", institution: Any, code: str | None, *, email: str
) -> "tuple[UserId, CourseId | None]":
    """Who writes, and in which course."""
    from eduflow.cli.operating import SERVICE  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.services.api_core.commands.find_course import FindCourse  # noqa: PLC0415
    from eduflow.services.assessment.ids import CourseId  # noqa: PLC0415

    if code is None:
        command = FindCourse(name="", email=email)
        access = as_system(institution)
        found = (await runtime.commands[SERVICE].execute(command, access=access)).result
    else:
        found = await find_course(runtime, institution, code, email=email)
    if found.person is None:
        raise Stop(f"nobody active here has the e-mail {email!r}", code=2)
    return found.person, CourseId(found.courses[0].id) if code is not None else None


@click.command(name="qti")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--institution", "slug", required=True, help="Short name of the institution.")
@click.option("--course", "code", help="Code, SIS id or id of a course: all of its banks.")
@click.option("--bank", help="Name or id of one bank.")
@click.option("--test", "title", help="Title or id of a test of the course: what it asks now.")
@replace_option
def export_qti(
    file: Path,
    *,
    slug: str,
    code: str | None,
    bank: str | None,
    title: str | None,
    replace: bool,
) -> None:
    """Write questions into FILE, a QTI 3.0 package, which `eduflow import qti` reads."""
    if code is None and (bank is None or title is not None):
        raise click.UsageError("say which: --bank NAME, or --course CODE, with --test TITLE or not")
    if bank is not None and title is not None:
        raise click.UsageError("a test asks what it asks, whatever bank that is from")
    if not file.parent.is_dir():
        raise Stop(f"there is no folder {file.parent}", code=2)
    with writing(file, replace=replace):
        found = asyncio.run(_export(file, slug, code=code, bank=bank, title=title, replace=replace))
    for finding in found.findings[:_SHOWN]:
        place = f"{finding.file}: " if finding.file else ""
        errors.print(f"{place}{finding.name}: {'; '.join(finding.why)}", markup=False)
    if len(found.findings) > _SHOWN:
        errors.print(f"and {len(found.findings) - _SHOWN} more")
    console.print(
        f"{found.questions} questions written to {file}, QTI has no words for something of"
        f" {len({finding.name for finding in found.findings})}",
        markup=False,
    )


async def _export(
    file: Path, slug: str, *, code: str | None, bank: str | None, title: str | None, replace: bool
) -> "Exported":
    from eduflow.cli.operating import institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.kernel.clock import utc_now  # noqa: PLC0415
    from eduflow.services.assessment.commands.find_questions import (  # noqa: PLC0415
        FindQuestions,
    )
    from eduflow.services.assessment.exporting import export_questions  # noqa: PLC0415
    from eduflow.services.assessment.ids import CourseId  # noqa: PLC0415

    async with operating(utc_now, "assessment") as runtime:
        institution, _ = await institution_named(runtime, slug)
        course = None
        if code is not None:
            courses = (await find_course(runtime, institution, code, email=None)).courses
            course = CourseId(courses[0].id)
        command = FindQuestions(bank=bank, course=course, title=title)
        receipt = await runtime.commands["assessment"].execute(
            command, access=as_system(institution)
        )
        service = runtime.services["assessment"]
        return await export_questions(
            file,
            _wanted(receipt.result, bank=bank, title=title),
            pages=lambda: runtime.reads(
                service,
                access=as_system(institution),
                role="reports",
                positions={service.database: receipt.position},
            ),
            replace=replace,
        )


def _wanted(found: "Found", *, bank: str | None, title: str | None) -> "list[BankId] | FormId":
    """Of what was found, what is meant; ends where that is nothing or might be several."""
    name = title or bank
    several = found.tests if title else found.banks
    if not several:
        raise Stop(f"there is no {'test' if title else 'bank'} {name or ''!r}", code=2)
    if name is not None and len(several) > 1:
        ids = ", ".join(str(one.id) for one in several)
        raise Stop(f"{len(several)} are called {name!r}", advice=f"say which: {ids}", code=2)
    if not title:
        return [one.id for one in found.banks]
    form = found.tests[0].form
    if form is None:
        raise Stop(f"{name!r} asks nothing yet", code=2)
    return form


class _Told:
    """Says what was refused or left behind; with a report, writes it there."""

    def __init__(self, report: Path | None) -> None:
        self._said = 0
        self._out = report.open("w", encoding="utf-8", newline="") if report else None
        self._report = csv.writer(self._out) if self._out else None
        if self._report:
            self._report.writerow(("file", "line", "name", "outcome", "why"))

    def __call__(self, finding: "Finding") -> None:
        self._said += 1
        if self._report:
            why = "; ".join(finding.why)
            cells = (finding.file, finding.line or "", finding.name, finding.outcome, why)
            self._report.writerow([_guarded(str(cell)) for cell in cells])
        elif self._said <= _SHOWN:
            errors.print(str(finding), markup=False)

    def close(self) -> None:
        if self._out:
            self._out.close()
        elif self._said > _SHOWN:
            errors.print(f"and {self._said - _SHOWN} more: `--report FILE` writes down every one")


def _guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
