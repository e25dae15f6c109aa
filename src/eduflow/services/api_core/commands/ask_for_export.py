"""Have an archive made of all that is known of oneself."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import DataExportAsked
from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.jobs import Held

MAKE_EXPORT = "make_export"
KEPT = timedelta(days=7)
"""How long an archive can be downloaded."""


class AskForExport(Command[UUID], frozen=True, kw_only=True):
    """Answers with the export's id; while one is being made, with that one's."""


class FinishExport(Command[bool], frozen=True, kw_only=True):
    """The archive lies in the object store. False: nobody wants it any more."""

    held: Held
    export: UUID
    size: int
    sha256: bytes


class Export(msgspec.Struct, frozen=True):
    """One to be made."""

    id: UUID
    user_id: UserId
    asked_at: datetime


_WAITING = "SELECT id, user_id, asked_at FROM data_exports WHERE user_id = $1 AND state = 'waiting'"
_STILL = "SELECT id, user_id, asked_at FROM data_exports WHERE id = $1 AND state = 'waiting'"
_INSERT = (
    "INSERT INTO data_exports (id, institution_id, user_id, asked_at)"
    " SELECT $1, $2, $3, $4 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_READY = (
    "UPDATE data_exports SET state = 'ready', ready_at = $2, expires_at = $3, size = $4,"
    " sha256 = $5 WHERE id = $1 AND state = 'waiting' AND {allowed}"
)


async def ask_for_export(command: AskForExport, work: UnitOfWork) -> UUID:  # noqa: ARG001 (it has no fields)
    who = work.identity
    waiting = await work.look_one(_WAITING, who.user, into=Export)
    if waiting is not None:
        return waiting.id
    export = new_id()
    # Whoever asks twice at once is met at the index, and decides again.
    work.write(_INSERT, export, who.institution, who.user, work.now)
    work.enqueue(Enqueue(MAKE_EXPORT, {"export": str(export), "user": str(who.user)}))
    work.record(DataExportAsked(institution_id=who.institution, user_id=who.user, export_id=export))
    return export


async def finish_export(command: FinishExport, work: UnitOfWork) -> bool:
    if await work.look_one(_STILL, command.export, into=Export) is None:
        return False
    work.write(
        _READY,
        command.export,
        work.now,
        work.now + KEPT,
        command.size,
        command.sha256,
    )
    command.held.finish_in(work)
    return True
