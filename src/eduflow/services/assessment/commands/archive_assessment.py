"""Put a test away."""

import msgspec

from eduflow.contracts.assessment import AssessmentArchived
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.assessment_rows import look_at, shown
from eduflow.services.assessment.form_views import Assessment
from eduflow.services.assessment.ids import AssessmentId


class ArchiveAssessment(Command[Assessment], frozen=True, kw_only=True):
    """Nobody sits it any more; what was sat stays."""

    assessment: AssessmentId
    expected: int


_UPDATE = (
    "UPDATE assessments SET state = 'archived', version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def archive_assessment(command: ArchiveAssessment, work: UnitOfWork) -> Assessment:
    known = await look_at(work, command.assessment, expected=command.expected)
    work.write(_UPDATE, known.id, known.version)
    work.record(
        AssessmentArchived(
            institution_id=work.identity.institution,
            assessment_id=known.id,
            course_id=known.course_id,
        )
    )
    return msgspec.structs.replace(shown(known), state="archived", version=known.version + 1)
