"""What every service asks of the login: keys to check tokens with, and sessions to refuse."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from eduflow.kernel.auth.middleware import PUBLIC
from eduflow.kernel.auth.revocation import entity_tag
from eduflow.kernel.web import is_known
from eduflow.services.api_core.login.desk import LoginDesk

# Every process of the installation asks several times a second, from a few addresses.
_OFTEN = {PUBLIC: True, "rate": "", "quiet": True}


@get("/jwks.json", opt=_OFTEN)
async def keys(
    request: Request[Any, Any, Any], resources: NamedDependency[LoginDesk]
) -> Response[bytes]:
    """The public keys that access tokens are signed with (RFC 7517)."""
    return _document(request, await resources.signing.published())


@get("/revoked-sessions", opt=_OFTEN)
async def revoked_sessions(
    request: Request[Any, Any, Any], resources: NamedDependency[LoginDesk]
) -> Response[bytes]:
    """Sessions whose access tokens are void, though not yet expired."""
    return _document(request, await resources.revoked.document())


def _document(request: Request[Any, Any, Any], body: bytes) -> Response[bytes]:
    tag = entity_tag(body)
    headers = {"etag": tag, "cache-control": "public, no-cache"}
    if is_known(request, tag):
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    return Response(body, headers=headers, media_type="application/json")
