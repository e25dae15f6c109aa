"""A file that was sent becomes one that an answer may name."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.save_draft import SIGNAL, TOUCH, refuse_unless_running
from eduflow.services.assessment.ids import AttemptId, FileId, QuestionId
from eduflow.services.assessment.uploads import UPLOADING, Uploading, refuse_unless_taken
from eduflow.services.assessment.views import SentFile


class AddFile(Command[SentFile], frozen=True, kw_only=True):
    """It is in the object store by now. Of a file that is known already nothing is written."""

    attempt: AttemptId
    question: QuestionId
    file: FileId
    name: str
    media_type: str
    size: int
    sha256: str


# Of two that are sent at one moment the second counts the first.
_TOUCH = TOUCH.replace("AND {allowed}", "AND version = $4 AND {allowed}")
_ADD = (
    "INSERT INTO response_files (id, institution_id, attempt_id, question_id, name, media_type,"
    " size, sha256, at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE {allowed}"
)


async def add_file(command: AddFile, work: UnitOfWork) -> SentFile:
    who = work.identity
    found = await work.look_one(UPLOADING, command.attempt, command.question, into=Uploading)
    if found is None:
        raise NotFound(kind="attempt")
    asked = found.asked(command.question)
    sent = SentFile(id=command.file, name=command.name, size=command.size, sha256=command.sha256)
    if command.file in found.files:
        return sent
    refuse_unless_running(found.state, found.grace_until, found.deadline_at, now=work.now)
    found.refuse_too_many(asked)
    refuse_unless_taken(asked, name=command.name, media_type=command.media_type, size=command.size)
    work.write(_TOUCH, command.attempt, "in_progress", who.session, found.version)
    work.write(
        _ADD,
        command.file,
        who.institution,
        command.attempt,
        command.question,
        command.name,
        command.media_type,
        command.size,
        bytes.fromhex(command.sha256),
        work.now,
    )
    if found.session_id != who.session:
        about = (command.attempt, "device_changed", "{}", work.now)
        work.write(SIGNAL, new_id(), who.institution, *about)
    return sent
