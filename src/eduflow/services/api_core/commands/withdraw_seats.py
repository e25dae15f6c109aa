"""What follows for seats when a person or a section goes."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from eduflow.contracts.api_core import EnrollmentChanged
from eduflow.kernel.commands import UnitOfWork


class _Seat(msgspec.Struct):
    id: UUID
    course_id: UUID
    user_id: UUID
    version: int


_LOOK = (
    "SELECT id, course_id, user_id, version FROM enrollments WHERE institution_id = $1 AND state"
    " <> 'withdrawn'"
    " AND (user_id = ANY($2::uuid[]) OR section_id = ANY($3::uuid[]))"
)
_WITHDRAW = (
    "UPDATE enrollments AS e SET state = 'withdrawn', version = e.version + 1"
    " FROM unnest($1::uuid[], $2::int[]) AS r(id, version)"
    " WHERE e.id = r.id AND e.version = r.version AND {allowed}"
)


async def withdraw_seats(
    work: UnitOfWork, *, people: Sequence[UUID] = (), sections: Sequence[UUID] = ()
) -> None:
    """Part of a command: withdraw every open seat of these people and sections."""
    if not people and not sections:
        return
    institution = work.identity.institution
    seats = await work.look(_LOOK, institution, list(people), list(sections), into=_Seat)
    if not seats:
        return
    work.write(_WITHDRAW, [s.id for s in seats], [s.version for s in seats], changes=len(seats))
    for seat in seats:
        work.record(
            EnrollmentChanged(
                institution_id=institution,
                enrollment_id=seat.id,
                course_id=seat.course_id,
                user_id=seat.user_id,
                state="withdrawn",
            )
        )
