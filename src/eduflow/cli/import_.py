"""`eduflow import`."""

import asyncio
import contextlib
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from eduflow.cli.gradebook import import_gradebook
from eduflow.cli.group import Stop, console, errors, refused
from eduflow.cli.questions import import_qti

if TYPE_CHECKING:
    from eduflow.services.api_core.sis.importing import Summary

_SHOWN = 20
_EVERY = 5.0
"""Seconds between two lines, where there is no terminal for a bar."""


@click.group(name="import")
def import_() -> None:
    """Take in what other systems know."""


import_.add_command(import_gradebook)
import_.add_command(import_qti)


@import_.command()
@click.argument("place", metavar="FOLDER|ZIP", type=click.Path(path_type=Path))
@click.option("--institution", "slug", required=True, help="Short name of the institution.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where every refused row is written: a CSV of file, line, reason.",
)
@click.option("--dry-run", is_flag=True, help="Decide on everything, and change nothing.")
@click.pass_context
def sis(ctx: click.Context, place: Path, slug: str, report: Path | None, *, dry_run: bool) -> None:
    """Import the SIS CSV files in a folder or zip, as Canvas documents them.

    Ends with 0 where every row was taken, 1 where some were refused, 2 where nothing could be read.
    """
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.problems import Problem  # noqa: PLC0415
    from eduflow.services.api_core.sis.importing import SisImport  # noqa: PLC0415
    from eduflow.services.api_core.sis.sources import Found, Unreadable, find_files  # noqa: PLC0415

    async def run(found: Found, listener: _Told) -> "Summary":
        async with operating() as runtime:
            institution, _ = await institution_named(runtime, slug)
            commands = runtime.commands[SERVICE]
            return await SisImport(commands, institution, listener=listener, rehearse=dry_run).run(
                found
            )

    try:
        found = find_files(place)
        with _telling(report, sum(file.size for file in found.files)) as listener:
            summary = asyncio.run(run(found, listener))
    except Unreadable as fault:
        raise Stop(str(fault), code=2) from fault
    except Problem as problem:
        raise refused(problem) from problem
    _show(summary, listener.refusals, dry_run=dry_run)
    if summary.files == 0:
        ctx.exit(2)
    ctx.exit(1 if summary.refused else 0)


class _Told:
    """Writes the report while the import runs, and moves the bar."""

    def __init__(self, report: Path | None, progress: Progress | None, total: int) -> None:
        self.refusals = 0
        self._out = report.open("w", encoding="utf-8", newline="") if report else None
        self._report = csv.writer(self._out) if self._out else None
        if self._report:
            self._report.writerow(("file", "line", "reason"))
        self._progress = progress
        self._task = progress.add_task("", total=total) if progress else None
        self._total = total
        self._last = time.monotonic()

    def refused(self, file: str, line: int, reason: str) -> None:
        self.refusals += 1
        if self._report:
            self._report.writerow((file, line or "", reason))
        elif self.refusals <= _SHOWN:
            where = f"{file}, line {line}" if line else file
            errors.print(f"refused  {where}: {reason}", markup=False)

    def went_on(self, kind: str, *, bytes_read: int, rows: int) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=bytes_read, description=kind)
        elif time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            console.print(f"{kind}: {rows} rows, {100 * bytes_read // max(self._total, 1)} %")

    def close(self) -> None:
        if self._out:
            self._out.close()


@contextlib.contextmanager
def _telling(report: Path | None, total: int) -> Iterator[_Told]:
    bar = Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar if console.is_terminal else contextlib.nullcontext():
        told = _Told(report, bar if console.is_terminal else None, total)
        with contextlib.closing(told):
            yield told


def _show(summary: "Summary", refusals: int, *, dry_run: bool) -> None:
    for kind, counts in summary.kinds.items():
        console.print(
            f"{kind:<12} {counts.new:>7} new {counts.changed:>7} changed"
            f" {counts.same:>7} as they were {counts.refused:>7} refused"
        )
    if summary.unreadable:
        console.print(f"{summary.unreadable} files were not read, or not to their end")
    if refusals > _SHOWN:
        console.print(f"{refusals} refusals in all: `--report FILE` writes down every one")
    if dry_run:
        console.print("nothing was changed: this was a rehearsal")
