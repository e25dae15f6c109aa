"""Add a term to the year."""

from datetime import datetime

from eduflow.contracts.api_core import TermAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.ids import TermId
from eduflow.services.api_core.views import Term


class AddTerm(Command[Term], frozen=True, kw_only=True):
    """A term that courses can be put into."""

    name: str
    sis_id: str | None
    starts_on: datetime | None
    ends_on: datetime | None


_INSERT = (
    "INSERT INTO terms (id, institution_id, name, sis_id, starts_on, ends_on)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
)


async def add_term(command: AddTerm, work: UnitOfWork) -> Term:
    term = Term(
        id=TermId(new_id()),
        name=command.name,
        sis_id=command.sis_id,
        starts_on=command.starts_on,
        ends_on=command.ends_on,
        version=1,
    )
    institution = work.identity.institution
    work.write(_INSERT, term.id, institution, term.name, term.sis_id, term.starts_on, term.ends_on)
    work.record(TermAdded(institution_id=institution, term_id=term.id))
    return term
