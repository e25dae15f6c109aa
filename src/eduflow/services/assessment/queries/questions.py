"""Questions with their keys, for those who write them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.assessment.authoring_views import (
    Question,
    QuestionTest,
    QuestionVersion,
    Rubric,
)
from eduflow.services.assessment.ids import (
    BankId,
    QuestionId,
    QuestionVersionId,
    StimulusId,
)
from eduflow.services.assessment.stored import StoredItem, item_of

STORED = (
    "json_build_object('title', v.title, 'body', v.body, 'language', v.language, 'interaction',"
    " v.interaction, 'key', k.key, 'parameters', v.parameters, 'conditions', v.conditions,"
    " 'feedback', v.feedback, 'points', v.points, 'identifier', v.identifier)"
)
"""A version `v` with a key `k`, as `StoredItem` has it."""
NEWEST_KEY = (
    "answer_keys AS k ON k.question_version_id = v.id AND k.number = (SELECT max(m.number)"
    " FROM answer_keys AS m WHERE m.question_version_id = v.id)"
)
TAGS = "ARRAY(SELECT t.tag FROM question_tags AS t WHERE t.question_id = q.id ORDER BY 1) AS tags"
_VERSION = (
    f"v.id AS version_id, v.number, {STORED} AS stored, encode(v.sha256, 'hex') AS sha256,"
    " v.made_by, v.made_at, k.number AS key_number, encode(k.sha256, 'hex') AS key_sha256,"
    f" k.reason AS key_reason, {TAGS}"
)
_ONE = (
    f"SELECT q.id, q.bank_id, q.stimulus_id, q.type, q.title, q.state, q.version, {_VERSION}"
    " FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    f" AND v.number = q.current_number JOIN {NEWEST_KEY} WHERE q.id = $1"
)
_VERSIONS = (
    f"SELECT {_VERSION} FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    f" JOIN {NEWEST_KEY} WHERE q.id = $1 AND ($2::int IS NULL OR v.number < $2)"
    " ORDER BY v.number DESC LIMIT $3"
)
_WHICH = (
    f"SELECT {_VERSION} FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    f" AND v.number = coalesce($2::int, q.current_number) JOIN {NEWEST_KEY} WHERE q.id = $1"
)
_TESTS = (
    "SELECT t.id, t.question_version_id, t.answer, t.expected_fraction, t.note, t.made_at"
    " FROM question_tests AS t JOIN question_versions AS v ON v.id = t.question_version_id"
    " WHERE v.question_id = $1 AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3"
)
_RUBRIC = (
    "SELECT r.id, r.question_id, r.title, r.version, json_build_object('id', v.id, 'number',"
    " v.number, 'guidelines', v.guidelines, 'sha256', encode(v.sha256, 'hex'), 'made_by',"
    " v.made_by, 'frozen_at', v.frozen_at, 'criteria', (SELECT json_agg(json_build_object('id',"
    " c.id, 'key', c.key, 'title', c.title, 'description', c.description, 'points', c.points,"
    " 'levels', c.levels, 'grader_note', c.grader_note) ORDER BY c.position)"
    " FROM scoring_criteria AS c WHERE c.rubric_version_id = v.id)) AS current"
    " FROM scoring_rubrics AS r JOIN scoring_rubric_versions AS v ON v.rubric_id = r.id"
    " AND v.number = r.current_number WHERE r.question_id = $1"
)


class _Version(msgspec.Struct, kw_only=True):
    version_id: QuestionVersionId
    number: int
    stored: StoredItem
    sha256: str
    made_by: UserId
    made_at: datetime
    key_number: int
    key_sha256: str
    key_reason: str
    tags: tuple[str, ...]


class _Question(_Version, kw_only=True):
    id: QuestionId
    bank_id: BankId
    stimulus_id: StimulusId | None
    type: str
    title: str
    state: str
    version: int


async def question(replica: ReadSession, wanted: QuestionId) -> Question:
    """A question with its newest version and that one's newest key."""
    row = await replica.row(_ONE, wanted, into=_Question)
    fields: dict[str, Any] = {
        name: getattr(row, name) for name in Question.__struct_fields__ if name != "current"
    }
    return Question(current=_shown(row), **fields)


async def versions(
    replica: ReadSession, wanted: QuestionId, *, page: Page
) -> Slice[QuestionVersion]:
    """One page of its versions, newest first, each with its newest key."""
    (last,) = page.after(int) or (None,)
    rows = await replica.rows(_VERSIONS, wanted, last, page.fetch, into=_Version)
    return page.of(rows, by=lambda r: (r.number,), into=_shown)


async def version(
    replica: ReadSession, wanted: QuestionId, *, number: int | None
) -> QuestionVersion:
    """One version; without a number the newest."""
    return _shown(await replica.row(_WHICH, wanted, number, into=_Version))


async def question_tests(
    replica: ReadSession, wanted: QuestionId, *, page: Page
) -> Slice[QuestionTest]:
    """One page of what its marking must give, in the order they were added."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_TESTS, wanted, last, page.fetch, into=QuestionTest)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def rubric(replica: ReadSession, wanted: QuestionId) -> Rubric:
    """What answers to it are read by, newest version."""
    return await replica.row(_RUBRIC, wanted, into=Rubric)


def _shown(row: _Version) -> QuestionVersion:
    return QuestionVersion(
        id=row.version_id,
        number=row.number,
        item=item_of(row.stored, tags=row.tags),
        sha256=row.sha256,
        made_by=row.made_by,
        made_at=row.made_at,
        key_number=row.key_number,
        key_sha256=row.key_sha256,
        key_reason=row.key_reason,
    )
