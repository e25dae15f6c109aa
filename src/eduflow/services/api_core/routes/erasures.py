"""Forgetting a person, over HTTP."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.personal import personal_in
from eduflow.kernel.web import Input, View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.erase_user import EraseUser
from eduflow.services.api_core.privacy import parts as privacy_parts
from eduflow.services.api_core.queries.erasure import ErasureState, erasure

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$(?!\n)")]


class NewErasure(Input, kw_only=True):
    """Why it is done. It is kept: name nobody in it."""

    reason: Reason


class ErasureBegun(View, kw_only=True):
    """The erasure that is under way, or done."""

    id: UUID


class Fate(View, kw_only=True):
    """What becomes of a kind of rows, and why."""

    tables: list[str]
    what: str


class ErasureReport(View, kw_only=True):
    """How far it is, what was blanked, and what stays and why."""

    erasure: ErasureState
    fates: list[Fate]


# The permission is on the institution, not on the person: somebody erased is nobody any more, and
# asking again must still find what was done.
@post("/users/{user_id:uuid}/erasure", status_code=HTTP_202_ACCEPTED, guards=[may("user:erase")])
async def erase(
    user_id: FromPath[UserId],
    data: JSONBody[NewErasure],
    commands: NamedDependency[BoundCommands],
) -> ErasureBegun:
    """Forget somebody, for ever: the account closes at once, the rest follows in moments."""
    begun = await commands.execute(EraseUser(user=user_id, reason=data.reason))
    return ErasureBegun(id=begun)


@get("/users/{user_id:uuid}/erasure", guards=[may("user:erase")])
async def report(user_id: FromPath[UserId], replica: NamedDependency[ReadSession]) -> ErasureReport:
    """What was blanked, and what stays and why."""
    told = await erasure(replica, user_id)
    fates = [Fate(tables=list(t.tables), what=t.erasure) for t in personal_in(privacy_parts).kinds]
    return ErasureReport(erasure=told, fates=fates)
