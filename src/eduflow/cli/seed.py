"""`eduflow seed`."""

import asyncio
import os
from pathlib import Path

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases

_BESIDE_THE_DATA = "demo-logins.txt"


@click.command()
@click.option("--demo", is_flag=True, help="Make the demo school.")
@click.option(
    "--logins",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the demo logins are written, a line each: mail, password, who."
    "  [default: demo-logins.txt in EDUFLOW_DATA_DIR, if that is set]",
)
def seed(*, demo: bool, logins: Path | None) -> None:
    """Make what can be looked at. What is there already stays as it is."""
    if not demo:
        raise Stop("there is nothing to be made", advice="eduflow seed --demo")
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, operating  # noqa: PLC0415
    from eduflow.kernel.auth.passwords import Passwords  # noqa: PLC0415
    from eduflow.kernel.db.reading import ReadSession  # noqa: PLC0415
    from eduflow.services.api_core.demo.making import DemoSchool, Login  # noqa: PLC0415
    from eduflow.services.api_core.demo.script import written  # noqa: PLC0415

    settings = settings_with_databases()
    passwords = Passwords(settings.secret, cost=settings.bcrypt_cost) if settings.demo else None

    async def run() -> tuple[list[Login], int]:
        async with operating() as runtime:
            service = runtime.services[SERVICE]
            school = DemoSchool(
                runtime.commands[SERVICE],
                # At a start the workers do not work yet: waiting for a standby would be in vain.
                lambda access, position: ReadSession(
                    runtime.databases[service.database],
                    access=access,
                    role="api",
                    positions={service.database: position},
                    wait=0.0,
                    strict=False,
                ),
                script=written(),
            )
            return await school.make(passwords), school.made

    try:
        found, made = asyncio.run(run())
    finally:
        if passwords is not None:
            passwords.close()
    console.print(f"the demo school is there ({made} commands)")
    if passwords is None:
        console.print("nobody of it can log in: EDUFLOW_DEMO is not true")
        return
    lines = [f"{login.mail}  {login.password}  {login.who}" for login in found]
    for line in lines:
        console.print(line, markup=False)
    if logins is None and (folder := os.environ.get("EDUFLOW_DATA_DIR")):
        logins = Path(folder) / _BESIDE_THE_DATA
    if logins is not None:
        logins.touch(mode=0o600)
        logins.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
