"""`eduflow doctor`."""

import sys
from pathlib import Path

import msgspec
import rich_click as click
from rich.table import Table

from eduflow.cli.checks import Finding, findings
from eduflow.cli.group import console, data_dir_option
from eduflow.kernel.settings import (
    DatabaseSettings,
    LanguageModels,
    Secret,
    Settings,
    documented,
)

_SIGNS = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]"}


@click.command()
@data_dir_option
@click.option("--port-offset", default=0, show_default=True, help="As for `eduflow up`.")
@click.option("--settings", "list_settings", is_flag=True, help="List every setting there is.")
def doctor(*, data_dir: Path, port_offset: int, list_settings: bool) -> None:
    """Say whether EduFlow can run on this machine, and what to do where it cannot."""
    if list_settings:
        console.print(_settings_table())
        return
    found = findings(data_dir.absolute(), port_offset=port_offset)
    for finding in found:
        _show(finding)
    bad = sum(finding.verdict == "bad" for finding in found)
    if bad:
        console.print(f"\n{bad} of these must be put right before `eduflow up` can work")
        sys.exit(1)
    console.print("\nthis machine is ready: `eduflow up`")


def _show(finding: Finding) -> None:
    console.print(f"{_SIGNS[finding.verdict]} {finding.what:<12}", end=" ")
    console.print(finding.told, markup=False)
    if finding.advice:
        console.print(f"  {'next':<12} ", end=" ")
        console.print(finding.advice, markup=False)


def _settings_table() -> Table:
    table = Table("variable", "default", "meaning", box=None, padding=(0, 2, 0, 0))
    for kind in (Settings, LanguageModels, DatabaseSettings):
        defaults = {field.name: field.default for field in msgspec.structs.fields(kind)}
        for name, (variable, meaning) in documented(kind).items():
            table.add_row(variable, _told(defaults[name]), meaning)
    return table


def _told(default: object) -> str:
    match default:
        case msgspec.NODEFAULT:
            return "needed"
        case Secret():
            return "…" if default.value else ""
        case tuple():
            return " ".join(map(str, default))
        case None:
            return "-"
        case _:
            return str(default)
