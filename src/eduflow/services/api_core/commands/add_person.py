"""Take somebody into the institution."""

from eduflow.contracts.api_core import PersonAdded
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.model.names import sortable
from eduflow.services.api_core.views import Person


class AddPerson(Command[Person], frozen=True, kw_only=True):
    """Somebody without a password yet, who can be enrolled at once and logs in once invited."""

    email: str
    display_name: str
    sortable_name: str | None
    sis_id: str | None
    login_id: str | None
    tier: str | None
    locale: str
    time_zone: str


_INSERT = (
    "INSERT INTO users (id, institution_id, email, display_name, sortable_name, sis_id, login_id,"
    " tier, locale, time_zone, created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE {allowed}"
)


async def add_person(command: AddPerson, work: UnitOfWork) -> Person:
    institution = work.identity.institution
    person = Person(
        id=UserId(new_id()),
        email=command.email.lower(),
        display_name=command.display_name,
        sortable_name=command.sortable_name or sortable(command.display_name),
        sis_id=command.sis_id,
        login_id=command.login_id,
        tier=command.tier,
        locale=command.locale,
        time_zone=command.time_zone,
        state="active",
        version=1,
    )
    work.write(
        _INSERT,
        person.id,
        institution,
        person.email,
        person.display_name,
        person.sortable_name,
        person.sis_id,
        person.login_id,
        person.tier,
        person.locale,
        person.time_zone,
        work.now,
    )
    work.record(
        PersonAdded(
            institution_id=institution,
            user_id=person.id,
            display_name=person.display_name,
            sortable_name=person.sortable_name,
            email=person.email,
            state=person.state,
        )
    )
    return person
