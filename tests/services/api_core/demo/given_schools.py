"""The demo schools in a test: made once for all of them, by a runtime that goes by the story."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.runtime import open_runtime
from eduflow.services import load_services
from eduflow.services.api_core.demo.calendar import story_clock
from eduflow.services.api_core.demo.making import DemoSchools
from eduflow.services.api_core.demo.script import Script
from tests.harness.platform import Eduflow


class MadeSchools(msgspec.Struct, frozen=True):
    """What was made, how many commands it took, and from where on it can be read."""

    scripts: list[Script]
    made: int
    position: str


@contextlib.asynccontextmanager
async def demo_schools(
    eduflow: Eduflow, scripts: Sequence[Script], counted: Callable[[int], Any]
) -> AsyncIterator[DemoSchools]:
    """As the command line makes them."""
    services = load_services(["api_core"])
    async with open_runtime(eduflow.settings, services, worker=True, clock=story_clock) as runtime:
        commands, database = runtime.commands["api_core"], runtime.databases["api_core"]
        yield DemoSchools(commands, database, scripts=scripts, counted=counted)


async def made(
    eduflow: Eduflow,
    scripts: Sequence[Script],
    *,
    log_in: bool,
    counted: Callable[[int], Any] = lambda _: None,
) -> MadeSchools:
    """Make what is missing of them."""
    passwords = Passwords(eduflow.settings.secret, cost=4) if log_in else None
    try:
        async with demo_schools(eduflow, scripts, counted) as schools:
            await schools.make(passwords)
            position = eduflow.runtime.positions.seal([await schools.position()])
            return MadeSchools(list(scripts), schools.made, position)
    finally:
        if passwords:
            passwords.close()
