"""Take back what a student or a section was given."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.ids import AssessmentId, OverrideId


class DeleteOverride(Command[None], frozen=True, kw_only=True):
    """From now on it is for them as for everybody; attempts that run keep their time."""

    assessment: AssessmentId
    override: OverrideId


_DELETE = "DELETE FROM delivery_overrides WHERE id = $1 AND assessment_id = $2 AND {allowed}"


async def delete_override(command: DeleteOverride, work: UnitOfWork) -> None:
    work.write(_DELETE, command.override, command.assessment, otherwise=NotFound(kind="override"))
