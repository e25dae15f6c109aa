"""The job that forgets a person, step by step."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.housekeeping import delete_old
from eduflow.kernel.ids import InstitutionId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.services.api_core.commands.erase_teams import EraseTeams
from eduflow.services.api_core.commands.erase_texts import EraseTexts
from eduflow.services.api_core.commands.erase_user import (
    ERASE_PERSON,
    BlankEvents,
    EraseAccount,
    EraseArchives,
    EraseTraces,
)
from eduflow.services.api_core.commands.revoke_certificate import EraseCertificates
from eduflow.services.api_core.queries.own_export import archive_key

SERVICE = "api_core"
LONGEST_TOKEN = timedelta(hours=2)
"""No access token lives so long; then nobody must know any more that a session has ended."""
_ARCHIVES = (
    "SELECT x.id, x.institution_id FROM data_exports AS x JOIN erasures AS e USING (user_id)"
    " WHERE e.id = $1 AND x.state <> 'expired'"
)
_SESSIONS = (
    "DELETE FROM login_sessions WHERE id IN (SELECT s.id FROM login_sessions AS s"
    " JOIN erasures AS e ON e.user_id = s.user_id AND e.state = 'done'"
    " WHERE s.revoked_at < clock_timestamp() - $1::interval LIMIT $2)"
)


async def erase_person(held: Held, runtime: Any) -> Outcome:
    """Every step that is not done yet, in order; what was done is not done again."""
    if held.institution is None:
        return GiveUp("an erasure of no institution")
    erasure = UUID(held.arguments["erasure"])
    access = as_system(InstitutionId(held.institution))
    commands = runtime.commands[SERVICE]
    await commands.execute(EraseTraces(erasure=erasure), access=access)
    # First the files: once no row tells of them, nobody would find them.
    for row in await runtime.databases[SERVICE].primary.fetch(_ARCHIVES, erasure):
        await runtime.storage.delete(archive_key(row["institution_id"], row["id"]))
    await commands.execute(EraseArchives(erasure=erasure), access=access)
    await commands.execute(EraseAccount(erasure=erasure), access=access)
    # After the account: its sessions have ended, and nobody writes under its name any more.
    await commands.execute(EraseTexts(erasure=erasure), access=access)
    await commands.execute(EraseCertificates(erasure=erasure), access=access)
    await commands.execute(EraseTeams(erasure=erasure), access=access)
    # Last: nothing that comes after it tells of the person again.
    await commands.execute(BlankEvents(held=held, erasure=erasure), access=access)
    return Done()


async def forget_sessions(_: Held, runtime: Any) -> Outcome:
    """Delete the sessions of the erased that no token can name any more."""
    await delete_old(runtime.databases[SERVICE].primary, _SESSIONS, LONGEST_TOKEN)
    return Done()


JOBS = (
    JobKind(name=ERASE_PERSON, run=erase_person, time_limit=timedelta(minutes=10)),
    JobKind(name="forget_sessions_of_the_erased", run=forget_sessions, every=timedelta(hours=1)),
)
