"""Let somebody no longer do what a role permitted."""

from uuid import UUID

from eduflow.contracts.api_core import RoleWithdrawn
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.problems import NotToYourself, RoleNotGranted


class WithdrawRole(Command[None], frozen=True, kw_only=True):
    """Takes effect with the next statement that asks; nobody gives up their own administration."""

    user: UserId
    role: str
    context_type: str
    context: UUID


_DELETE = (
    "DELETE FROM role_assignments WHERE user_id = $1 AND role = $2 AND context_type = $3"
    " AND context_id = $4 AND {allowed}"
)


async def withdraw_role(command: WithdrawRole, work: UnitOfWork) -> None:
    own = command.user == work.identity.user
    if own and command.role == "administrator" and command.context_type == "institution":
        raise NotToYourself
    work.write(
        _DELETE,
        command.user,
        command.role,
        command.context_type,
        command.context,
        otherwise=RoleNotGranted(),
    )
    work.record(
        RoleWithdrawn(
            institution_id=work.identity.institution,
            user_id=command.user,
            role=command.role,
            context_type=command.context_type,
            context_id=command.context,
        )
    )
