"""`eduflow seed`."""

import asyncio
import os
import time
from pathlib import Path

import rich_click as click

from eduflow.cli.group import Stop, console, settings_with_databases
from eduflow.kernel.settings import Settings

_BESIDE_THE_DATA = "demo-logins.txt"
_TOLD_EVERY = 250
"""Commands between two lines of progress."""


@click.command()
@click.option("--demo", is_flag=True, help="Make the demo schools.")
@click.option(
    "--logins",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the demo logins are written, a line each: mail, password, school and who."
    "  [default: demo-logins.txt in EDUFLOW_DATA_DIR, if that is set]",
)
def seed(*, demo: bool, logins: Path | None) -> None:
    """Make what can be looked at. What is there already stays as it is."""
    if not demo:
        raise Stop("there is nothing to be made", advice="eduflow seed --demo")
    settings = settings_with_databases()
    lines = _make(settings)
    if not settings.demo:
        console.print("nobody of them can log in: EDUFLOW_DEMO is not true")
        return
    for line in lines:
        console.print(line, markup=False)
    if logins is None and (folder := os.environ.get("EDUFLOW_DATA_DIR")):
        logins = Path(folder) / _BESIDE_THE_DATA
    if logins is not None:
        logins.touch(mode=0o600)
        logins.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _make(settings: Settings) -> list[str]:
    """Make what is missing of the demo schools; how people log in, a line each.

    First come a few of each school, then an empty line and everybody else.
    """
    # The help shall not load the services.
    from eduflow.cli.operating import SERVICE, operating  # noqa: PLC0415
    from eduflow.kernel.auth.passwords import Passwords  # noqa: PLC0415
    from eduflow.services.api_core.demo import making, reading  # noqa: PLC0415
    from eduflow.story import parts  # noqa: PLC0415
    from eduflow.story.calendar import story_clock  # noqa: PLC0415

    begun = time.monotonic()
    try:
        scripts = reading.written()
    except reading.ScriptRefused as fault:
        raise Stop(
            f"the demo schools cannot be read: {fault}", advice="mend the file, or reinstall"
        ) from fault

    def passed() -> str:
        return f"{time.monotonic() - begun:.1f} s"

    def tell(commands: int) -> None:
        if commands % _TOLD_EVERY == 0:
            console.print(f"making the demo schools: {commands} commands, {passed()}")

    async def run(passwords: Passwords | None) -> int:
        beside = parts.services_with_parts(settings.databases)
        async with operating(story_clock, *beside) as runtime:
            schools = making.DemoSchools(
                runtime.commands[SERVICE],
                runtime.databases[runtime.services[SERVICE].database],
                scripts=scripts,
                counted=tell,
            )
            await schools.make(passwords)
            for service in beside:
                await parts.make(runtime, service, schools.schools, counted=schools.counted)
            return schools.made

    passwords = Passwords(settings.secret, cost=settings.bcrypt_cost) if settings.demo else None
    try:
        made = asyncio.run(run(passwords))
    finally:
        if passwords is not None:
            passwords.close()
    names = ", ".join(script.institution.name for script in scripts)
    console.print(f"the demo schools are there: {names} ({made} commands, {passed()})")
    few, others = (
        [f"{login.mail}  {login.password}  {login.who}" for login in logins]
        for logins in making.logins(scripts)
    )
    return [*few, "", *others]
