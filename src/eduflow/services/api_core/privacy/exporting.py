"""The job that makes an archive, and the one that forgets it."""

import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from eduflow.directory import built_places
from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.jobs import Done, GiveUp, Held, JobKind, Outcome, Retry
from eduflow.kernel.personal import Record
from eduflow.kernel.web.personal import ToldInPart, subject_of, told_by
from eduflow.services.api_core.commands.ask_for_export import MAKE_EXPORT, FinishExport
from eduflow.services.api_core.privacy.archive import write_archive
from eduflow.services.api_core.queries.own_export import archive_key

SERVICE = "api_core"
_PAUSE = timedelta(seconds=20)
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
    user = UserId(UUID(held.arguments["user"]))
    access = as_system(institution)
    told = _told(runtime, user=user, institution=institution)
    with tempfile.TemporaryFile() as file:
        try:
            written = await write_archive(file, told, at=runtime.clock())
        except ToldInPart as fault:
            # An archive that holds half is worse than one that comes later.
            return Retry(_PAUSE, str(fault))
        await runtime.storage.put(
            archive_key(institution, export), file, media_type="application/zip"
        )
    command = FinishExport(held=held, export=export, size=written.size, sha256=written.sha256)
    if not (await runtime.commands[SERVICE].execute(command, access=access)).result:
        await runtime.storage.delete(archive_key(institution, export))
    return Done()


async def _told(
    runtime: Any, *, user: UserId, institution: InstitutionId
) -> AsyncIterator[tuple[str, Record]]:
    """What every service keeps of them, each in a folder, and what is kept here in none."""
    service = runtime.services[SERVICE]
    subject = await subject_of(runtime, service, user=user, institution=institution)
    async for record in service.personal.told(subject):
        yield "", record
    for place in built_places():
        if place.name == SERVICE:
            continue
        others = told_by(
            place.name,
            runtime.settings,
            asker=SERVICE,
            user=user,
            institution=institution,
            now=runtime.clock(),
        )
        async for record in others:
            yield f"{place.name}/", record


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
