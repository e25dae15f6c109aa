"""What a service tells another one that a person takes along: a record on each line, then the end.

Without the last line it was not all: a connection that is cut must not look like a short life.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import httpx
import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from eduflow.kernel.addresses import trust
from eduflow.kernel.auth.identity import on_behalf_of
from eduflow.kernel.auth.middleware import for_services
from eduflow.kernel.auth.services import service_token
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.personal import Record, Subject
from eduflow.kernel.positions import Position
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings

_PATH = "/internal/v1/personal-data"
_NOW = "SELECT pg_current_xact_id()::text"
_PIECE = 64 * 1024
_SECONDS = 60.0
"""Between two lines; how long all of them take is the job's concern."""


class Whose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person of an institution."""

    institution_id: UUID
    user_id: UUID


class ToldInPart(Exception):  # noqa: N818 (no problem of a caller's: the job tries again)
    """A service did not answer, or not to the end."""


class Telling:
    """What one service has to tell."""

    def __init__(self, runtime: Runtime, service: Service) -> None:
        self._runtime = runtime
        self._service = service

    async def lines(self, user: UserId, institution: InstitutionId) -> AsyncIterator[bytes]:
        """Some at a time: a message to the network for each row costs more than the row."""
        subject = await subject_of(self._runtime, self._service, user=user, institution=institution)
        piece = bytearray()
        async for record in self._service.personal.told(subject):
            piece += msgspec.json.encode(record) + b"\n"
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece) + msgspec.json.encode(Record(end=True)) + b"\n"


@post("/personal-data", status_code=HTTP_200_OK, opt=for_services)
async def personal_data(
    data: JSONBody[Whose], telling: NamedDependency[Telling]
) -> Annotated[Stream, "application/x-ndjson"]:
    """Everything that this service keeps of a person, up to this moment."""
    lines = telling.lines(UserId(data.user_id), InstitutionId(data.institution_id))
    return Stream(lines, media_type="application/x-ndjson")


async def subject_of(
    runtime: Runtime, service: Service, *, user: UserId, institution: InstitutionId
) -> Subject:
    """Read in their own name, what is theirs alone is shown to nobody else."""
    # Everything up to this moment: a replica that has not got so far is not asked.
    database = runtime.databases[service.database]
    xid = int(await database.primary.fetchval(_NOW))
    # Whoever folds says then how far the rows are; by itself it would look seconds later.
    runtime.bell.ring(service.name)
    now = {database.name: Position(database.name, database.cluster, xids=(xid,))}
    theirs = on_behalf_of(user, institution)
    return Subject(
        user,
        lambda: runtime.reads(service, access=theirs, role="reports", positions=dict(now)),
    )


async def told_by(
    place: str,
    settings: Settings,
    *,
    asker: str,
    user: UserId,
    institution: InstitutionId,
    now: datetime,
) -> AsyncIterator[Record]:
    """What the service `place` tells of a person; raises ToldInPart where it breaks off."""
    token = service_token(settings.secret, service=asker, audience=place, now=now)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = msgspec.json.encode({"institution_id": institution, "user_id": user})
    url = settings.url_of(place) + _PATH
    ended = False
    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, verify=trust(url), trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                record = msgspec.json.decode(line, type=Record)
                ended = record.end
                if not ended:
                    yield record
    except (httpx.HTTPError, msgspec.MsgspecError) as fault:
        raise ToldInPart(f"{place}: {type(fault).__name__}") from fault
    if not ended:
        raise ToldInPart(f"{place}: broke off")
