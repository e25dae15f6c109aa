"""Files of answers: what may be sent, and where one is."""

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import InstitutionId
from eduflow.services.assessment.ids import AttemptId, FileId, QuestionId, ResponseId
from eduflow.services.assessment.uploads import UPLOADING, Uploading, blind_name


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is, and as what it is sent."""

    id: FileId
    institution_id: InstitutionId
    name: str
    media_type: str
    size: int
    number: int = 0
    """Of the files of an answer, from 1 up."""


_FILE = (
    "SELECT f.id, f.institution_id, f.name, f.media_type, f.size FROM response_files AS f"
    " WHERE f.attempt_id = $1 AND f.id = $2"
)
_NAMED = (
    "SELECT f.id, f.institution_id, f.name, f.media_type, f.size, (SELECT p.number FROM"
    " jsonb_array_elements(r.value) WITH ORDINALITY AS p(file, number)"
    " WHERE p.file = to_jsonb(f.id)) AS number"
    " FROM responses AS r JOIN response_files AS f ON f.attempt_id = r.attempt_id"
    " AND f.question_id = r.question_id WHERE r.id = $1 AND f.id = $2"
    " AND r.value @> jsonb_build_array(f.id)"
)


async def uploading(replica: ReadSession, attempt: AttemptId, question: QuestionId) -> Uploading:
    """The attempt, as far as it matters to whoever sends a file."""
    return await replica.row(UPLOADING, attempt, question, into=Uploading)


async def file_of_attempt(replica: ReadSession, attempt: AttemptId, file: FileId) -> KeptFile:
    """A file by the name that it was given."""
    return await replica.row(_FILE, attempt, file, into=KeptFile)


async def file_of_response(replica: ReadSession, response: ResponseId, file: FileId) -> KeptFile:
    """A file that an answer names, without the name that whoever sent it gave it."""
    found = await replica.row(_NAMED, response, file, into=KeptFile)
    return msgspec.structs.replace(found, name=blind_name(found.number, found.name))
