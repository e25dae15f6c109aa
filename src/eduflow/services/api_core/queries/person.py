"""One person, as administrators see them and as they see themselves."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import View
from eduflow.services.api_core.views import Person, columns


class Granted(View, kw_only=True):
    """A role somebody has."""

    role: str
    context_type: str
    context_id: UUID


class PersonWithRoles(Person, kw_only=True):
    """Somebody, with the roles they were granted; seats in courses are enrollments."""

    institution_id: UUID
    roles: list[Granted]


_ONE = (
    f"SELECT {columns(Person, 'u')}, u.institution_id, coalesce((SELECT json_agg(json_build_object("
    "'role', a.role, 'context_type', a.context_type, 'context_id', a.context_id) ORDER BY a.id)"
    " FROM role_assignments AS a WHERE a.user_id = u.id), '[]') AS roles"
    " FROM users AS u WHERE u.id = $1 AND u.state <> 'deleted'"
)


async def person(replica: ReadSession, user: UserId) -> PersonWithRoles:
    """The person; NotFound where they are gone."""
    return await replica.row(_ONE, user, into=PersonWithRoles)
