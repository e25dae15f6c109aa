"""The one way to make a web app, for one service or for all of them behind one port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, LifeSpanScope, Middleware, Receive, Scope, Send

from eduflow.kernel import telemetry
from eduflow.kernel.settings import Settings
from eduflow.kernel.web.answers import Answer
from eduflow.kernel.web.edge import Edge
from eduflow.kernel.web.gate import Gate
from eduflow.kernel.web.health import Checks, health_routes
from eduflow.kernel.web.limits import Limiter
from eduflow.kernel.web.metrics import IN_FLIGHT, metrics, watch_loop
from eduflow.kernel.web.paging import CLASS, page_provider
from eduflow.kernel.web.plans import Plans
from eduflow.kernel.web.preconditions import if_match
from eduflow.kernel.web.problems import answer_problem, list_problems, show_problem
from eduflow.kernel.web.reference import OwnPages, reference_routes
from eduflow.kernel.web.traffic import Traffic

REQUEST_SECONDS = 30.0
"""Time limit of a route that names none."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


class WebApp(Litestar):
    """A Litestar app behind its edge; `traffic` says what it is busy with."""

    __slots__ = ("edge", "traffic")

    edge: Edge
    traffic: Traffic

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Answer one request; the lifespan and websockets go past the edge."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        request: Any = scope
        request["app"] = request["litestar_app"] = self
        # Granian gives every request the same `state`; what belongs to one must not be in it.
        request["state"] = dict(request.get("state") or ())
        await self.edge(request, receive, send)

    async def inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Everything behind the edge."""
        await self.asgi_handler(scope, receive, send)


def build_app(
    *,
    name: str,
    title: str,
    version: str,
    routers: Sequence[ControllerRouterHandler],
    settings: Settings,
    dependencies: Mapping[str, Provide] | None = None,
    readiness: Checks | None = None,
    middleware: Sequence[Middleware] = (),
    lifespan: Sequence[Lifespan] = (),
    limiter: Limiter | None = None,
    traffic: Traffic | None = None,
    signature_types: Sequence[Any] = (),
    request_seconds: float = REQUEST_SECONDS,
) -> WebApp:
    """Make the app that serves `routers`, and beside them health, metrics, problems and reference.

    `middleware` runs before the rate limit, so that what it puts into `scope["user"]` (an Identity,
    or nothing) is who is counted. `limiter` and `traffic` are the process', shared by its apps.
    """
    traffic = traffic or Traffic()
    plans = Plans(request_seconds)
    gate = Gate(
        name, plans, limiter=limiter, traffic=traffic, trusted_proxies=settings.trusted_proxies
    )
    pages = OwnPages()
    tracing = telemetry.tracing(settings, name)
    app = WebApp(
        route_handlers=[
            *routers,
            *health_routes(readiness or {}, traffic),
            metrics,
            list_problems,
            show_problem,
            *reference_routes(title),
        ],
        dependencies={
            **(dependencies or {}),
            "page": Provide(page_provider(settings), sync_to_thread=False),
            "class_page": Provide(
                page_provider(settings, usual=CLASS, most=CLASS), sync_to_thread=False
            ),
            "if_match": Provide(if_match, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_problem},
        response_class=Answer,
        middleware=[*middleware, gate.middleware],
        lifespan=[_watched(tracing), *lifespan],
        request_max_body_size=settings.request_bytes,
        openapi_config=pages.config(title, version),
        on_app_init=[pages.append],
        logging_config=None,
        signature_types=signature_types,
    )
    _one_after_the_other(app)
    app.traffic = traffic
    app.edge = Edge(
        app.inner,
        service=name,
        settings=settings,
        plans=plans,
        traffic=traffic,
        seconds=request_seconds,
        tracing=tracing,
    )
    IN_FLIGHT.set_function(lambda: traffic.in_flight)
    return app


def _one_after_the_other(app: Litestar) -> None:
    """Have dependencies provided in turn: none of ours waits for anything.

    Litestar 2.25 starts a task for each of several independent ones, some 80 µs a request.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                model.dependency_batches = [
                    {d} for batch in model.dependency_batches for d in batch
                ]


def _watched(tracing: telemetry.Tracing | None) -> Lifespan:
    @asynccontextmanager
    async def watched(_app: Litestar) -> AsyncIterator[None]:
        watch = asyncio.create_task(watch_loop())
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            if tracing is not None:
                await asyncio.to_thread(tracing.close)

    return watched
