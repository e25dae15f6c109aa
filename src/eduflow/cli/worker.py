"""`eduflow worker`."""

import rich_click as click

from eduflow.cli.group import settings_with_databases
from eduflow.cli.lean import without_mapper


@click.command()
@click.argument("services", nargs=-1)
def worker(services: tuple[str, ...]) -> None:
    """Project events and do jobs for SERVICES (all that are built, if none is named)."""
    without_mapper()
    from eduflow.worker import run  # noqa: PLC0415 (the help shall not load them)

    run(settings_with_databases(), list(services))
