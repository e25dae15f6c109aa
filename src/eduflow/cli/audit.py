"""`eduflow audit`."""

import asyncio

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases


@click.group()
def audit() -> None:
    """Check who had what done."""


@audit.command()
@click.option("--institution", "slug", help="Short name of one institution; without, all of them.")
def verify(slug: str | None) -> None:
    """Find any row of the audit trail that was edited, removed, added or moved.

    Reads as the workers do, beside the running platform. Exits with 1 where something is found.
    """
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, institution_named, operating  # noqa: PLC0415
    from eduflow.kernel.audit.verifying import Verified  # noqa: PLC0415
    from eduflow.kernel.audit.verifying import verify as look_through  # noqa: PLC0415
    from eduflow.kernel.runtime import open_runtime  # noqa: PLC0415
    from eduflow.services import load_services  # noqa: PLC0415

    async def one(name: str) -> dict[str, Verified]:
        async with operating() as runtime:
            institution, _ = await institution_named(runtime, name)
            pool = runtime.databases[SERVICE].primary
            return {SERVICE: await look_through(pool, runtime.audit, institution=institution)}

    async def everybody() -> dict[str, Verified]:
        settings = settings_with_databases()
        services = [s for s in load_services() if s.database in settings.databases]
        async with open_runtime(settings, services, worker=True) as runtime:
            return {
                name: await look_through(database.primary, runtime.audit, institution=None)
                for name, database in runtime.databases.items()
            }

    faults = 0
    for database, found in asyncio.run(one(slug) if slug else everybody()).items():
        console.print(f"{database}: {found.rows} rows sealed, {found.unsealed} not yet")
        faults += len(found.faults)
        for fault in found.faults:
            place = "" if fault.number is None else f" number {fault.number}"
            row = "" if fault.row is None else f" row {fault.row}"
            console.print(f"  institution {fault.institution}{place}{row}: {fault.what}")
    if faults:
        raise Stop(
            f"{faults} faults in the audit trail",
            advice="docs/how-to/answer-a-data-request.md says what to do with a damaged trail",
        )
    console.print("as it was written")
