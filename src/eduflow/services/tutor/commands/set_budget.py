"""Say what may be spent for a person, a course, or the institution."""

from uuid import UUID

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.tutor.ids import BudgetId
from eduflow.services.tutor.problems import NoSuchScope
from eduflow.services.tutor.views import Budget


class SetBudget(Command[Budget], frozen=True, kw_only=True):
    """It counts what is reserved from now on. Without a scope's id, for one's own institution."""

    scope_type: str
    scope_id: UUID | None
    period: str
    limit_micros: int
    on_exhaust: str


_LOOK = (
    "SELECT $2::uuid AS id WHERE $1::text = 'institution'"
    " UNION ALL SELECT c.course_id FROM standing_courses AS c WHERE $1 = 'course'"
    " AND c.course_id = $2 AND c.state <> 'deleted'"
    " UNION ALL SELECT p.user_id FROM people AS p WHERE $1 = 'user'"
    " AND p.user_id = $2 AND p.state <> 'deleted'"
)
_INSERT = (
    "INSERT INTO budgets (id, institution_id, scope_type, scope_id, period, limit_micros,"
    " on_exhaust, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
)


async def set_budget(command: SetBudget, work: UnitOfWork) -> Budget:
    institution = work.identity.institution
    scope = command.scope_id
    if scope is None and command.scope_type == "institution":
        scope = institution
    if scope is None or not await work.look(_LOOK, command.scope_type, scope, into=dict):
        raise NoSuchScope(scope_type=command.scope_type, scope_id=scope)
    budget = Budget(
        id=BudgetId(new_id()),
        scope_type=command.scope_type,
        scope_id=scope,
        period=command.period,
        limit_micros=command.limit_micros,
        currency="USD",
        on_exhaust=command.on_exhaust,
        state="active",
        created_at=work.now,
        version=1,
    )
    work.write(
        _INSERT,
        budget.id,
        institution,
        budget.scope_type,
        budget.scope_id,
        budget.period,
        budget.limit_micros,
        budget.on_exhaust,
        budget.created_at,
    )
    return budget
