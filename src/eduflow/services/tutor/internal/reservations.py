"""The ledger over HTTP, for services: reserve, then settle or release.

Each says who it is by a service token; see `eduflow.kernel.auth.services`.
"""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT

from eduflow.kernel.auth.middleware import for_services
from eduflow.kernel.ids import InstitutionId, UserId
from eduflow.kernel.problems import Invalid
from eduflow.kernel.web import Input, View, Word
from eduflow.services.tutor import ledger
from eduflow.services.tutor.ids import CallId, CourseId
from eduflow.services.tutor.ledger import Ledger, Reserved

Tokens = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x20]+$(?!\n)")]


class Prompt(Input, kw_only=True):
    """A prompt as the service has it. `sha256` is of the body's UTF-8, in hexadecimal."""

    key: Word
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    body: Annotated[
        str, msgspec.Meta(min_length=1, max_length=200_000, pattern=r"^[^\x00]*$(?!\n)")
    ]


class Candidate(Input, kw_only=True):
    """A model that would do, and what it may take at most."""

    provider: Name
    model: Name
    tokens_in: Tokens
    max_tokens_out: Tokens


class NewReservation(Input, kw_only=True):
    """A call that is about to be made; candidates in the order of preference."""

    call_id: CallId
    institution_id: InstitutionId
    user_id: UserId | None = None
    course_id: CourseId | None = None
    purpose: Word
    prompt: Prompt
    candidates: Annotated[list[Candidate], msgspec.Meta(min_length=1, max_length=16)]


class Settlement(Input, kw_only=True):
    """What the call took. `tokens_in` counts the cached ones as well."""

    provider: Name
    model: Name
    tokens_in: Tokens
    tokens_cached: Tokens = 0
    tokens_out: Tokens
    outcome: Word
    latency_ms: Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class Cost(View, kw_only=True):
    """In micros of a US dollar."""

    cost_micros: int


Asking = Request[Any, str, Any]
"""`auth` is the name of the service that asks."""


@post("/ledger/reservations", status_code=HTTP_201_CREATED, opt=for_services)
async def reserve(
    data: JSONBody[NewReservation], resources: NamedDependency[Ledger], request: Asking
) -> Reserved:
    """Hold what the first candidate that fits may cost; the same call again is told the same."""
    if hashlib.sha256(data.prompt.body.encode()).hexdigest() != data.prompt.sha256:
        message = "It is not the SHA-256 of the body"
        raise Invalid(errors=[{"pointer": "/prompt/sha256", "message": message}])
    asked = ledger.Asked(
        call_id=data.call_id,
        institution_id=data.institution_id,
        user_id=data.user_id,
        course_id=data.course_id,
        purpose=data.purpose,
        prompt=ledger.Prompt(data.prompt.key, data.prompt.body),
        candidates=[
            ledger.Candidate(c.provider, c.model, c.tokens_in, c.max_tokens_out)
            for c in data.candidates
        ],
    )
    return await resources.reserve(asked, service=request.auth)


@post("/ledger/reservations/{call_id:uuid}/settle", status_code=HTTP_200_OK, opt=for_services)
async def settle(
    call_id: FromPath[CallId],
    data: JSONBody[Settlement],
    resources: NamedDependency[Ledger],
    request: Asking,
) -> Cost:
    """Count what the call took. Once counted it stays; asked again, the cost is told again."""
    if data.tokens_cached > data.tokens_in:
        message = "More than the whole prompt"
        raise Invalid(errors=[{"pointer": "/tokens_cached", "message": message}])
    spent = ledger.Spent(**msgspec.structs.asdict(data))
    return Cost(cost_micros=await resources.settle(call_id, spent, service=request.auth))


@post(
    "/ledger/reservations/{call_id:uuid}/release", status_code=HTTP_204_NO_CONTENT, opt=for_services
)
async def release(
    call_id: FromPath[CallId], resources: NamedDependency[Ledger], request: Asking
) -> None:
    """Give back what the call held: it was not made."""
    await resources.release(call_id, service=request.auth)
