"""Begin a bank of questions."""

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.authoring_views import Bank
from eduflow.services.assessment.ids import BankId, CourseId


class CreateBank(Command[Bank], frozen=True, kw_only=True):
    """In a course, or without one for the whole institution."""

    course: CourseId | None
    name: str
    visibility: str


_INSERT = (
    "INSERT INTO item_banks (id, institution_id, course_id, owner_id, name, visibility, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def create_bank(command: CreateBank, work: UnitOfWork) -> Bank:
    bank = Bank(
        id=BankId(new_id()),
        course_id=command.course,
        owner_id=work.identity.user,
        name=command.name,
        visibility=command.visibility,
        created_at=work.now,
        version=1,
    )
    institution = work.identity.institution
    work.write(
        _INSERT,
        bank.id,
        institution,
        bank.course_id,
        bank.owner_id,
        bank.name,
        bank.visibility,
        work.now,
    )
    return bank
