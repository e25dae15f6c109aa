"""`eduflow rebuild`."""

import asyncio

import rich_click as click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from eduflow.cli.group import Stop, console, settings_with_databases


@click.command()
@click.argument("read_model")
def rebuild(read_model: str) -> None:
    """Fold READ_MODEL from zero, beside the live rows, and put it in their place.

    Reads and writes go on meanwhile. Says how many live rows were not what the log says.
    """
    # The help shall not load the services.
    from eduflow.kernel.repair import Rebuilt  # noqa: PLC0415
    from eduflow.kernel.repair import rebuild as fold_again  # noqa: PLC0415
    from eduflow.kernel.runtime import open_runtime  # noqa: PLC0415
    from eduflow.services import load_services  # noqa: PLC0415

    settings = settings_with_databases()
    services = [s for s in load_services() if s.database in settings.databases]
    models = {model.name: (service, model) for service in services for model in service.models}
    if read_model not in models:
        raise Stop(
            f"there is no read model called {read_model!r}",
            advice=f"there are: {', '.join(sorted(models))}",
        )
    service, model = models[read_model]
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )

    async def run() -> Rebuilt:
        async with open_runtime(settings, [service], worker=True) as runtime:
            task = bar.add_task(f"folding {model.name}", total=None)
            return await fold_again(
                model,
                source=runtime.databases[model.source].primary,
                home=runtime.databases[service.database].primary,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    with bar:
        rebuilt = asyncio.run(run())
    console.print(f"{rebuilt.events} events folded")
    for table, rows in rebuilt.differing.items():
        console.print(
            f"{table}: {rows} rows were not what the log says" if rows else f"{table}: equal"
        )
