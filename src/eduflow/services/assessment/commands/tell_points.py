"""Tell that students see what a test was worth, once nobody may sit it any more."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.assessment.commands.assessment_rows import COLUMNS, TABLES, Known, tell
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.showing import SHOWN


class TellPoints(Command[bool], frozen=True, kw_only=True):
    """False: they do not see it, or it was told before."""

    assessment: AssessmentId


class _Seen(Known, kw_only=True):
    shows: list[str]


_LOOK = f"SELECT {COLUMNS}, {SHOWN} AS shows FROM {TABLES} WHERE a.id = $1"
_TOLD = (
    "UPDATE delivery_policies SET points_told = true WHERE assessment_id = $1 AND version = $2"
    " AND NOT points_told AND {allowed}"
)


async def tell_points(command: TellPoints, work: UnitOfWork) -> bool:
    seen = await work.look_one(_LOOK, command.assessment, into=_Seen)
    if seen is None or seen.points_told or "points" not in seen.shows or seen.state != "published":
        return False
    work.write(_TOLD, command.assessment, seen.policy_version)
    tell(work, seen, points_told=True)
    return True
