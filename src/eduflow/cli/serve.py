"""`eduflow serve`."""

import rich_click as click

from eduflow.cli.group import settings_with_databases
from eduflow.cli.lean import without_mapper


@click.command()
@click.argument("services", nargs=-1)
@click.option("--port-offset", default=0, show_default=True, help="Added to every port of the map.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def serve(services: tuple[str, ...], port_offset: int, host: str) -> None:
    """Answer HTTP for SERVICES (all that are built, if none is named)."""
    without_mapper()
    from eduflow.serve import run  # noqa: PLC0415 (the help shall not load them)

    run(settings_with_databases(), list(services), port_offset=port_offset, host=host)
