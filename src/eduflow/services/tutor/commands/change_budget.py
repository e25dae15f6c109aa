"""Change what may be spent, or lift the limit."""

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.tutor.ids import BudgetId
from eduflow.services.tutor.views import Budget


class ChangeBudget(Command[Budget], frozen=True, kw_only=True):
    """Fields that are UNSET stay. What is held already stays held, whatever the new limit."""

    budget: BudgetId
    expected: int
    limit_micros: int | UnsetType = UNSET
    on_exhaust: str | UnsetType = UNSET
    state: str | UnsetType = UNSET


_LOOK = (
    "SELECT id, scope_type, scope_id, period, limit_micros, currency, on_exhaust, state,"
    " created_at, version FROM budgets WHERE id = $1"
)
_UPDATE = (
    "UPDATE budgets SET limit_micros = $3, on_exhaust = $4, state = $5, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_budget(command: ChangeBudget, work: UnitOfWork) -> Budget:
    budget = await work.look_one(_LOOK, command.budget, into=Budget)
    if budget is None:
        raise NotFound(kind="budget")
    refuse_unseen(command.expected, budget.version)
    wanted = {
        name: value
        for name in ("limit_micros", "on_exhaust", "state")
        if (value := getattr(command, name)) is not UNSET and value != getattr(budget, name)
    }
    if not wanted:
        return budget
    changed = msgspec.structs.replace(budget, **wanted, version=budget.version + 1)
    work.write(
        _UPDATE,
        budget.id,
        budget.version,
        changed.limit_micros,
        changed.on_exhaust,
        changed.state,
    )
    return changed
