"""Let an institution begin, with the one person who can let others in."""

from eduflow.contracts.api_core import PersonAdded, RoleGranted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import InstitutionId, UserId, new_id


class FoundInstitution(Command[InstitutionId], frozen=True, kw_only=True):
    """Only who runs the installation can intend this; no route leads here."""

    institution: InstitutionId
    administrator: UserId
    slug: str
    name: str
    email: str
    display_name: str


async def found_institution(command: FoundInstitution, work: UnitOfWork) -> InstitutionId:
    work.write(
        "INSERT INTO institutions (id, slug, name, created_at) SELECT $1, $2, $3, $4 WHERE"
        " {allowed}",
        command.institution,
        command.slug,
        command.name,
        work.now,
    )
    work.write(
        "INSERT INTO users (id, institution_id, email, display_name, sortable_name, created_at)"
        " SELECT $1, $2, lower($3), $4, $4, $5 WHERE {allowed}",
        command.administrator,
        command.institution,
        command.email,
        command.display_name,
        work.now,
    )
    work.write(
        "INSERT INTO role_assignments (id, institution_id, user_id, role, context_type,"
        " context_id, created_at)"
        " SELECT $1, $2, $3, 'administrator', 'institution', $2, $4 WHERE {allowed}",
        new_id(),
        command.institution,
        command.administrator,
        work.now,
    )
    work.record(
        PersonAdded(
            institution_id=command.institution,
            user_id=command.administrator,
            display_name=command.display_name,
            sortable_name=command.display_name,
            email=command.email.lower(),
            state="active",
        )
    )
    work.record(
        RoleGranted(
            institution_id=command.institution,
            user_id=command.administrator,
            role="administrator",
            context_type="institution",
            context_id=command.institution,
        )
    )
    return command.institution
