"""`eduflow export`."""

import asyncio
from pathlib import Path

import rich_click as click

from eduflow.cli.gradebook import export_gradebook
from eduflow.cli.group import console
from eduflow.cli.questions import export_qti
from eduflow.cli.writing import replace_option, writing


@click.group()
def export() -> None:
    """Write down what other systems want to know."""


export.add_command(export_gradebook)
export.add_command(export_qti)


@export.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--institution", "slug", required=True, help="Short name of the institution.")
@replace_option
def sis(folder: Path, *, slug: str, replace: bool) -> None:
    """Write an institution into FOLDER as SIS CSV files, which `eduflow import sis` reads."""
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.services.api_core.sis.exporting import FILE_NAMES, export_sis  # noqa: PLC0415

    rows: dict[str, int] = {}

    async def run() -> None:
        async with operating() as runtime:
            institution, position = await institution_named(runtime, slug)
            service = runtime.services[SERVICE]
            await export_sis(
                folder,
                institution,
                pages=lambda: runtime.reads(
                    service,
                    access=as_system(institution),
                    role="reports",
                    positions={service.database: position},
                ),
                went_on=lambda file, done: rows.update({file: done}),
                replace=replace,
            )

    with writing(*(folder / name for name in FILE_NAMES), replace=replace):
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(run())
    for file, count in rows.items():
        console.print(f"{file:<16} {count:>8} rows")
