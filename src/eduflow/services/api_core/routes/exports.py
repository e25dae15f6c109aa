"""All that is known of oneself, over HTTP."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from litestar.status_codes import HTTP_202_ACCEPTED

from eduflow.kernel.auth.guards import logged_in
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.storage import Storage
from eduflow.kernel.web import View
from eduflow.kernel.web.binding import BoundCommands
from eduflow.services.api_core.commands.ask_for_export import AskForExport
from eduflow.services.api_core.queries.own_export import (
    OwnExport,
    archive_key,
    own_export,
    stored_export,
)


class ExportAsked(View, kw_only=True):
    """The archive that is being made."""

    id: UUID


@post("/users/me/export", status_code=HTTP_202_ACCEPTED, guards=[logged_in])
async def ask(commands: NamedDependency[BoundCommands]) -> ExportAsked:
    """Have an archive made of everything about you. While one is being made, it is that one."""
    return ExportAsked(id=await commands.execute(AskForExport()))


@get("/users/me/export", guards=[logged_in])
async def newest(replica: NamedDependency[ReadSession]) -> OwnExport:
    """The archive you asked for last: how far it is, and where to download it for a week."""
    return await own_export(replica)


@get("/users/me/exports/{export_id:uuid}", guards=[logged_in], media_type="application/zip")
async def download(
    export_id: FromPath[UUID],
    replica: NamedDependency[ReadSession],
    storage: NamedDependency[Storage],
) -> Stream:
    """Your archive: a zip of JSON files, and a page to begin with."""
    stored = await stored_export(replica, export_id)
    pieces = await storage.read(archive_key(stored.institution_id, stored.id))
    return Stream(
        pieces,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="eduflow-{stored.id}.zip"',
            "Content-Length": str(stored.size),
            "Cache-Control": "private, no-store",
        },
    )
