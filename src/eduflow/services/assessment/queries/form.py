"""What a test asks, with its keys: for those who make and grade it."""

from datetime import datetime

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.assessment.form_views import (
    FormItemWithKey,
    FormSectionWithKeys,
    FormWithKeys,
)
from eduflow.services.assessment.ids import AssessmentId, FormId, QuestionId, QuestionVersionId
from eduflow.services.assessment.queries.questions import STORED
from eduflow.services.assessment.stored import StoredItem, item_of


class _Item(msgspec.Struct):
    question_id: QuestionId
    question_version_id: QuestionVersionId
    type: str
    number: int
    newest: int
    points_list: list[float]
    key_number: int
    stored: StoredItem


class _Section(msgspec.Struct):
    title: str
    instructions: str
    pick_n: int | None
    shuffle: bool
    items: list[_Item]


class _Form(msgspec.Struct):
    id: FormId
    assessment_id: AssessmentId
    number: int
    instructions: str
    points: float
    frozen_at: datetime
    sections: list[_Section]
    version: int


_ITEMS = (
    "(SELECT json_agg(json_build_object('question_id', i.question_id, 'question_version_id', v.id,"
    " 'type', q.type, 'number', v.number, 'newest', q.current_number, 'points_list', i.points_list,"
    f" 'key_number', k.number, 'stored', {STORED}) ORDER BY i.position)"
    " FROM section_items AS i JOIN questions AS q ON q.id = i.question_id"
    " JOIN question_versions AS v ON v.id = i.question_version_id"
    " CROSS JOIN LATERAL (SELECT c.number, c.key FROM answer_keys AS c"
    " WHERE c.question_version_id = v.id AND c.number = coalesce((g.key_set ->> v.id::text)::int,"
    " (SELECT max(m.number) FROM answer_keys AS m WHERE m.question_version_id = v.id))) AS k"
    " WHERE i.section_id = s.id)"
)
_ONE = (
    "SELECT f.id, f.assessment_id, f.number, f.instructions, f.points, f.frozen_at, a.version,"
    " (SELECT json_agg(json_build_object('title', s.title, 'instructions', s.instructions,"
    f" 'pick_n', s.pick_n, 'shuffle', s.shuffle, 'items', {_ITEMS}) ORDER BY s.position)"
    " FROM assessment_sections AS s WHERE s.assessment_version_id = f.id) AS sections"
    " FROM assessments AS a JOIN assessment_versions AS f ON f.assessment_id = a.id"
    " AND f.number = a.current_number LEFT JOIN scoring_versions AS g ON g.assessment_id = a.id"
    " AND g.number = a.scoring_number WHERE a.id = $1"
)


async def form(replica: ReadSession, wanted: AssessmentId) -> FormWithKeys:
    """The present form, each question with the key that counts for it, else its newest."""
    found = await replica.row(_ONE, wanted, into=_Form)
    sections = [
        FormSectionWithKeys(
            title=section.title,
            instructions=section.instructions,
            pick_n=section.pick_n,
            shuffle=section.shuffle,
            items=[_shown(one) for one in section.items],
        )
        for section in found.sections
    ]
    fields = {n: getattr(found, n) for n in _Form.__struct_fields__ if n != "sections"}
    return FormWithKeys(sections=sections, **fields)


def _shown(one: _Item) -> FormItemWithKey:
    return FormItemWithKey(
        question_id=one.question_id,
        question_version_id=one.question_version_id,
        type=one.type,
        title=one.stored.title,
        number=one.number,
        newest=one.newest,
        points_list=one.points_list,
        item=item_of(one.stored),
        key_number=one.key_number,
    )
