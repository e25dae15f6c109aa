"""Files that are sent for an answer: what of them is taken, and where they are kept."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from uuid import UUID

import msgspec

from eduflow.kernel.ids import InstitutionId, SessionId
from eduflow.scoring.interactions import FileUpload, Interaction
from eduflow.scoring.uploads import takes
from eduflow.services.assessment.ids import FileId
from eduflow.services.assessment.sitting_problems import (
    FileNotTaken,
    FileTooLarge,
    NotAnUpload,
    NotAsked,
    TooManyFiles,
)

LARGEST = 50 * 1024 * 1024
"""Bytes of a file, whatever a question says."""
_SPARE = 10
"""So many files more than an answer names are kept: one that is replaced is still there."""
_LONGEST_ENDING = 6
FOLDER = "answers/"

UPLOADING = (
    "SELECT t.state, t.version, t.deadline_at, t.grace_until, t.session_id,"
    " (SELECT v.interaction FROM question_versions AS v"
    " WHERE v.id = (q.item ->> 'question_version_id')::uuid) AS interaction,"
    " coalesce((SELECT json_agg(f.id) FROM response_files AS f WHERE f.attempt_id = t.id"
    " AND f.question_id = $2), '[]') AS files"
    " FROM attempts AS t LEFT JOIN LATERAL (SELECT i.item FROM jsonb_array_elements(t.items)"
    " AS i(item) WHERE (i.item ->> 'question_id')::uuid = $2) AS q ON true WHERE t.id = $1"
)


class Uploading(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt for which a file is sent."""

    state: str
    version: int
    deadline_at: datetime | None
    grace_until: datetime | None
    session_id: SessionId
    interaction: Interaction | None
    files: Sequence[UUID]
    """Of this question, those that are there."""

    def asked(self, question: UUID) -> FileUpload:
        """What the question takes. Raises what stands against any file at all."""
        if self.interaction is None:
            raise NotAsked(question_id=question)
        if not isinstance(self.interaction, FileUpload):
            raise NotAnUpload(question_id=question)
        return self.interaction

    def refuse_too_many(self, asked: FileUpload) -> None:
        """Raise unless one more may come."""
        if len(self.files) >= asked.max_files + _SPARE:
            raise TooManyFiles(files=len(self.files))


def most_of(asked: FileUpload) -> int:
    """Bytes that a file may have."""
    return min(asked.max_bytes, LARGEST)


def refuse_unless_taken(asked: FileUpload, *, name: str, media_type: str, size: int) -> None:
    """Raise what stands against this file."""
    if size > most_of(asked):
        raise FileTooLarge(max_bytes=most_of(asked))
    if not takes(asked, name=name, media_type=media_type):
        raise FileNotTaken(media_types=list(asked.media_types), media_type=media_type)


def place_of(institution: InstitutionId, file: FileId) -> str:
    """Its key in the object store."""
    return f"{FOLDER}{institution}/{file}"


def blind_name(number: int, name: str) -> str:
    """What a grader is told instead of a name, in which its owner's may stand."""
    ending = PurePath(name).suffix
    known = len(ending) <= _LONGEST_ENDING and ending[1:].isascii() and ending[1:].isalnum()
    return f"file-{number}{ending if known else ''}"
