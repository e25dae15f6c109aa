"""The one ledger of a process, for the routes that services ask."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from eduflow.services.tutor.ledger import Ledger


@contextlib.asynccontextmanager
async def ledger_desk(runtime: Any) -> AsyncIterator[Ledger]:
    """Open while the process serves; the workers' processes have one and do not use it."""
    yield Ledger(
        runtime.databases["tutor"].primary,
        clock=runtime.clock,
        ring=partial(runtime.bell.ring, "tutor"),
    )
