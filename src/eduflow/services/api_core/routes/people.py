"""People and their roles over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Input, Line, Page, Slice, View, Word, etag
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.api_core.commands.add_person import AddPerson
from eduflow.services.api_core.commands.change_person import ChangePerson
from eduflow.services.api_core.commands.grant_role import GrantRole
from eduflow.services.api_core.commands.withdraw_role import WithdrawRole
from eduflow.services.api_core.problems import NoSuchContext
from eduflow.services.api_core.queries.people import people
from eduflow.services.api_core.queries.person import PersonWithRoles, person
from eduflow.services.api_core.routes.kinds import Email, Locale, Tier, TimeZone
from eduflow.services.api_core.views import Person

ContextType = Literal["institution", "course", "section"]
PersonState = Literal["active", "suspended"]


class NewPerson(Input, kw_only=True):
    """Somebody to be taken in. Without `sortable_name` the last word of the name comes first."""

    email: Email
    display_name: Line
    sortable_name: Line | None = None
    sis_id: Word | None = None
    login_id: Word | None = None
    tier: Tier | None = None
    locale: Locale = "en"
    time_zone: TimeZone = "UTC"


class PersonChange(Input, kw_only=True):
    """Members that are absent stay; null takes away what need not be there."""

    email: Email | UnsetType = UNSET
    display_name: Line | UnsetType = UNSET
    sortable_name: Line | UnsetType = UNSET
    sis_id: Word | UnsetType | None = UNSET
    login_id: Word | UnsetType | None = UNSET
    tier: Tier | UnsetType | None = UNSET
    locale: Locale | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    state: PersonState | UnsetType = UNSET


class NewRole(Input, kw_only=True):
    """A role and where it holds; without a `context_id`, in the caller's institution."""

    role: Word
    context_type: ContextType = "institution"
    context_id: UUID | None = None


class RoleAssigned(View, kw_only=True):
    """The assignment that was made."""

    id: UUID


@get("/users/me", guards=[logged_in])
async def me(
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> PersonWithRoles:
    """The caller, with the roles they were granted."""
    return await person(replica, identity.user)


@get("/users/{user_id:uuid}", guards=[may("user:read", on="user")])
async def one(
    user_id: FromPath[UserId],
    replica: NamedDependency[ReadSession],
) -> Response[PersonWithRoles]:
    """One person. Everybody may read themselves."""
    found = await person(replica, user_id)
    # Roles are no part of the entry's version: whoever asks for them gets them as they are.
    return Response(found, headers={"ETag": etag(found.version)})


@get("/users", guards=[may("user:read")])
async def everybody(
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
    name: Annotated[
        str | None,
        QueryParameter(name="q", min_length=1, max_length=100, description="Beginning of the name"),
    ] = None,
    person_state: Annotated[
        PersonState | None, QueryParameter(name="state", description="Only people in this state")
    ] = None,
) -> Slice[Person]:
    """Everybody of the institution, by name; `q` begins the name as shown or as sorted."""
    return await people(replica, page, name=name, state=person_state)


@post("/users", status_code=HTTP_201_CREATED, guards=[may("user:write")])
async def add(
    data: JSONBody[NewPerson], commands: NamedDependency[BoundCommands]
) -> Response[Person]:
    """Take somebody in. They can be enrolled at once, and log in once they are invited."""
    added = await commands.execute(AddPerson(**msgspec.structs.asdict(data)))
    return created(added, at=f"/users/{added.id}")


@patch("/users/{user_id:uuid}", guards=[may("user:write", on="user")])
async def change(
    user_id: FromPath[UserId],
    data: JSONBody[PersonChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Person]:
    """Change somebody's entry. To suspend somebody ends all their sessions within a second."""
    fields = msgspec.structs.asdict(data)
    return changed(await commands.execute(ChangePerson(user=user_id, expected=if_match, **fields)))


@post(
    "/users/{user_id:uuid}/roles",
    status_code=HTTP_201_CREATED,
    guards=[may("role:write", on="user")],
)
async def grant(
    user_id: FromPath[UserId],
    data: JSONBody[NewRole],
    identity: NamedDependency[Identity],
    commands: NamedDependency[BoundCommands],
) -> RoleAssigned:
    """Grant a role in the institution, a course or a section."""
    context = _context(data.context_type, data.context_id, identity)
    assignment = await commands.execute(
        GrantRole(
            user=user_id,
            role=data.role,
            context_type=data.context_type,
            context=context,
        )
    )
    return RoleAssigned(id=assignment)


@delete(
    "/users/{user_id:uuid}/roles",
    status_code=HTTP_204_NO_CONTENT,
    guards=[may("role:write", on="user")],
)
async def withdraw(
    user_id: FromPath[UserId],
    identity: NamedDependency[Identity],
    commands: NamedDependency[BoundCommands],
    *,
    role: Annotated[str, QueryParameter(min_length=1, max_length=64)],
    context_type: Annotated[ContextType, QueryParameter()] = "institution",
    context_id: Annotated[UUID | None, QueryParameter()] = None,
) -> None:
    """Withdraw a role; without a context, the one in the institution."""
    context = _context(context_type, context_id, identity)
    await commands.execute(
        WithdrawRole(user=user_id, role=role, context_type=context_type, context=context)
    )


def _context(kind: str, given: UUID | None, identity: Identity) -> UUID:
    if given is not None:
        return given
    if kind == "institution":
        return identity.institution
    raise NoSuchContext("Say which one with context_id.", context_type=kind)
