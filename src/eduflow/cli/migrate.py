"""`eduflow migrate`."""

import rich_click as click

from eduflow.cli.group import console, settings_with_databases


@click.command()
@click.argument("databases", nargs=-1)
def migrate(databases: tuple[str, ...]) -> None:
    """Bring DATABASES (all that are set, if none is named) to the newest revision."""
    from eduflow.kernel.db.migrate import upgrade  # noqa: PLC0415 (the help shall not load them)

    settings = settings_with_databases()
    chosen = list(databases) or list(settings.databases)
    upgrade(settings, chosen)
    console.print(f"up to date: {', '.join(chosen)}")
