"""Files of questions over HTTP."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK

from eduflow.interchange.reading import Finding
from eduflow.interchange.unreadable import Unreadable
from eduflow.kernel.auth.guards import access_of, may
from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.commands import Command, Receipt
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.bodies import TakesFile
from eduflow.services.assessment.authoring_problems import FileUnreadable
from eduflow.services.assessment.ids import BankId, CourseId
from eduflow.services.assessment.import_views import Imported, ImportFinding
from eduflow.services.assessment.importing import QuestionImport
from eduflow.services.assessment.importing_tests import DraftImport
from eduflow.services.assessment.queries import banks
from eduflow.services.assessment.resources import Resources

LARGEST = 16 * 1024 * 1024
"""Bytes of a file; what is larger is imported by the command."""
_SECONDS = 120.0
_TOLD = 1_000
_BATCH = 20
"""Questions of one command: looking at more of them would keep others waiting."""
_NOT_IN_NAMES = re.compile(r"[^\w. -]+")
T = TypeVar("T")


class _Each:
    """Commands of one request, which the request's own Idempotency-Key cannot tell apart."""

    def __init__(self, commands: BoundCommands) -> None:
        self._commands = commands

    async def execute(
        self, command: Command[T], *, access: Access, key: str | None = None
    ) -> Receipt[T]:
        return await self._commands.receipt(command, secret=True, access=access, key=key)


@post(
    "/banks/{bank_id:uuid}/import",
    status_code=HTTP_200_OK,
    guards=[may("bank:write", on="bank")],
    request_max_body_size=LARGEST,
    operation_class=TakesFile,
    opt={"seconds": _SECONDS, "problems": (FileUnreadable,)},
)
async def import_file(
    bank_id: FromPath[BankId],
    request: Request[Any, Any, Any],
    *,
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    resources: NamedDependency[Resources],
    commands: NamedDependency[BoundCommands],
    course_id: Annotated[
        UUID | None,
        QueryParameter(name="course_id", description="Where tests of the file become drafts"),
    ] = None,
    name: Annotated[
        str, QueryParameter(name="name", description="What findings call the file", max_length=200)
    ] = "file",
) -> Imported:
    """Take the questions of a QTI, Moodle XML or GIFT file into a bank; again is the same.

    Tests in it become drafts of the course `course_id`. Each thing that was refused, or came
    without something, is told in `findings`.
    """
    # Nobody's file is read who may not write here.
    await banks.bank(replica, bank_id, user=identity.user)
    access = access_of(request)
    told: list[Finding] = []
    each = _Each(commands)
    tests = None if course_id is None else DraftImport(each, access, course=CourseId(course_id))
    job = QuestionImport(each, access, bank=bank_id, told=told.append, tests=tests, batch=_BATCH)
    with tempfile.TemporaryDirectory(prefix="eduflow-import-") as folder:
        path = Path(folder) / (_NOT_IN_NAMES.sub("_", name).strip(" .") or "file")
        await _kept(request, path)
        try:
            reading = await resources.files.read(path)
        except Unreadable as fault:
            raise FileUnreadable(reason=fault.reason, file=fault.file, line=fault.line) from None
    summary = await job.run(reading)
    return Imported(
        read=summary.read,
        new=summary.new,
        known=summary.known,
        refused=summary.refused,
        losses=summary.losses,
        tests_new=summary.tests_new,
        tests_known=summary.tests_known,
        tests=summary.tests,
        findings=[_shown(finding) for finding in told[:_TOLD]],
        findings_left_out=max(0, len(told) - _TOLD),
    )


async def _kept(request: Request[Any, Any, Any], path: Path) -> None:
    with await asyncio.to_thread(path.open, "wb") as out:
        async for piece in request.stream():
            await asyncio.to_thread(out.write, piece)


def _shown(finding: Finding) -> ImportFinding:
    return ImportFinding(
        file=finding.file,
        line=finding.line,
        name=finding.name,
        outcome=finding.outcome,
        kind=finding.kind,
        why=list(finding.why),
    )
