"""Change what the institution says of itself."""

from msgspec import UNSET, UnsetType

from eduflow.contracts.api_core import InstitutionChanged
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.kernel.web import refuse_unseen
from eduflow.services.api_core.model.revision import revised
from eduflow.services.api_core.views import Institution, columns


class ChangeInstitution(Command[Institution], frozen=True, kw_only=True):
    """Fields that are UNSET stay."""

    expected: int
    name: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET


_LOOK = f"SELECT {columns(Institution, 'i')} FROM institutions AS i WHERE i.id = $1"
_UPDATE = (
    "UPDATE institutions SET name = $3, time_zone = $4, locale = $5, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)


async def change_institution(command: ChangeInstitution, work: UnitOfWork) -> Institution:
    mine = work.identity.institution
    institution = await work.look_one(_LOOK, mine, into=Institution)
    if institution is None:
        raise NotFound(kind="institution")
    refuse_unseen(command.expected, institution.version)
    changed = revised(institution, command)
    if changed is institution:
        return institution
    work.write(_UPDATE, mine, institution.version, changed.name, changed.time_zone, changed.locale)
    work.record(InstitutionChanged(institution_id=mine))
    return changed
