"""The login's work in the background: letters, links that were asked for, and forgetting."""

from datetime import timedelta
from typing import Any

from eduflow.kernel.housekeeping import delete_old
from eduflow.kernel.jobs import Done, Held, JobKind, Outcome
from eduflow.kernel.mail import mailing
from eduflow.services.api_core.commands.send_link import FIND_RESET, SendResets
from eduflow.services.api_core.login.desk import NOBODY
from eduflow.services.api_core.login.letters import compose

KEPT_SESSIONS = timedelta(days=30)
"""How long an ended session can be looked at."""
KEPT_TOKENS = timedelta(days=1)
_OLD_SESSIONS = (
    "DELETE FROM login_sessions WHERE id IN (SELECT id FROM login_sessions"
    " WHERE least(expires_at, revoked_at) < clock_timestamp() - $1::interval LIMIT $2)"
)
_OLD_TOKENS = (
    "DELETE FROM one_time_tokens WHERE id IN (SELECT id FROM one_time_tokens"
    " WHERE expires_at < clock_timestamp() - $1::interval LIMIT $2)"
)


async def find_reset(held: Held, runtime: Any) -> Outcome:
    """Find whoever asked for another password, if there is anybody."""
    command = SendResets(
        held=held, email=held.arguments["email"], institution=held.arguments["institution"]
    )
    await runtime.commands["api_core"].execute(command, access=NOBODY)
    return Done()


async def forget_logins(_: Held, runtime: Any) -> Outcome:
    """Delete what nobody can use any more."""
    pool = runtime.databases["api_core"].primary
    await delete_old(pool, _OLD_SESSIONS, KEPT_SESSIONS)
    await delete_old(pool, _OLD_TOKENS, KEPT_TOKENS)
    return Done()


JOBS = (
    mailing(compose),
    JobKind(name=FIND_RESET, run=find_reset, time_limit=timedelta(minutes=1)),
    JobKind(name="forget_logins", run=forget_logins, every=timedelta(hours=1)),
)
