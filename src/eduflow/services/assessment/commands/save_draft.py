"""Keep what somebody has answered so far."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import SessionId, new_id
from eduflow.kernel.problems import NotFound
from eduflow.scoring.answers import BadAnswer, check_answer
from eduflow.scoring.interactions import FileUpload, Interaction
from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.ids import AttemptId, QuestionId
from eduflow.services.assessment.sitting_problems import (
    AttemptEnded,
    NotAnAnswer,
    NotAsked,
    OlderDraft,
    OutOfTime,
)
from eduflow.services.assessment.views import Saved


class SaveDraft(Command[Saved], frozen=True, kw_only=True):
    """The caller counts the revisions of an answer: sent twice is once, an older one is refused."""

    attempt: AttemptId
    question: QuestionId
    value: Any
    revision: int
    certainty: int | None
    seconds: int


class _Draft(msgspec.Struct):
    value: Any
    certainty: int | None
    revision: int
    saved_at: datetime


class _Found(msgspec.Struct):
    state: str
    deadline_at: datetime | None
    grace_until: datetime | None
    session_id: SessionId
    asked: Asked | None
    interaction: Interaction | None
    draft: _Draft | None
    files: Mapping[UUID, list[str]]


FILES = (
    "coalesce((SELECT json_object_agg(o.question_id, o.ids) FROM (SELECT f.question_id,"
    " json_agg(f.id) AS ids FROM response_files AS f WHERE f.attempt_id = t.id"
    " GROUP BY f.question_id) AS o), '{}') AS files"
)
_LOOK = (
    "SELECT t.state, t.deadline_at, t.grace_until, t.session_id, q.item AS asked,"
    " (SELECT v.interaction FROM question_versions AS v"
    " WHERE v.id = (q.item ->> 'question_version_id')::uuid) AS interaction,"
    " (SELECT to_json(d) FROM response_drafts AS d WHERE d.attempt_id = t.id"
    f" AND d.question_id = $2) AS draft, {FILES}"
    " FROM attempts AS t LEFT JOIN LATERAL (SELECT i.item FROM jsonb_array_elements(t.items)"
    " AS i(item) WHERE (i.item ->> 'question_id')::uuid = $2) AS q ON true WHERE t.id = $1"
)
# Whoever hands the attempt in waits for this row, or this for them: no answer that was taken is
# left out of what is handed in, and none is taken after.
TOUCH = (
    "UPDATE attempts SET version = version + 1, session_id = $3"
    " WHERE id = $1 AND state = $2 AND {allowed}"
)
_SAVE = (
    "INSERT INTO response_drafts AS d (attempt_id, question_id, institution_id, value, certainty,"
    " revision, seconds, saved_at) SELECT $1, $2, $3, $4::text::jsonb, $5, $6, $7, $8"
    " WHERE {allowed} ON CONFLICT (attempt_id, question_id) DO UPDATE SET value = excluded.value,"
    " certainty = excluded.certainty, revision = excluded.revision, seconds = excluded.seconds,"
    " saved_at = excluded.saved_at WHERE d.revision < excluded.revision"
)
SIGNAL = (
    "INSERT INTO integrity_events (id, institution_id, attempt_id, kind, detail, at)"
    " SELECT $1, $2, $3, $4, $5::text::jsonb, $6 WHERE {allowed}"
)


async def save_draft(command: SaveDraft, work: UnitOfWork) -> Saved:
    who = work.identity
    found = await work.look_one(_LOOK, command.attempt, command.question, into=_Found)
    if found is None:
        raise NotFound(kind="attempt")
    if found.asked is None or found.interaction is None:
        raise NotAsked(question_id=command.question)
    if found.draft is not None and found.draft.revision >= command.revision:
        return _known(command, found.draft)
    refuse_unless_running(found.state, found.grace_until, found.deadline_at, now=work.now)
    refuse_unless_an_answer(
        found.interaction,
        command.value,
        files=found.files.get(command.question, ()),
        pointer="/value",
    )
    work.write(TOUCH, command.attempt, "in_progress", who.session)
    work.write(
        _SAVE,
        command.attempt,
        command.question,
        who.institution,
        msgspec.json.encode(command.value).decode(),
        command.certainty,
        command.revision,
        command.seconds,
        work.now,
    )
    if found.session_id != who.session:
        about = (command.attempt, "device_changed", "{}", work.now)
        work.write(SIGNAL, new_id(), who.institution, *about)
    return Saved(question_id=command.question, revision=command.revision, saved_at=work.now)


def _known(command: SaveDraft, draft: _Draft) -> Saved:
    """The same draft again is the same; another one with an older revision is refused."""
    same = draft.value == command.value and draft.certainty == command.certainty
    if draft.revision == command.revision and same:
        return Saved(question_id=command.question, revision=draft.revision, saved_at=draft.saved_at)
    raise OlderDraft(
        saved={"value": draft.value, "revision": draft.revision, "certainty": draft.certainty}
    )


def refuse_unless_running(
    state: str, grace_until: datetime | None, deadline_at: datetime | None, *, now: datetime
) -> None:
    """Raise what stands against working on an attempt."""
    if state != "in_progress":
        raise AttemptEnded
    if grace_until is not None and now > grace_until:
        raise OutOfTime(deadline_at=deadline_at)


def refuse_unless_an_answer(
    interaction: Interaction, value: object, *, files: Collection[str] | None, pointer: str
) -> None:
    """Raise what is wrong with it, and where.

    `files`: the ids of those that were sent for this answer. None: nobody could send any.
    """
    try:
        check_answer(interaction, value)
    except BadAnswer as fault:
        raise NotAnAnswer(
            errors=[{"pointer": pointer + fault.pointer, "message": fault.message}]
        ) from fault
    if isinstance(interaction, FileUpload) and files is not None:
        named = cast("list[str] | None", value) or []
        strange = [number for number, file in enumerate(named) if file not in files]
        if strange:
            message = "is no file that was sent for this answer"
            raise NotAnAnswer(
                errors=[{"pointer": f"{pointer}/{one}", "message": message} for one in strange]
            )
