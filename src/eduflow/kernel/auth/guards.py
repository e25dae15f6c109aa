"""What a route demands of its caller, said at the route and readable from outside.

A guard asks no database. It notes the permission and the thing in `Access`; the statement that
answers the request decides in the same round trip.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler, WebsocketRouteHandler

from eduflow.kernel.auth.identity import Access, Identity
from eduflow.kernel.auth.middleware import PUBLIC, SERVICES
from eduflow.kernel.auth.problems import NotLoggedIn

_ACCESS = "eduflow_access"
_PERMISSION = re.compile(r"[a-z_]+:[a-z][a-z_-]*")
_INSTITUTION = "institution"
Connection = ASGIConnection[Any, Any, Any, Any]


class UnguardedRouteError(Exception):
    """A route says neither what it demands nor that it is public, or says both."""


class Guard:
    """One demand. Made by `may`; `logged_in` is the one without a permission."""

    def __init__(self, permission: str, *, kind: str) -> None:
        self.permission = permission
        self.kind = kind

    @property
    def parameter(self) -> str:
        """The path parameter that says which thing."""
        return f"{self.kind}_id"

    @property
    def rule(self) -> str:
        """In words: `roster:read on course`, or `logged in`."""
        return f"{self.permission} on {self.kind}" if self.permission else "logged in"

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Raise NotLoggedIn, or note what is asked for."""
        identity = connection.scope.get("user")
        if not isinstance(identity, Identity):
            raise NotLoggedIn
        target = connection.path_params.get(self.parameter) if self.permission else None
        if self.permission and self.kind != _INSTITUTION and not isinstance(target, UUID):
            raise TypeError(f"{self.rule}: the path has no {{{self.parameter}:uuid}}")
        connection.scope["state"][_ACCESS] = Access(identity, self.permission, self.kind, target)


logged_in = Guard("", kind=_INSTITUTION)
"""Demands a login and nothing else; the statement sees only what is the caller's own."""


def may(permission: str, *, on: str = _INSTITUTION) -> Guard:
    """Demand a permission on the thing that the path names (`{course_id:uuid}` for `course`).

    On the institution, without such a parameter, it is the caller's own.
    """
    if not _PERMISSION.fullmatch(permission):
        raise ValueError(f"A permission is written service:verb, not {permission!r}")
    return Guard(permission, kind=on)


def access_of(connection: Connection) -> Access:
    """What the guard noted; on a public route, an access of nobody or of whoever is logged in."""
    noted = connection.scope["state"].get(_ACCESS)
    if isinstance(noted, Access):
        return noted
    identity = connection.scope.get("user")
    return Access(identity if isinstance(identity, Identity) else None, "")


def identity_of(connection: Connection) -> Identity:
    """Who is asking; raises NotLoggedIn where nobody is."""
    identity = connection.scope.get("user")
    if not isinstance(identity, Identity):
        raise NotLoggedIn
    return identity


async def provide_access(request: Request[Any, Any, Any]) -> Access:
    """Dependency `access`."""
    return access_of(request)


async def provide_identity(request: Request[Any, Any, Any]) -> Identity:
    """Dependency `identity`."""
    return identity_of(request)


def access_rule(handler: BaseRouteHandler) -> str:
    """`public`, `services`, `logged in` or `roster:read on course`; else UnguardedRouteError.

    One route has one rule. A guard that is not of this module may stand beside it, not instead.
    """
    demands = _demands(handler)
    said = [opt for opt in (PUBLIC, SERVICES) if handler.opt.get(opt) is True]
    said += [demand.rule for demand in demands]
    if len(said) != 1:
        raise UnguardedRouteError(
            f"{handler}: needs exactly one of guards=[may(…)], guards=[logged_in], opt=public and "
            f"opt=for_services; it has {', '.join(said) or 'none'}"
        )
    return said[0]


def security_of(handler: BaseRouteHandler) -> list[dict[str, list[str]]]:
    """OpenAPI's `security` of the operation: none, or the scheme `bearer`."""
    return [] if access_rule(handler) == "public" else [{"bearer": []}]


class GuardedRoute(msgspec.Struct, frozen=True):
    """One line of the list of routes."""

    method: str
    path: str
    rule: str


def guarded_routes(app: Litestar, *, skip: frozenset[str] = frozenset()) -> Iterator[GuardedRoute]:
    """Every route of an app with its rule; raises UnguardedRouteError at the first without.

    `skip` names paths that Litestar itself adds. The OPTIONS handlers it makes are left out.
    """
    for route in app.routes:
        if route.path in skip:
            continue
        handlers: list[Any] = getattr(route, "route_handlers", None) or [
            getattr(route, "route_handler", None)
        ]
        for handler in handlers:
            if not isinstance(handler, HTTPRouteHandler | WebsocketRouteHandler):
                raise UnguardedRouteError(f"{route.path}: a mounted app has no guard")
            methods = getattr(handler, "http_methods", {"WEBSOCKET"})
            for method in sorted(map(str, methods - {"OPTIONS"})):
                rule = access_rule(handler)
                _check_path(handler, route.path)
                yield GuardedRoute(method, route.path, rule)


def _check_path(handler: BaseRouteHandler, path: str) -> None:
    for demand in _demands(handler):
        needed = f"{{{demand.parameter}:uuid}}"
        if demand.kind != _INSTITUTION and needed not in path:
            raise UnguardedRouteError(f"{path}: {demand.rule} needs {needed} in the path")


def _demands(handler: BaseRouteHandler) -> list[Guard]:
    return [guard for guard in handler.resolve_guards() if isinstance(guard, Guard)]
