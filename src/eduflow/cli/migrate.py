"""`eduflow migrate`."""

import asyncio
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases
from eduflow.directory import built_places
from eduflow.kernel.settings import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from eduflow.kernel.db.drift import Drift


@click.command()
@click.argument("databases", nargs=-1)
@click.option("--check", is_flag=True, help="Change nothing; compare with the described tables.")
@click.option("--draft", metavar="MESSAGE", help="Change nothing; write what differs as a draft.")
def migrate(databases: tuple[str, ...], *, check: bool, draft: str | None) -> None:
    """Bring DATABASES (all that are set, if none is named) to the newest revision."""
    # Late, so that the help does not load them.
    from eduflow.kernel.db.migrate import owners, upgrade  # noqa: PLC0415

    settings = settings_with_databases()
    chosen = list(databases) or list(settings.databases)
    try:
        addresses = owners(settings, chosen)
    except SettingsError as fault:
        raise Stop(str(fault)) from fault
    if draft is not None:
        if len(databases) != 1 or check:
            raise click.UsageError("--draft takes one DATABASE, and no --check")
        _draft(chosen[0], addresses[chosen[0]], message=draft)
    elif check:
        _check(addresses)
    else:
        upgrade(settings, chosen)
        console.print(f"up to date: {', '.join(chosen)}")


def _check(addresses: dict[str, str]) -> None:
    differ = []
    for database, address in addresses.items():
        found = _drift(database, address)
        if found:
            differ.append(database)
        for revision in found.unapplied:
            console.print(f"{database}: revision {revision} has not run", markup=False)
        for statement in () if found.unapplied else found.statements:
            console.print(statement, markup=False)
    if differ:
        raise Stop(
            f"not as described: {', '.join(differ)}; the SQL above would make the difference",
            advice="`eduflow migrate` runs what has not run; then either the classes in the "
            "service's `tables` or the database must follow (docs/how-to/change-a-table.md)",
        )
    console.print(f"as described: {', '.join(addresses)}")


def _draft(database: str, address: str, *, message: str) -> None:
    from eduflow.kernel.db.draft import write_draft  # noqa: PLC0415
    from eduflow.kernel.db.migrate import migrations_folder  # noqa: PLC0415

    found = _drift(database, address)
    if found.unapplied:
        raise Stop(
            f"{database} is older than its newest revision",
            advice=f"`eduflow migrate {database}` first; a draft begins where the revisions end",
        )
    if not found:
        console.print(f"{database} is as described: there is nothing to draft")
        return
    folder: Path = migrations_folder() / database
    for path in write_draft(folder, found.statements, database=database, message=message):
        console.print(f"written: {path}", markup=False)


def _drift(database: str, address: str) -> "Drift":
    from sqlalchemy.exc import ProgrammingError  # noqa: PLC0415

    from eduflow.kernel.db.drift import drift  # noqa: PLC0415

    try:
        return asyncio.run(drift(database, address, described=_described(database)))
    except ProgrammingError as refusal:
        raise Stop(
            f"{database} cannot be compared: {refusal.orig}",
            advice=f"as its administrator: GRANT CREATE ON DATABASE {database} TO its owner role "
            "(the described tables are made in a schema of their own, and rolled back)",
        ) from refusal


def _described(database: str) -> "MetaData":
    """The `tables` of the service that the database is named after."""
    if database not in {place.name for place in built_places()}:
        raise Stop(f"this installation has no service that describes {database}")
    described: MetaData = importlib.import_module(f"eduflow.services.{database}.tables").METADATA
    return described
