"""The job that makes an archive, and the one that forgets it."""

import tempfile
from datetime import timedelta
from typing import Any
from uuid import UUID

from eduflow.kernel.auth.identity import as_system, on_behalf_of
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome
from eduflow.kernel.positions import Position
from eduflow.services.api_core.commands.ask_for_export import MAKE_EXPORT, FinishExport
from eduflow.services.api_core.privacy.archive import write_archive
from eduflow.services.api_core.privacy.registry import Subject, registered
from eduflow.services.api_core.queries.own_export import archive_key

SERVICE = "api_core"
_NOW = "SELECT pg_current_xact_id()::text"
_OLD = (
    "SELECT id, institution_id FROM data_exports WHERE state = 'ready'"
    " AND expires_at < clock_timestamp() LIMIT 1000"
)
_FORGOTTEN = "UPDATE data_exports SET state = 'expired', sha256 = NULL WHERE id = $1"


async def make_export(held: Held, runtime: Any) -> Outcome:
    """Read, write to disk, store, say so. Killed anywhere it begins anew, and stores the same."""
    if held.institution is None:
        return GiveUp("an export of no institution")
    export = UUID(held.arguments["export"])
    institution = InstitutionId(held.institution)
    access = as_system(institution)
    service = runtime.services[SERVICE]
    # Everything up to this moment: a replica that has not got so far is not asked.
    database = runtime.databases[SERVICE]
    now = Position(SERVICE, database.cluster, xids=(int(await database.primary.fetchval(_NOW)),))
    user = UserId(UUID(held.arguments["user"]))
    # In their name: what is theirs alone is shown to nobody else.
    theirs = on_behalf_of(user, institution)
    subject = Subject(
        user,
        lambda: runtime.reads(service, access=theirs, role="reports", positions={SERVICE: now}),
    )
    parts, excuses = registered()
    with tempfile.TemporaryFile() as file:
        written = await write_archive(
            file, subject, parts=parts, excuses=excuses, at=runtime.clock()
        )
        await runtime.storage.put(
            archive_key(institution, export), file, media_type="application/zip"
        )
    command = FinishExport(held=held, export=export, size=written.size, sha256=written.sha256)
    if not (await runtime.commands[SERVICE].execute(command, access=access)).result:
        await runtime.storage.delete(archive_key(institution, export))
    return Done()


async def forget_exports(_: Held, runtime: Any) -> Outcome:
    """Remove archives whose time is over, first the file and then the word that it is there."""
    pool = runtime.databases[SERVICE].primary
    for row in await pool.fetch(_OLD):
        await runtime.storage.delete(archive_key(row["institution_id"], row["id"]))
        await pool.execute(_FORGOTTEN, row["id"])
    return Done()


JOBS = (
    JobKind(name=MAKE_EXPORT, run=make_export, time_limit=timedelta(minutes=30)),
    JobKind(name="forget_exports", run=forget_exports, every=timedelta(hours=1)),
)
