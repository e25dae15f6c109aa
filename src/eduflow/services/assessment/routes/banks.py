"""Banks of questions over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, UnsetType

from eduflow.kernel.auth.guards import logged_in, may
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import Input, Line, Page, Slice
from eduflow.kernel.web.binding import BoundCommands
from eduflow.kernel.web.versions import changed, created
from eduflow.services.assessment.authoring_views import Bank, BankForYou, Share
from eduflow.services.assessment.commands.change_bank import ChangeBank
from eduflow.services.assessment.commands.create_bank import CreateBank
from eduflow.services.assessment.commands.delete_bank import DeleteBank
from eduflow.services.assessment.commands.share_bank import ShareBank
from eduflow.services.assessment.commands.unshare_bank import UnshareBank
from eduflow.services.assessment.ids import BankId, CourseId
from eduflow.services.assessment.queries import banks

Visibility = Literal["course", "institution"]


class NewBank(Input, kw_only=True):
    """A bank of a course; with `institution` every author of the institution may take from it."""

    name: Line
    visibility: Visibility = "course"


class NewInstitutionBank(Input, kw_only=True):
    """A bank of the whole institution."""

    name: Line


class BankChange(Input, kw_only=True):
    """Members that are absent stay."""

    name: Line | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET


class NewShare(Input, kw_only=True):
    """`use`: its questions may be asked. `edit`: they may be changed too."""

    permits: Literal["use", "edit"] = "use"


@post(
    "/courses/{course_id:uuid}/banks",
    status_code=HTTP_201_CREATED,
    guards=[may("bank:write", on="course")],
)
async def create(
    course_id: FromPath[CourseId],
    data: JSONBody[NewBank],
    commands: NamedDependency[BoundCommands],
) -> Response[Bank]:
    """Begin a bank in a course."""
    command = CreateBank(course=course_id, name=data.name, visibility=data.visibility)
    made = await commands.execute(command)
    return created(made, at=f"/banks/{made.id}")


@post("/banks", status_code=HTTP_201_CREATED, guards=[may("bank:write")])
async def create_for_all(
    data: JSONBody[NewInstitutionBank], commands: NamedDependency[BoundCommands]
) -> Response[Bank]:
    """Begin a bank of the whole institution."""
    command = CreateBank(course=None, name=data.name, visibility="institution")
    made = await commands.execute(command)
    return created(made, at=f"/banks/{made.id}")


@get("/banks", guards=[logged_in])
async def list_banks(
    page: NamedDependency[Page],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
    course_id: Annotated[
        UUID | None,
        QueryParameter(name="course_id", description="Of this course, or shared with it"),
    ] = None,
) -> Slice[BankForYou]:
    """The banks whose questions the caller may take, by name."""
    course = None if course_id is None else CourseId(course_id)
    return await banks.banks(replica, identity.user, course=course, page=page)


@get("/banks/{bank_id:uuid}", guards=[may("bank:read", on="bank")])
async def one(
    bank_id: FromPath[BankId],
    identity: NamedDependency[Identity],
    replica: NamedDependency[ReadSession],
) -> Response[BankForYou]:
    """A bank."""
    return changed(await banks.bank(replica, bank_id, user=identity.user))


@patch("/banks/{bank_id:uuid}", guards=[may("bank:write", on="bank")])
async def change(
    bank_id: FromPath[BankId],
    data: JSONBody[BankChange],
    if_match: NamedDependency[int],
    commands: NamedDependency[BoundCommands],
) -> Response[Bank]:
    """Give a bank another name, or show it to others; for its own course and its owner."""
    fields = msgspec.structs.asdict(data)
    command = ChangeBank(bank=bank_id, expected=if_match, **fields)
    return changed(await commands.execute(command))


@delete("/banks/{bank_id:uuid}", guards=[may("bank:write", on="bank")])
async def remove(bank_id: FromPath[BankId], commands: NamedDependency[BoundCommands]) -> None:
    """Take a bank out of sight; tests that ask its questions go on asking them."""
    await commands.execute(DeleteBank(bank=bank_id))


@put("/banks/{bank_id:uuid}/shares/{course_id:uuid}", guards=[may("bank:write", on="bank")])
async def share(
    bank_id: FromPath[BankId],
    course_id: FromPath[CourseId],
    data: JSONBody[NewShare],
    commands: NamedDependency[BoundCommands],
) -> Share:
    """Put a bank into the hands of another course."""
    return await commands.execute(ShareBank(bank=bank_id, course=course_id, permits=data.permits))


@delete("/banks/{bank_id:uuid}/shares/{course_id:uuid}", guards=[may("bank:write", on="bank")])
async def unshare(
    bank_id: FromPath[BankId],
    course_id: FromPath[CourseId],
    commands: NamedDependency[BoundCommands],
) -> None:
    """Take it back; tests of that course go on asking its questions."""
    await commands.execute(UnshareBank(bank=bank_id, course=course_id))


@get("/banks/{bank_id:uuid}/shares", guards=[may("bank:read", on="bank")])
async def list_shares(
    bank_id: FromPath[BankId],
    page: NamedDependency[Page],
    replica: NamedDependency[ReadSession],
) -> Slice[Share]:
    """In the hands of which other courses a bank is."""
    return await banks.shares(replica, bank_id, page=page)
