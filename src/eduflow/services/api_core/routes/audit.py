"""The audit trail over HTTP."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from eduflow.kernel.auth.guards import may
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice, refuse_far
from eduflow.services.api_core.queries.audit import AuditEntry, audit
from eduflow.services.api_core.routes.kinds import Moment


@get("/audit", guards=[may("audit:read")])
async def trail(
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    *,
    actor: Annotated[UserId | None, QueryParameter(description="Only what they had done")] = None,
    command: Annotated[
        str | None, QueryParameter(max_length=64, description="Only this command, by its name")
    ] = None,
    since: Annotated[Moment | None, QueryParameter(description="From this moment on")] = None,
    until: Annotated[Moment | None, QueryParameter(description="Before this moment")] = None,
) -> Slice[AuditEntry]:
    """Who had what done, the newest first. Refused requests are not in it: they did nothing."""
    refuse_far(since=since, until=until)
    return await audit(replica, page, actor=actor, command=command, since=since, until=until)
