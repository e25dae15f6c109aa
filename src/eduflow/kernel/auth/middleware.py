"""Reads the bearer token of a request, once, before anything else looks at it."""

from collections.abc import Callable, Iterable

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.auth.problems import NotLoggedIn, TokenRefused
from eduflow.kernel.auth.tokens import TokenVerifier
from eduflow.kernel.problems import Unavailable

PUBLIC = "public"
"""The `opt` key of an open route."""
public = {PUBLIC: True}
"""`opt=public` opens a route. A token that comes along is used if it is good, else not seen."""
SERVICES = "services"
"""The `opt` key of a route that other services ask, and people never."""
for_services = {SERVICES: True, "rate": ""}
"""`opt=for_services`. Not counted: who caused it has been counted at the door."""


class WhoIsAsking(ASGIMiddleware):
    """Puts the `Identity` into `connection.user`, or None on a public route.

    Closed by default: a route that is not public is refused here without a good token, even if
    its guard was forgotten. The answer to OPTIONS says nothing and needs nobody.
    """

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(
        self, verifier: TokenVerifier, *, check_service: Callable[[str], str] | None
    ) -> None:
        self._verifier = verifier
        self._check_service = check_service

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Identify, then go on; raises NotLoggedIn, TokenRefused or Unavailable.

        On a route for services `connection.user` is nobody and `connection.auth` says who asks.
        """
        if scope["route_handler"].opt.get(SERVICES) is True:
            scope["user"], scope["auth"] = None, self._service(scope)
        else:
            scope["user"] = scope["auth"] = await self._identify(scope)
        await next_app(scope, receive, send)

    def _service(self, scope: Scope) -> str:
        token = bearer(scope["headers"])
        if token is None:
            raise NotLoggedIn
        if self._check_service is None:
            raise TokenRefused("services are not known here")
        return self._check_service(token)

    async def _identify(self, scope: Scope) -> Identity | None:
        is_open = scope["route_handler"].opt.get(PUBLIC) is True or scope.get("method") == "OPTIONS"
        try:
            token = bearer(scope["headers"])
            if token is not None:
                return await self._verifier.verify(token)
        except (TokenRefused, Unavailable):
            if not is_open:
                raise
            return None
        if not is_open:
            raise NotLoggedIn
        return None


def bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of the only `Authorization: Bearer` there is; None without one.

    Two such headers could be read differently by two readers, so they are none (RFC 9110, 5.3).
    """
    found = [value for name, value in headers if name == b"authorization"]
    if not found:
        return None
    if len(found) > 1:
        raise TokenRefused("two headers")
    scheme, _, token = found[0].partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    try:
        return token.strip(b" ").decode("ascii")
    except UnicodeDecodeError as fault:
        raise TokenRefused("header") from fault
