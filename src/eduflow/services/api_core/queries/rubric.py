"""Rubrics with all their versions."""

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.api_core.grading_views import Rubric
from eduflow.services.api_core.ids import RubricId

CRITERIA = (
    "coalesce((SELECT json_agg(json_build_object('id', c.id, 'description', c.description,"
    " 'grader_note', {note}, 'points', c.points, 'ratings', coalesce((SELECT"
    " json_agg(json_build_object('id', r.id, 'label', r.label, 'points', r.points)"
    " ORDER BY r.position) FROM rubric_ratings AS r WHERE r.criterion_id = c.id), '[]'))"
    " ORDER BY c.position) FROM rubric_criteria AS c WHERE c.rubric_version_id = v.id), '[]')"
)
OF_ASSIGNMENT = (
    "(SELECT json_build_object('id', v.id, 'number', v.number, 'frozen_at', v.frozen_at,"
    f" 'criteria', {CRITERIA}) FROM rubric_versions AS v WHERE v.id = a.rubric_version_id)"
)
"""The rubric of an assignment `a`; `{note}` says what becomes of the notes for graders."""
_ONE = (
    "SELECT r.id, r.course_id, r.title, r.version, (SELECT json_agg(json_build_object("
    "'id', v.id, 'number', v.number, 'frozen_at', v.frozen_at, 'criteria',"
    f" {CRITERIA.format(note='c.grader_note')}) ORDER BY v.number DESC)"
    " FROM rubric_versions AS v WHERE v.rubric_id = r.id) AS versions"
    " FROM rubrics AS r WHERE r.id = $1"
)


async def rubric(replica: ReadSession, wanted: RubricId) -> Rubric:
    """The rubric, newest version first."""
    return await replica.row(_ONE, wanted, into=Rubric)
