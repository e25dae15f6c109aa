"""`eduflow institution`."""

import asyncio

import rich_click as click

from eduflow.cli.group import Stop, console


@click.group()
def institution() -> None:
    """Institutions of this installation."""


@institution.command()
@click.argument("slug")
@click.argument("name")
@click.option("--admin-email", required=True, help="E-mail address of the first administrator.")
@click.option("--admin-name", required=True, help="Their name.")
def create(slug: str, name: str, admin_email: str, admin_name: str) -> None:
    """Let an institution called NAME begin; SLUG is its short name, of a-z, 0-9 and `-`."""
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, operating  # noqa: PLC0415
    from eduflow.kernel.auth.identity import as_system  # noqa: PLC0415
    from eduflow.kernel.ids import InstitutionId, UserId, new_id  # noqa: PLC0415
    from eduflow.kernel.problems import Problem  # noqa: PLC0415
    from eduflow.services.api_core.commands.found_institution import (  # noqa: PLC0415
        FoundInstitution,
    )

    command = FoundInstitution(
        institution=InstitutionId(new_id()),
        administrator=UserId(new_id()),
        slug=slug,
        name=name,
        email=admin_email,
        display_name=admin_name,
    )

    async def run() -> None:
        async with operating() as runtime:
            await runtime.commands[SERVICE].execute(command, access=as_system(command.institution))

    try:
        asyncio.run(run())
    except Problem as problem:
        raise Stop(str(problem)) from problem
    console.print(f"institution {slug} begins, with {admin_email} as its administrator")
