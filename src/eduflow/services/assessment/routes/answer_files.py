"""Files of answers over HTTP."""

import asyncio
import hashlib
import re
import tempfile
from typing import IO, Annotated, Any
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_201_CREATED

from eduflow.kernel.auth.guards import may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.commands import KeyReused
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Invalid
from eduflow.kernel.storage import Storage
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.bodies import TakesFile
from eduflow.services.assessment.commands.add_file import AddFile
from eduflow.services.assessment.commands.save_draft import refuse_unless_running
from eduflow.services.assessment.ids import AttemptId, FileId, QuestionId, ResponseId
from eduflow.services.assessment.queries.answer_files import (
    KeptFile,
    file_of_attempt,
    file_of_response,
    uploading,
)
from eduflow.services.assessment.resources import Resources
from eduflow.services.assessment.sitting_problems import (
    AttemptEnded,
    FileEmpty,
    FileNotTaken,
    FileTooLarge,
    OutOfTime,
    TooManyFiles,
)
from eduflow.services.assessment.uploads import LARGEST, most_of, place_of, refuse_unless_taken
from eduflow.services.assessment.views import SentFile

_SECONDS = 300.0
_NAME = 200
_UNKNOWN = "application/octet-stream"
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}", re.ASCII)
_FOR_GOOD = (KeyReused, TooManyFiles, AttemptEnded, OutOfTime)
"""After these no equal request was taken, nor will be. Whatever else a refusal leaves behind goes
with the chore that removes what no row names."""
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|]+')


@post(
    "/attempts/{attempt_id:uuid}/files",
    status_code=HTTP_201_CREATED,
    guards=[may("attempt:write", on="attempt")],
    request_max_body_size=LARGEST,
    operation_class=TakesFile,
    opt={"seconds": _SECONDS, "problems": (FileTooLarge, FileNotTaken, FileEmpty)},
)
async def send(
    attempt_id: FromPath[AttemptId],
    request: Request[Any, Any, Any],
    *,
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    storage: NamedDependency[Storage],
    resources: NamedDependency[Resources],
    commands: NamedDependency[BoundCommands],
    question_id: Annotated[
        UUID, QueryParameter(name="question_id", description="Whose answer is to name it")
    ],
    name: Annotated[
        str,
        QueryParameter(
            name="name", description="As what it is shown", min_length=1, max_length=_NAME
        ),
    ],
) -> Response[SentFile]:
    """Send a file for an answer, as the body; `Content-Type` says of which kind it is.

    It counts when an answer names it by the `id` that comes back.
    """
    question, named, kind = QuestionId(question_id), _name(name), _kind(request)
    found = await uploading(replica, attempt_id, question)
    asked = found.asked(question)
    told = int(request.headers.get("content-length") or 1)
    refuse_unless_taken(asked, name=named, media_type=kind, size=told)
    key = request.headers.get("idempotency-key")

    def refuse() -> None:
        refuse_unless_running(
            found.state, found.grace_until, found.deadline_at, now=resources.clock()
        )
        found.refuse_too_many(asked)

    if key is None:
        # With a key it may have been taken, while the attempt ran; then that is the answer.
        refuse()
    with tempfile.TemporaryFile() as file:
        # All of it is here before any of it is there: whoever breaks off leaves nothing behind.
        size, digest = await _kept(request, file, most=most_of(asked))
        about = (str(attempt_id), str(question), named, kind, digest)
        id_ = FileId(new_id() if key is None else _again(identity, key, *about))
        if is_new := id_ not in found.files:
            refuse()
            file.seek(0)
            await storage.put(place_of(identity.institution, id_), file, media_type=kind)
    command = AddFile(
        attempt=attempt_id,
        question=question,
        file=id_,
        name=named,
        media_type=kind,
        size=size,
        sha256=digest,
    )
    try:
        sent = await commands.execute(command)
    except _FOR_GOOD:
        if is_new:
            await storage.delete(place_of(identity.institution, id_))
        raise
    where = f"/api/v1/attempts/{attempt_id}/files/{sent.id}"
    return Response(sent, headers={"Location": where})


@get(
    "/attempts/{attempt_id:uuid}/files/{file_id:uuid}",
    guards=[may("attempt:read", on="attempt")],
    media_type=_UNKNOWN,
    opt={"seconds": _SECONDS},
)
async def of_attempt(
    attempt_id: FromPath[AttemptId],
    file_id: FromPath[FileId],
    replica: NamedDependency[ReadSession],
    storage: NamedDependency[Storage],
) -> Stream:
    """A file that was sent for an answer, to be kept under its name."""
    return await _sent(storage, await file_of_attempt(replica, attempt_id, file_id))


@get(
    "/responses/{response_id:uuid}/files/{file_id:uuid}",
    guards=[may("assessment:grade", on="response")],
    media_type=_UNKNOWN,
    opt={"seconds": _SECONDS},
)
async def of_response(
    response_id: FromPath[ResponseId],
    file_id: FromPath[FileId],
    replica: NamedDependency[ReadSession],
    storage: NamedDependency[Storage],
) -> Stream:
    """A file that an answer names, for whoever grades it: numbered, since names may tell whose."""
    return await _sent(storage, await file_of_response(replica, response_id, file_id))


async def _sent(storage: Storage, file: KeptFile) -> Stream:
    pieces = await storage.read(place_of(file.institution_id, file.id))
    plain = file.name.encode("ascii", "replace").decode().replace("?", "_")
    return Stream(
        pieces,
        headers={
            # Said so, since Litestar 2.25 has the route's type go before a stream's own.
            "Content-Type": file.media_type,
            "Content-Disposition": f'attachment; filename="{plain}";'
            f" filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Length": str(file.size),
            "Cache-Control": "private, no-store",
        },
    )


async def _kept(request: Request[Any, Any, Any], file: IO[bytes], *, most: int) -> tuple[int, str]:
    """How many bytes came, and their sha256."""
    digest, size = hashlib.sha256(), 0

    def keep(piece: bytes) -> None:
        digest.update(piece)
        file.write(piece)

    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise FileTooLarge(max_bytes=most)
        await asyncio.to_thread(keep, piece)
    if size == 0:
        raise FileEmpty
    return size, digest.hexdigest()


def _name(told: str) -> str:
    """Without what means something to a file system, or is not seen."""
    shown = "".join(sign for sign in told if sign.isprintable())
    name = _NOT_IN_NAMES.sub("_", shown).strip(" .")
    if not name:
        raise Invalid(errors=[{"pointer": "/name", "message": "is no name of a file"}])
    return name


def _kind(request: Request[Any, Any, Any]) -> str:
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return told if _TYPE.fullmatch(told) else _UNKNOWN


def _again(identity: Identity, key: str, *about: str) -> UUID:
    """The same for a request that comes again, and for no other."""
    return uuid5(identity.user, msgspec.json.encode([key, *about]).decode())
