"""The ledger's work in the background: giving back what nobody settled."""

from datetime import timedelta
from typing import Any

from eduflow.kernel.jobs import Done, Held, JobKind, Outcome
from eduflow.services.tutor.ledger import free_expired


async def free_holds(_: Held, runtime: Any) -> Outcome:
    """A service that died between asking a model and saying what it took holds nothing for ever."""
    await free_expired(runtime.databases["tutor"].primary, runtime.clock())
    return Done()


JOBS = (JobKind(name="free_holds", run=free_holds, every=timedelta(minutes=1)),)
