"""Find what the tests of a course ask that go by a title, for whoever may write tests there."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import Forbidden
from eduflow.services.assessment.authoring_problems import NoSuchCourse
from eduflow.services.assessment.commands.freeze_form import WantedSection
from eduflow.services.assessment.ids import AssessmentId, CourseId

_MOST = 50


class FoundForm(msgspec.Struct, frozen=True, kw_only=True):
    """A test with its present form; without sections where it asks nothing yet."""

    id: AssessmentId
    state: str
    created_by: UserId
    version: int
    policy_version: int
    instructions: str
    sections: tuple[WantedSection, ...]


class FoundForms(msgspec.Struct, frozen=True, kw_only=True):
    """Those put away are `past`: whoever imports such a test again means another one."""

    tests: tuple[FoundForm, ...]
    past: tuple[UUID, ...]


class _Seen(FoundForms, frozen=True, kw_only=True):
    may: bool


class FindForms(Command[FoundForms], frozen=True, kw_only=True):
    """Newest first, and no more than anybody would look through. It writes nothing."""

    course: CourseId
    title: str


_ITEMS = (
    "SELECT coalesce(json_agg(json_build_object('question_id', i.question_id, 'number', v.number,"
    " 'points', i.points_list) ORDER BY i.position), '[]') FROM section_items AS i"
    " JOIN question_versions AS v ON v.id = i.question_version_id WHERE i.section_id = s.id"
)
_SECTIONS = (
    "SELECT coalesce(json_agg(json_build_object('title', s.title, 'instructions', s.instructions,"
    f" 'pick_n', s.pick_n, 'shuffle', s.shuffle, 'items', ({_ITEMS})) ORDER BY s.position), '[]')"
    " FROM assessment_sections AS s WHERE s.assessment_version_id = f.id"
)
_NAMED = "FROM assessments AS a WHERE a.course_id = c.course_id AND a.title = $2"
_LOOK = (
    "SELECT holds_in('assessment:write', c.course_id) AS may, coalesce((SELECT json_agg(t)"
    " FROM (SELECT a.id, a.state, a.created_by, a.version,"
    " p.version AS policy_version, coalesce(f.instructions, '') AS instructions,"
    f" ({_SECTIONS}) AS sections FROM assessments AS a JOIN delivery_policies AS p"
    " ON p.assessment_id = a.id LEFT JOIN assessment_versions AS f ON f.assessment_id = a.id"
    " AND f.number = a.current_number WHERE a.course_id = c.course_id AND a.title = $2"
    f" AND a.state <> 'archived' ORDER BY a.id DESC LIMIT {_MOST}) AS t), '[]') AS tests,"
    f" coalesce((SELECT json_agg(a.id ORDER BY a.id) {_NAMED} AND a.state = 'archived'), '[]')"
    " AS past FROM standing_courses AS c WHERE c.course_id = $1 AND c.state <> 'deleted'"
    " AND c.institution_id = eduflow_institution()"
)


async def find_forms(command: FindForms, work: UnitOfWork) -> FoundForms:
    seen = await work.look_one(_LOOK, command.course, command.title, into=_Seen)
    if seen is None:
        raise NoSuchCourse
    # Asked of the person here: the operator's commands run as a worker, who may everything.
    if not seen.may:
        raise Forbidden(permission="assessment:write")
    return FoundForms(tests=seen.tests, past=seen.past)
