"""The ledger's work in the background: giving back what nobody settled, forgetting what is old."""

from datetime import timedelta
from typing import Any

from eduflow.kernel.jobs import Done, Held, JobKind, Outcome
from eduflow.services.tutor.ledger import forget_old, free_expired


async def free_holds(_: Held, runtime: Any) -> Outcome:
    """A service that died between asking a model and saying what it took holds nothing for ever."""
    await free_expired(runtime.databases["tutor"].primary, runtime.clock())
    return Done()


async def forget_calls(_: Held, runtime: Any) -> Outcome:
    """No service asks again about a call of three months ago."""
    await forget_old(runtime.databases["tutor"].primary, runtime.clock())
    return Done()


JOBS = (
    JobKind(name="free_holds", run=free_holds, every=timedelta(minutes=1)),
    JobKind(name="forget_calls", run=forget_calls, every=timedelta(hours=6)),
)
