"""Move a seat on: activate, pause, complete, withdraw."""

import msgspec

from eduflow.contracts.api_core import EnrollmentChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.ids import EnrollmentId
from eduflow.services.api_core.model.states import ENROLLMENT, refuse_illegal
from eduflow.services.api_core.problems import CourseConcluded
from eduflow.services.api_core.views import Enrollment, columns


class ChangeEnrollment(Command[Enrollment], frozen=True, kw_only=True):
    """What the person may do there changes with the next statement that asks."""

    enrollment: EnrollmentId
    expected: int
    state: str


class _Seat(Enrollment, kw_only=True):
    course_state: str


_LOOK = (
    f"SELECT {columns(Enrollment, 'e')}, c.state AS course_state FROM enrollments AS e"
    " JOIN courses AS c ON c.id = e.course_id WHERE e.id = $1"
)
_UPDATE = (
    "UPDATE enrollments SET state = $3, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_enrollment(command: ChangeEnrollment, work: UnitOfWork) -> Enrollment:
    seat = await work.look_one(_LOOK, command.enrollment, into=_Seat)
    if seat is None:
        raise NotFound(kind="enrollment")
    refuse_unseen(command.expected, seat.version)
    fields = msgspec.structs.asdict(seat)
    course_state = fields.pop("course_state")
    before = Enrollment(**fields)
    if command.state == before.state:
        return before
    refuse_illegal(before.state, command.state, by=ENROLLMENT)
    if command.state == "active" and course_state == "concluded":
        raise CourseConcluded(course_id=before.course_id)
    work.write(_UPDATE, before.id, before.version, command.state)
    work.record(
        EnrollmentChanged(
            institution_id=work.identity.institution,
            enrollment_id=before.id,
            course_id=before.course_id,
            user_id=before.user_id,
            state=command.state,
        )
    )
    return msgspec.structs.replace(before, state=command.state, version=before.version + 1)
