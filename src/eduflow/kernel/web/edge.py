"""The outermost layer, one for all: it sees 404, 405 and crashes too, which Litestar's own do not.

It gives every request its id, its time limit and its place in the logs, metrics and traces; answers
HEAD and cross-origin preflights; sends new requests away while the process drains; and puts the
security headers on every answer. One layer, because each costs a coroutine and a closure.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import structlog
from litestar.handlers import HTTPRouteHandler
from litestar.types import Message, Receive, Scope, Send

from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import Problem
from eduflow.kernel.settings import Settings
from eduflow.kernel.telemetry import Tracing, about
from eduflow.kernel.web.access import AccessLog
from eduflow.kernel.web.bodies import Incoming
from eduflow.kernel.web.exchange import Exchange
from eduflow.kernel.web.faults import Fault, Malformed, Overloaded, ShuttingDown, TooSlow
from eduflow.kernel.web.metrics import TURNED_AWAY, RouteMetrics
from eduflow.kernel.web.plans import Plan, Plans
from eduflow.kernel.web.problems import MEDIA_TYPE, render
from eduflow.kernel.web.traffic import Traffic

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

EXPOSED = (
    "Content-Disposition, EduFlow-Position, EduFlow-As-Of, EduFlow-Stale, ETag, Link, Location, "
    "RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
)
_ALLOWED_HEADERS = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, EduFlow-Position, "
    b"Last-Event-ID, X-Request-ID, traceparent"
)
_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")
_ASK_AGAIN = (b"cache-control", b"private, no-cache")
_INSTANCE = b"00000000-0000-0000-0000-000000000000"
"""Stands in the refusal that is made beforehand, as long as what takes its place."""
_OPERATORS = ("/health/", "/metrics")
_CLIENT_ERROR = 400
_FAULT = 500
_TELL_SECONDS = 1.0
_log = structlog.get_logger("eduflow.web")


class Edge:
    """Wraps a Litestar app. See the module for what it promises."""

    def __init__(
        self,
        app: App,
        *,
        service: str,
        settings: Settings,
        plans: Plans,
        traffic: Traffic,
        seconds: float,
        tracing: Tracing | None,
    ) -> None:
        self._app = app
        self._plans = plans
        self._traffic = traffic
        self._seconds = seconds
        self._tracing = tracing
        self._metrics = RouteMetrics(service)
        self._told_at = 0.0
        self._bytes = settings.request_bytes
        _, retry, self._refusal = render(Overloaded(retry_after=1), _INSTANCE.decode())
        self._access = AccessLog(settings)
        self._origins = frozenset(origin.encode() for origin in settings.cors_origins)
        self._always = list(_ALWAYS)
        if settings.profile == "production":
            self._always.append(
                (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
            )
        self._refusal_headers: Headers = [
            *((name.encode(), value.encode()) for name, value in retry),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(self._refusal)).encode()),
            *self._always,
            _API_POLICY,
            _NO_STORE,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._traffic.is_full and not scope["path"].startswith(_OPERATORS):
            await self._turn_away(scope, send)
            return
        exchange = Exchange(scope)
        scope["state"]["exchange"] = exchange
        token = about.set(exchange)
        self._traffic.begin()
        body = Incoming(receive) if exchange.brings_body else None
        if body is not None:
            receive = body.receive

        async def finish(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                if exchange.status < _CLIENT_ERROR:
                    for tell in exchange.before_head:
                        tell()
                message["headers"] = self._headers(scope, exchange, message["headers"])  # type: ignore[arg-type]
            await send(message)

        try:
            if self._tracing is None:
                await self._answer(scope, receive, finish)
            else:
                await self._traced(scope, receive, finish)
        finally:
            self._traffic.end(stream=exchange.is_stream)
            self._tell(scope, exchange)
            about.reset(token)
        if body is not None and _CLIENT_ERROR <= exchange.status < _FAULT:
            await body.read_on(limit=self._most(scope))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope["state"]["exchange"]
        if self._traffic.draining and not scope["path"].startswith(_OPERATORS):
            await _refuse(ShuttingDown(retry_after=1), exchange, send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            await _refuse(Malformed("An address has no NUL in it."), exchange, send)
            return
        if exchange.method == "OPTIONS" and b"access-control-request-method" in exchange.asked:
            await self._preflight(exchange, send)
            return
        if exchange.method == "HEAD":
            scope["method"] = "GET"  # type: ignore[typeddict-unknown-key]
            receive, send = _without_body(exchange, receive, send)
        try:
            async with asyncio.timeout(self._seconds) as exchange.deadline:
                await self._app(scope, receive, send)
        except TimeoutError:
            _log.warning("too slow", path=scope["path"])
            if exchange.status:
                raise  # The answer has begun; only a closed connection tells that it is not whole.
            await _refuse(TooSlow(retry_after=1), exchange, send)
        except Exception:
            _log.exception("fault", path=scope["path"])
            if exchange.status:
                raise
            await _refuse(Fault(), exchange, send)

    async def _turn_away(self, scope: Scope, send: Send) -> None:
        """As little as can be done: who is turned away must not cost those who are not."""
        TURNED_AWAY.inc()
        if (now := perf_counter()) - self._told_at > _TELL_SECONDS:
            self._told_at = now
            _log.warning("turning requests away", in_flight=self._traffic.in_flight)
        instance = str(new_id()).encode()
        headers = [*self._refusal_headers, (b"x-request-id", instance)]
        if self._origins:
            origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
            headers += self._cross_origin(origin)
        body = self._refusal.replace(_INSTANCE, instance)
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _preflight(self, exchange: Exchange, send: Send) -> None:
        headers: Headers = [(b"content-length", b"0")]
        if exchange.asked.get(b"origin") in self._origins:
            headers += [
                (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
                (b"access-control-allow-headers", _ALLOWED_HEADERS),
                (b"access-control-max-age", b"600"),
            ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, scope: Scope, exchange: Exchange, own: Headers) -> Headers:
        headers = [*own, *self._always, *exchange.headers]
        headers.append((b"x-request-id", exchange.request_id.encode()))
        names = {name for name, _ in own}
        if exchange.method == "OPTIONS" and b"allow" in names:
            headers = [(n, _allowed(scope) if n == b"allow" else value) for n, value in headers]
        if b"content-security-policy" not in names:
            headers.append(_API_POLICY)
        if b"cache-control" not in names:
            plan = self._plan(scope)
            if exchange.status >= _CLIENT_ERROR or plan is None:
                headers.append(_NO_STORE)
            elif not plan.public:
                headers.append(_ASK_AGAIN if b"etag" in names else _NO_STORE)
        if self._origins:
            headers += self._cross_origin(exchange.asked.get(b"origin", b""))
        if self._traffic.draining:
            headers.append((b"connection", b"close"))
        return headers

    def _cross_origin(self, origin: bytes) -> Headers:
        headers = [(b"vary", b"Origin")]
        if origin in self._origins:
            headers += [
                (b"access-control-allow-origin", origin),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", EXPOSED.encode()),
            ]
        return headers

    def _plan(self, scope: Scope) -> Plan | None:
        handler = scope.get("route_handler")
        return None if handler is None else self._plans.of(handler)

    def _most(self, scope: Scope) -> int:
        """Bytes that the route takes, if it is known; else that any does that says nothing."""
        handler = scope.get("route_handler")
        if not isinstance(handler, HTTPRouteHandler):
            return self._bytes
        return handler.resolve_request_max_body_size() or self._bytes

    def _tell(self, scope: Scope, exchange: Exchange) -> None:
        seconds = perf_counter() - exchange.started_at
        # A path that no route has must not become a label: anybody could make any number of them.
        route = str(scope.get("path_template") or "unknown")
        status = exchange.status or _FAULT
        self._metrics.count(route, exchange.method, status=status, seconds=seconds)
        plan = self._plan(scope)
        if plan is not None and plan.quiet and status < _FAULT:
            return
        user = getattr(scope.get("user"), "user", None)
        self._access.tell(exchange, route=route, status=status, seconds=seconds, user=user)

    async def _traced(self, scope: Scope, receive: Receive, send: Send) -> None:
        from opentelemetry import propagate  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415

        assert self._tracing is not None  # noqa: S101 (the caller has looked)
        exchange: Exchange = scope["state"]["exchange"]
        outer = propagate.extract({"traceparent": exchange.traceparent})
        with self._tracing.tracer.start_as_current_span(
            exchange.method, context=outer, kind=SpanKind.SERVER
        ) as span:
            exchange.trace_id = f"{span.get_span_context().trace_id:032x}"
            await self._answer(scope, receive, send)
            route = str(scope.get("path_template") or "unknown")
            span.update_name(f"{exchange.method} {route}")
            span.set_attributes(
                {
                    "http.request.method": exchange.method,
                    "http.route": route,
                    "http.response.status_code": exchange.status,
                    "eduflow.request_id": exchange.request_id,
                }
            )
            if exchange.status >= _FAULT:
                span.set_status(StatusCode.ERROR)


def _allowed(scope: Scope) -> bytes:
    # Litestar 2.25 names only the last handler's methods where one path has several handlers.
    methods = {
        str(method)
        for route in scope["litestar_app"].routes
        if route.path_format == scope.get("path_template")
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
    }
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set()))).encode()


async def _refuse(problem: Problem, exchange: Exchange, send: Send) -> None:
    status, headers, body = render(problem, exchange.request_id)
    raw = [(name.encode(), value.encode()) for name, value in headers]
    raw += [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _without_body(exchange: Exchange, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """HEAD is GET without the bytes. A stream is told as soon as it starts that nobody listens."""
    exchange.done = asyncio.Event()
    exchange.send_on = send
    first = True

    async def receive_once() -> Any:
        nonlocal first
        if first:
            first = False
            return await receive()
        assert exchange.done is not None  # noqa: S101 (set above)
        await exchange.done.wait()
        return {"type": "http.disconnect"}

    return receive_once, exchange.send_head
