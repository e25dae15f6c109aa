"""Blank what somebody answered, and what was written about it.

Ids, numbers and times stay: averages, statistics and the grades of others rest on them. So do
receipts, which hold digests only; what was digested is gone, and `erased_people` says why.
"""

from typing import Any
from uuid import UUID

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.assessment.under_appeal import OPEN

BLANK = "(erased)"
"""Stands where something must. The policies `only_to_forget` of the schema know it as well."""

REMOVE_FILES = "remove_files_of_the_erased"


class NoteErasure(Command[None], frozen=True, kw_only=True):
    """From here on nothing is written in the person's name, and their texts may be blanked."""

    user: UserId
    erasure: UUID


class EraseAnswers(Command[None], frozen=True, kw_only=True):
    """All texts of one who is noted to be erased; of anybody else it blanks nothing."""

    user: UserId


_NOTE = (
    "INSERT INTO erased_people (user_id, institution_id, erasure_id, at)"
    " SELECT $1, $2, $3, $4 WHERE {allowed} ON CONFLICT DO NOTHING"
)
_THEIR_ATTEMPTS = (
    "(SELECT a.id FROM attempts AS a JOIN erased_people AS e ON e.user_id = a.user_id"
    " AND e.institution_id = a.institution_id WHERE a.user_id = $1 AND a.institution_id = $2)"
)
_THEIR_ANSWERS = f"(SELECT id FROM responses WHERE attempt_id IN {_THEIR_ATTEMPTS})"
# A group is called after what its answers have in common, which may be one person's very words.
_GROUPS = (
    f"(SELECT g.group_id FROM answer_group_members AS g WHERE g.response_id IN {_THEIR_ANSWERS}"
    " AND NOT EXISTS (SELECT FROM answer_group_members AS m WHERE m.group_id = g.group_id"
    " AND NOT is_answer_of_an_erased_person(m.response_id)))"
)
_NO_MORE = f"CASE WHEN {OPEN.format('appeals')} THEN 'withdrawn' ELSE state END"
_BLANKS = {
    "responses": ("value = 'null'", "value <> 'null'", f"attempt_id IN {_THEIR_ATTEMPTS}"),
    "response_drafts": ("value = 'null'", "value <> 'null'", f"attempt_id IN {_THEIR_ATTEMPTS}"),
    "response_files": (
        f"name = '{BLANK}'",
        f"name <> '{BLANK}'",
        f"attempt_id IN {_THEIR_ATTEMPTS}",
    ),
    "integrity_events": ("detail = '{}'", "detail <> '{}'", f"attempt_id IN {_THEIR_ATTEMPTS}"),
    "item_scores": (
        "feedback = '[]', note = ''",
        "(feedback <> '[]' OR note <> '')",
        f"attempt_id IN {_THEIR_ATTEMPTS}",
    ),
    "ai_judgements": (
        "reason = '', quote = ''",
        "(reason <> '' OR quote <> '')",
        f"job_id IN (SELECT id FROM ai_grading_jobs WHERE response_id IN {_THEIR_ANSWERS})",
    ),
    "human_reviews": ("comment = ''", "comment <> ''", f"response_id IN {_THEIR_ANSWERS}"),
    # Nobody can decide over what is gone, and while it waited the staff would see no score.
    "appeals": (
        f"claim = '{BLANK}', state = {_NO_MORE}, version = version + 1",
        f"(claim <> '{BLANK}' OR {OPEN.format('appeals')})",
        f"attempt_id IN {_THEIR_ATTEMPTS}",
    ),
    "appeal_decisions": (
        f"reason = '{BLANK}'",
        f"reason <> '{BLANK}'",
        f"appeal_id IN (SELECT id FROM appeals WHERE attempt_id IN {_THEIR_ATTEMPTS})",
    ),
    # Nobody can judge what is gone.
    "grading_queue": (
        "state = 'done', claimed_until = NULL, assigned_to = NULL, version = version + 1",
        "state <> 'done'",
        f"response_id IN {_THEIR_ANSWERS}",
    ),
    # A ruling stays: it is the institution's own, and others' scores rest on it.
    "rubric_precedents": (
        f"question = '{BLANK}', version = version + 1",
        f"question <> '{BLANK}'",
        f"response_id IN {_THEIR_ANSWERS}",
    ),
    "answer_groups": (f"label = '{BLANK}'", f"label <> '{BLANK}'", f"id IN {_GROUPS}"),
}
"""Table -> what is written, where it is not so yet, and of whom."""
# What they were answered, kept for the day that they may ask again.
_ANSWERS = (
    "DELETE FROM idempotency_keys WHERE principal = $1 AND EXISTS (SELECT FROM erased_people"
    " WHERE user_id = $1 AND institution_id = $2) AND {allowed}"
)


async def note_erasure(command: NoteErasure, work: UnitOfWork) -> None:
    who: tuple[Any, ...] = (command.user, work.identity.institution, command.erasure, work.now)
    work.write(_NOTE, *who, changes=None)


async def erase_answers(command: EraseAnswers, work: UnitOfWork) -> None:
    whose = (command.user, work.identity.institution)
    for table, (blank, told, theirs) in _BLANKS.items():
        sql = f"UPDATE {table} SET {blank} WHERE {told} AND {theirs} AND {{allowed}}"
        work.write(sql, *whose, changes=None)
    work.write(_ANSWERS, *whose, changes=None)
    # What is in the object store no statement removes.
    user = str(command.user)
    work.enqueue(Enqueue(kind=REMOVE_FILES, arguments={"user": user}, unique_key=user))
