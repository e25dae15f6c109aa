"""Find an institution by its short name, and from where on it can be read as it is now."""

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import InstitutionId


class FindInstitution(Command[InstitutionId | None], frozen=True, kw_only=True):
    """Only who runs the installation can intend this: others see no institution but their own.

    It writes nothing; its receipt is a position that covers all that was written before it.
    """

    slug: str


class _Found(msgspec.Struct):
    id: InstitutionId


async def find_institution(command: FindInstitution, work: UnitOfWork) -> InstitutionId | None:
    found = await work.look_one(
        "SELECT id FROM institutions WHERE slug = $1", command.slug, into=_Found
    )
    return found.id if found else None
