"""Writing a form of a test, whole and for ever."""

from collections.abc import Sequence

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.form_views import Form
from eduflow.services.assessment.model.form import Part, points_of
from eduflow.services.assessment.stored import as_json

_FORM = (
    "INSERT INTO assessment_versions (id, institution_id, assessment_id, number, instructions,"
    " points, made_by, frozen_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT assessment_versions_number_once DO NOTHING"
)
_SECTIONS = (
    "INSERT INTO assessment_sections (id, institution_id, assessment_version_id, position, title,"
    " instructions, pick_n, shuffle)"
    " SELECT s.id, $1, $2, s.position, s.title, s.instructions, s.pick_n, s.shuffle"
    " FROM jsonb_to_recordset($3::text::jsonb) AS s(id uuid, position int, title text,"
    " instructions text, pick_n int, shuffle boolean) WHERE {allowed}"
)
_ITEMS = (
    "INSERT INTO section_items (section_id, position, institution_id, question_id,"
    " question_version_id, points_list)"
    " SELECT i.section_id, i.position, $1, i.question_id, i.question_version_id, i.points_list"
    " FROM jsonb_to_recordset($2::text::jsonb) AS i(section_id uuid, position int,"
    " question_id uuid, question_version_id uuid, points_list numeric[]) WHERE {allowed}"
)


def write_form(work: UnitOfWork, form: Form, *, parts: Sequence[Part]) -> None:
    """Write it with its sections and their items."""
    institution = work.identity.institution
    work.write(
        _FORM,
        form.id,
        institution,
        form.assessment_id,
        form.number,
        form.instructions,
        points_of(parts),
        work.identity.user,
        form.frozen_at,
    )
    ids = [new_id() for _ in parts]
    sections = [
        {
            "id": id_,
            "position": place,
            "title": part.title,
            "instructions": part.instructions,
            "pick_n": part.pick_n,
            "shuffle": part.shuffle,
        }
        for place, (id_, part) in enumerate(zip(ids, parts, strict=True), 1)
    ]
    work.write(_SECTIONS, institution, form.id, as_json(sections), changes=len(sections))
    items = [
        {
            "section_id": id_,
            "position": place,
            "question_id": entry.question_id,
            "question_version_id": entry.question_version_id,
            "points_list": entry.points_list,
        }
        for id_, part in zip(ids, parts, strict=True)
        for place, entry in enumerate(part.items, 1)
    ]
    work.write(_ITEMS, institution, as_json(items), changes=len(items))
