"""Give somebody a first password, as the operator of a demonstration does."""

from eduflow.contracts.api_core import PasswordChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId


class GivePassword(Command[None], frozen=True, kw_only=True):
    """Only who runs the installation can intend this. A password that is there stays."""

    user: UserId
    new_hash: str


_GIVE = (
    "INSERT INTO credentials (user_id, institution_id, password_hash, changed_at)"
    " SELECT u.id, u.institution_id, $2, $3 FROM users AS u WHERE u.id = $1 AND u.state = 'active'"
    " AND u.institution_id = $4 AND {allowed} ON CONFLICT (user_id) DO NOTHING"
)


async def give_password(command: GivePassword, work: UnitOfWork) -> None:
    institution = work.identity.institution
    work.write(_GIVE, command.user, command.new_hash, work.now, institution)
    work.record(
        PasswordChanged(institution_id=institution, user_id=command.user, because="demonstration")
    )
