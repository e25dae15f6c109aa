"""Give a test another title or kind."""

import msgspec
from msgspec import UNSET, UnsetType

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.assessment_rows import look_at, shown, tell
from eduflow.services.assessment.form_views import Assessment
from eduflow.services.assessment.ids import AssessmentId


class ChangeAssessment(Command[Assessment], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    assessment: AssessmentId
    expected: int
    title: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET


_UPDATE = (
    "UPDATE assessments SET title = $3, kind = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_assessment(command: ChangeAssessment, work: UnitOfWork) -> Assessment:
    known = await look_at(work, command.assessment, expected=command.expected)
    title = known.title if command.title is UNSET else command.title
    kind = known.kind if command.kind is UNSET else command.kind
    if (title, kind) == (known.title, known.kind):
        return shown(known)
    work.write(_UPDATE, known.id, known.version, title, kind)
    if known.state == "published":
        tell(work, known, title=title, kind=kind)
    return msgspec.structs.replace(shown(known), title=title, kind=kind, version=known.version + 1)
