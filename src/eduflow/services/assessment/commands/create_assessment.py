"""Begin a test."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.form_views import Assessment
from eduflow.services.assessment.ids import AssessmentId, CourseId
from eduflow.services.assessment.model.reviewing import usual_review
from eduflow.services.assessment.stored import as_json


class CreateAssessment(Command[Assessment], frozen=True, kw_only=True):
    """As a draft that asks nothing yet, with the usual policy."""

    course: CourseId
    title: str
    kind: str


_INSERT = (
    "INSERT INTO assessments (id, institution_id, course_id, kind, title, created_by, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)
_POLICY = (
    "INSERT INTO delivery_policies (assessment_id, institution_id) SELECT $1, $2 WHERE {allowed}"
)
_REVIEW = (
    "INSERT INTO review_policies (assessment_id, phase, institution_id, shows)"
    " SELECT $1, r.phase, $2, r.shows FROM jsonb_to_recordset($3::text::jsonb)"
    " AS r(phase text, shows text[]) WHERE {allowed}"
)


async def create_assessment(command: CreateAssessment, work: UnitOfWork) -> Assessment:
    made = Assessment(
        id=AssessmentId(new_id()),
        course_id=command.course,
        kind=command.kind,
        title=command.title,
        state="draft",
        form=0,
        scoring_number=0,
        created_by=work.identity.user,
        created_at=work.now,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        made.id,
        institution,
        made.course_id,
        made.kind,
        made.title,
        made.created_by,
        made.created_at,
    )
    work.write(_POLICY, made.id, institution)
    phases = msgspec.structs.asdict(usual_review("deferred"))
    rows = [{"phase": phase, "shows": shows} for phase, shows in phases.items()]
    work.write(_REVIEW, made.id, institution, as_json(rows), changes=len(rows))
    return made
