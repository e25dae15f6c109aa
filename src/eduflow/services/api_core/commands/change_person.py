"""Change what is known of somebody, or suspend them."""

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core import PersonChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.model.states import PERSON, refuse_illegal
from eduflow.services.api_core.problems import NotToYourself
from eduflow.services.api_core.views import Person, columns


class ChangePerson(Command[Person], frozen=True, kw_only=True):
    """Fields that are UNSET stay. Suspending ends every session of theirs in the same moment."""

    user: UserId
    expected: int
    email: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    sortable_name: str | UnsetType = UNSET
    sis_id: str | UnsetType | None = UNSET
    login_id: str | UnsetType | None = UNSET
    tier: str | UnsetType | None = UNSET
    locale: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    state: str | UnsetType = UNSET


_LOOK = f"SELECT {columns(Person, 'u')} FROM users AS u WHERE u.id = $1 AND u.state <> 'deleted'"
_UPDATE = (
    "UPDATE users SET email = $3, display_name = $4, sortable_name = $5, sis_id = $6, login_id"
    " = $7,"
    " tier = $8, locale = $9, time_zone = $10, state = $11, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)
_END_SESSIONS = (
    "UPDATE login_sessions SET revoked_at = $2, revoked_because = 'suspended'"
    " WHERE user_id = $1 AND revoked_at IS NULL AND {allowed}"
)


async def change_person(command: ChangePerson, work: UnitOfWork) -> Person:
    person = await work.look_one(_LOOK, command.user, into=Person)
    if person is None:
        raise NotFound(kind="user")
    refuse_unseen(command.expected, person.version)
    changed = revised(person, command)
    if changed is person:
        return person
    refuse_illegal(person.state, changed.state, by=PERSON)
    if changed.state != person.state and command.user == work.identity.user:
        raise NotToYourself
    work.write(
        _UPDATE,
        person.id,
        person.version,
        changed.email,
        changed.display_name,
        changed.sortable_name,
        changed.sis_id,
        changed.login_id,
        changed.tier,
        changed.locale,
        changed.time_zone,
        changed.state,
    )
    if changed.state == "suspended":
        work.write(_END_SESSIONS, person.id, work.now, changes=None)
    work.record(
        PersonChanged(
            institution_id=work.identity.institution,
            user_id=person.id,
            display_name=changed.display_name,
            sortable_name=changed.sortable_name,
            email=changed.email,
            state=changed.state,
        )
    )
    return changed
