"""Budgets over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.web import Input, Page, Slice, etag
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.tutor.commands.change_budget import ChangeBudget
from eduflow.services.tutor.commands.set_budget import SetBudget
from eduflow.services.tutor.ids import BudgetId
from eduflow.services.tutor.problems import BudgetExists, BudgetOfAnother, NoSuchScope
from eduflow.services.tutor.queries.budgets import budgets
from eduflow.services.tutor.routes.scopes import OfCourse, Whose, access_to
from eduflow.services.tutor.views import Budget, BudgetWithBalance

Micros = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
"""At most a thousand million dollars."""
OnExhaust = Literal["smaller_model", "queue_for_person"]


class NewBudget(Input, kw_only=True):
    """A limit, in micros of a US dollar. For the own institution the id may be left out."""

    scope_type: Literal["user", "course", "institution"]
    scope_id: UUID | None = None
    period: Literal["day", "month", "total"]
    limit_micros: Micros
    on_exhaust: OnExhaust = "smaller_model"


class BudgetChange(Input, kw_only=True):
    """Members that are absent stay."""

    limit_micros: Micros | UnsetType = UNSET
    on_exhaust: OnExhaust | UnsetType = UNSET
    state: Literal["active", "lifted"] | UnsetType = UNSET


@get("/ai/budgets", guards=[logged_in])
async def list_budgets(
    *,
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    runtime: NamedDependency[Runtime],
    of: Whose = "own",
    course_id: OfCourse = None,
) -> Slice[BudgetWithBalance]:
    """One's own budgets, a course's, or all of the institution, with what is used and held.

    `ai_budget:read` is needed on the course or the institution; one's own everybody may see.
    """
    replica.serve(access_to(of, identity, permission="ai_budget:read", course=course_id))
    kind, target = {
        "own": ("user", identity.user),
        "course": ("course", course_id),
        "institution": (None, None),
    }[of]
    return await budgets(replica, page=page, scope=kind, of=target, now=runtime.clock())


@post(
    "/ai/budgets",
    status_code=HTTP_201_CREATED,
    guards=[may("ai_budget:write")],
    opt={"problems": (BudgetExists, BudgetOfAnother, NoSuchScope)},
)
async def set_one(
    data: JSONBody[NewBudget], commands: NamedDependency[BoundCommands]
) -> Response[Budget]:
    """Say what may be spent for a person, a course or the institution, from now on."""
    made = await commands.execute(SetBudget(**msgspec.structs.asdict(data)))
    return Response(made, status_code=HTTP_201_CREATED, headers={"ETag": etag(made.version)})


@patch("/ai/budgets/{budget_id:uuid}", guards=[may("ai_budget:write")])
async def change(
    budget_id: FromPath[BudgetId],
    data: JSONBody[BudgetChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Budget]:
    """Change a limit, what becomes of calls that do not fit, or lift the budget."""
    fields = msgspec.structs.asdict(data)
    command = ChangeBudget(budget=budget_id, expected=if_match, **fields)
    made = await commands.execute(command)
    return Response(made, headers={"ETag": etag(made.version)})
