"""The caller's institution and its terms over HTTP."""

from typing import Any

import msgspec
from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Dated, Input, Line, Page, Slice, Word
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created, shown
from eduflow.services.api_core.commands.add_term import AddTerm
from eduflow.services.api_core.commands.change_institution import ChangeInstitution
from eduflow.services.api_core.queries.institution import institution
from eduflow.services.api_core.queries.terms import terms
from eduflow.services.api_core.routes.kinds import Locale, Moment, TimeZone
from eduflow.services.api_core.views import Institution, Term


class InstitutionChange(Input, kw_only=True):
    """Members that are absent stay."""

    name: Line | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET


class NewTerm(Dated, kw_only=True):
    """A term to put courses into."""

    name: Line
    sis_id: Word | None = None
    starts_on: Moment | None = None
    ends_on: Moment | None = None


@get("/institutions/me", guards=[logged_in])
async def mine(
    request: Request[Any, Any, Any],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Response[Institution]:
    """The institution of the caller."""
    return shown(request, await institution(replica, identity.institution))


@patch("/institutions/me", guards=[may("institution:write")])
async def change(
    data: JSONBody[InstitutionChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Institution]:
    """Change what the institution says of itself."""
    fields = msgspec.structs.asdict(data)
    return changed(await commands.execute(ChangeInstitution(expected=if_match, **fields)))


@post("/terms", status_code=HTTP_201_CREATED, guards=[may("term:write")])
async def add_term(
    data: JSONBody[NewTerm], commands: NamedDependency[BoundCommands]
) -> Response[Term]:
    """Add a term."""
    term = await commands.execute(AddTerm(**msgspec.structs.asdict(data)))
    return created(term, at=None)


@get("/terms", guards=[logged_in])
async def list_terms(
    page: NamedDependency[Page], replica: NamedDependency[ReadSession]
) -> Slice[Term]:
    """The terms, in the order they were added."""
    return await terms(replica, page)
