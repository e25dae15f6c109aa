"""Put a bank into the hands of another course."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.services.assessment.authoring_problems import NoSuchCourse
from eduflow.services.assessment.authoring_views import Share
from eduflow.services.assessment.commands.bank_rows import THEIRS
from eduflow.services.assessment.ids import BankId, CourseId


class ShareBank(Command[Share], frozen=True, kw_only=True):
    """To take questions from (`use`), or to change them too (`edit`); the last word counts."""

    bank: BankId
    course: CourseId
    permits: str


class _Found(msgspec.Struct):
    theirs: bool
    course: bool


_LOOK = (
    f"SELECT {THEIRS} AS theirs, EXISTS (SELECT FROM standing_courses AS c WHERE c.course_id = $2"
    " AND c.state <> 'deleted') AS course FROM item_banks AS b WHERE b.id = $1"
    " AND b.state = 'active'"
)
_INSERT = (
    "INSERT INTO item_share_sets (bank_id, course_id, institution_id, permits, shared_by,"
    " shared_at) SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
    " ON CONFLICT (bank_id, course_id) DO UPDATE SET permits = excluded.permits,"
    " shared_by = excluded.shared_by, shared_at = excluded.shared_at"
)


async def share_bank(command: ShareBank, work: UnitOfWork) -> Share:
    found = await work.look_one(_LOOK, command.bank, command.course, into=_Found)
    if found is None:
        raise NotFound(kind="bank")
    if not found.theirs:
        raise Forbidden(permission="bank:write")
    if not found.course:
        raise NoSuchCourse(course_id=str(command.course))
    share = Share(
        bank_id=command.bank,
        course_id=command.course,
        permits=command.permits,
        shared_by=work.identity.user,
        shared_at=work.now,
    )
    work.write(
        _INSERT,
        share.bank_id,
        share.course_id,
        work.identity.institution,
        share.permits,
        share.shared_by,
        share.shared_at,
    )
    return share
