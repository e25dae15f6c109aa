"""The jobs of a regrade. Each step is a command; killed between two, the next worker goes on."""

from datetime import timedelta
from uuid import UUID

import structlog

from eduflow.kernel.auth.identity import Access, as_system
from eduflow.kernel.commands import Commands
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.kernel.runtime import Runtime
from eduflow.services.assessment.commands.end_regrade import (
    PUBLISH_REGRADE,
    EndFold,
    EndPublishing,
    ReopenRegrade,
    SwitchScoring,
)
from eduflow.services.assessment.commands.fold_regrade import FIRST, FoldRegrade
from eduflow.services.assessment.commands.move_results import MoveResults
from eduflow.services.assessment.commands.propose_regrade import FOLD_REGRADE
from eduflow.services.assessment.ids import RegradeId

log = structlog.get_logger()
SERVICE = "assessment"
_STATE = "SELECT state, institution_id FROM regrade_runs WHERE id = $1"


async def fold(held: Held, runtime: Runtime) -> Outcome:
    """Fold every answer by the proposed version, from where the last worker was."""
    run = RegradeId(UUID(held.arguments["run_id"]))
    found = await runtime.databases[SERVICE].primary.fetchrow(_STATE, run)
    if found is None:
        return GiveUp("there is no such regrade")
    access, commands = _access(found["institution_id"]), _commands(runtime)
    while await _state(runtime, run) == "running":
        step = await commands.execute(FoldRegrade(held=held, run=run), access=access)
        if step.result.cursor is None:
            await commands.execute(EndFold(held=held, run=run), access=access)
            break
    return Done()


async def publish(held: Held, runtime: Runtime) -> Outcome:
    """Catch up, let the new version count, and move every result under it.

    Caught up twice: before the turn, so that little is left, and after it, when nobody can write by
    the old version any more. Only then are results moved, so that each is moved once.
    """
    run = RegradeId(UUID(held.arguments["run_id"]))
    found = await runtime.databases[SERVICE].primary.fetchrow(_STATE, run)
    if found is None:
        return GiveUp("there is no such regrade")
    access, commands = _access(found["institution_id"]), _commands(runtime)
    await _catch_up(held, run, commands=commands, access=access)
    if not (await commands.execute(SwitchScoring(held=held, run=run), access=access)).result:
        # Somebody published a new form meanwhile: it may be dropped now, and no more.
        await commands.execute(ReopenRegrade(held=held, run=run), access=access)
        return Done()
    await _catch_up(held, run, commands=commands, access=access)
    cursor: UUID | None = FIRST
    while cursor is not None:
        step = await commands.execute(MoveResults(held=held, run=run, cursor=cursor), access=access)
        cursor = step.result.cursor
    await commands.execute(EndPublishing(held=held, run=run), access=access)
    return Done()


async def _catch_up(held: Held, run: RegradeId, *, commands: Commands, access: Access) -> None:
    cursor: UUID | None = FIRST
    while cursor is not None:
        step = await commands.execute(FoldRegrade(held=held, run=run, cursor=cursor), access=access)
        cursor = step.result.cursor


async def _state(runtime: Runtime, run: RegradeId) -> str:
    row = await runtime.databases[SERVICE].primary.fetchrow(_STATE, run)
    return "" if row is None else str(row["state"])


def _commands(runtime: Runtime) -> Commands:
    return runtime.commands[SERVICE]


def _access(institution: UUID) -> Access:
    # Not as whoever began it: they may be forgotten before it ends, and write nothing any more.
    return as_system(InstitutionId(institution))


JOBS = (
    JobKind(name=FOLD_REGRADE, run=fold, time_limit=timedelta(minutes=30)),
    JobKind(name=PUBLISH_REGRADE, run=publish, time_limit=timedelta(minutes=30)),
)
