"""What Prometheus is told of every request, and of the loop that answers them."""

import asyncio
from typing import Any

from litestar import Response, get
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

REQUESTS = Counter(
    "eduflow_http_requests", "Requests answered", ["service", "method", "route", "status"]
)
SECONDS = Histogram(
    "eduflow_http_request_seconds",
    "Time from the first byte of a request to the last of its answer",
    ["service", "method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_FLIGHT = Gauge("eduflow_http_in_flight", "Requests that are being answered in this process")
LOOP_LAG = Gauge("eduflow_event_loop_lag_seconds", "How late the event loop last woke a sleeper")
LIMITED = Counter("eduflow_http_limited", "Requests refused by a rate limit", ["service", "rule"])
TURNED_AWAY = Counter(
    "eduflow_http_turned_away", "Requests refused because too many were being answered"
)
UNCOUNTED = Counter(
    "eduflow_http_limits_uncounted", "Requests let through because the store of the limits was down"
)
_LAG_EVERY_SECONDS = 0.5


class RouteMetrics:
    """One service's series, looked up once and kept: a label lookup costs more than a count."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._kept: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, route: str, method: str, *, status: int, seconds: float) -> None:
        key = (route, method, status)
        series = self._kept.get(key)
        if series is None:
            series = self._kept[key] = (
                REQUESTS.labels(self._service, method, route, str(status)),
                SECONDS.labels(self._service, method, route),
            )
        series[0].inc()
        series[1].observe(seconds)


async def watch_loop() -> None:
    """Measures the lag of the running loop until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_EVERY_SECONDS
        await asyncio.sleep(_LAG_EVERY_SECONDS)
        LOOP_LAG.set(max(0.0, loop.time() - due))


@get("/metrics", include_in_schema=False, opt={"public": True, "quiet": True}, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Everything this process measures, in Prometheus' text format."""
    return Response(
        generate_latest(REGISTRY),
        media_type="text/plain; version=0.0.4",
        headers={"cache-control": "no-store"},
    )
