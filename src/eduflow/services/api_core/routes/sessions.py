"""One's own sessions over HTTP."""

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import SessionId
from eduflow.kernel.web import View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.end_session import EndSession
from eduflow.services.api_core.queries.own_sessions import SessionEntry, own_sessions


class Sessions(View, kw_only=True):
    """Where one is logged in, the session used last first."""

    items: list[SessionEntry]


@get("/auth/sessions", guards=[logged_in])
async def list_own(
    replica: NamedDependency[ReadSession], identity: NamedDependency[Identity]
) -> Sessions:
    """Where you are logged in."""
    return Sessions(items=await own_sessions(replica, identity.session))


@delete("/auth/sessions/{session_id:uuid}", status_code=HTTP_204_NO_CONTENT, guards=[logged_in])
async def end(session_id: FromPath[SessionId], commands: NamedDependency[BoundCommands]) -> None:
    """End a session of yours, on a device you lost for instance."""
    await commands.receipt(EndSession(session=session_id), secret=True)
