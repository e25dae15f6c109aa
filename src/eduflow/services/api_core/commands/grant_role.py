"""Let somebody do what a role permits."""

from uuid import UUID

import msgspec

from eduflow.contracts.api_core import RoleGranted
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.problems import NoSuchContext, NoSuchRole


class GrantRole(Command[UUID], frozen=True, kw_only=True):
    """A role in the institution, in a course or in a section."""

    user: UserId
    role: str
    context_type: str
    context: UUID


class _Known(msgspec.Struct):
    role: bool
    context: bool


_LOOK = (
    "SELECT EXISTS (SELECT FROM roles WHERE key = $1::text) AS role, CASE $2::text"
    " WHEN 'institution' THEN $3::uuid = eduflow_institution()"
    " WHEN 'course' THEN EXISTS (SELECT FROM courses WHERE id = $3 AND state <> 'deleted')"
    " ELSE EXISTS (SELECT FROM course_sections WHERE id = $3 AND state <> 'deleted') END AS context"
)
_INSERT = (
    "INSERT INTO role_assignments (id, institution_id, user_id, role, context_type, context_id,"
    " created_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


async def grant_role(command: GrantRole, work: UnitOfWork) -> UUID:
    known = await work.look_one(
        _LOOK, command.role, command.context_type, command.context, into=_Known
    )
    if known is None or not known.role:
        raise NoSuchRole(role=command.role)
    if not known.context:
        raise NoSuchContext(context_type=command.context_type, context_id=command.context)
    assignment = new_id()
    institution = work.identity.institution
    work.write(
        _INSERT,
        assignment,
        institution,
        command.user,
        command.role,
        command.context_type,
        command.context,
        work.now,
    )
    work.record(
        RoleGranted(
            institution_id=institution,
            user_id=command.user,
            role=command.role,
            context_type=command.context_type,
            context_id=command.context,
        )
    )
    return assignment
