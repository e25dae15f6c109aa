"""What commands share that act on a school: api_core as a worker, and the school by its name."""

import contextlib
from collections.abc import AsyncIterator

from eduflow.cli.group import Stop, settings_with_databases
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.clock import Clock, utc_now
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.positions import Position
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.services import load_services
from eduflow.services.api_core.commands.find_institution import FindInstitution

SERVICE = "api_core"


@contextlib.asynccontextmanager
async def operating(
    clock: Clock = utc_now,  # rule: R7 because a demo school is made by a clock of its own
    *beside: str,
) -> AsyncIterator[Runtime]:
    """A runtime that may carry out commands in every institution, of the services `beside` too."""
    settings = settings_with_databases()
    for name in (SERVICE, *beside):
        if name not in settings.databases:
            raise Stop(f"EDUFLOW_{name.upper()}_DSN is not set", code=2)
    async with open_runtime(
        settings, load_services([SERVICE, *beside]), worker=True, clock=clock
    ) as runtime:
        yield runtime


async def institution_named(runtime: Runtime, slug: str) -> tuple[InstitutionId, Position]:
    """The institution, and a position that covers what was written in it until now."""
    receipt = await runtime.commands[SERVICE].execute(
        FindInstitution(slug=slug), access=Access(None, "public")
    )
    if receipt.result is None:
        raise Stop(
            f"there is no institution {slug!r}",
            advice=f"eduflow institution create {slug} NAME --admin-email MAIL --admin-name NAME",
            code=2,
        )
    return receipt.result, receipt.position
