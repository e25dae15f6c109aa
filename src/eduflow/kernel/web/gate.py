"""What is asked of a request once its route is known: kind of body, time, the caller's rate."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from eduflow.kernel.problems import TooMany
from eduflow.kernel.web.exchange import Exchange
from eduflow.kernel.web.faults import UnsupportedMedia
from eduflow.kernel.web.limits import Limiter
from eduflow.kernel.web.metrics import LIMITED
from eduflow.kernel.web.plans import Plans
from eduflow.kernel.web.traffic import Traffic


class Gate:
    """Innermost of the layers, after authentication; makes the ASGI middleware of each route."""

    def __init__(
        self,
        service: str,
        plans: Plans,
        *,
        limiter: Limiter | None,
        traffic: Traffic,
        trusted_proxies: tuple[str, ...],
    ) -> None:
        self._service = service
        self._plans = plans
        self._limiter = limiter
        self._traffic = traffic
        self._address = address_finder(trusted_proxies)
        self._seconds = plans.seconds

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Litestar calls this once for each route."""

        async def gate(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            plan = self._plans.of(scope["route_handler"])
            exchange: Exchange = scope["state"]["exchange"]
            if plan.seconds is None:
                exchange.is_stream = True
                self._traffic.streams += 1
            if plan.seconds != self._seconds and exchange.deadline is not None:
                when = exchange.deadline.when()
                later = (
                    None
                    if plan.seconds is None or when is None
                    else when - self._seconds + plan.seconds
                )
                exchange.deadline.reschedule(later)
            if self._limiter is not None and plan.rate:
                await self._count(plan.rate, scope, exchange)
            if plan.expects:
                _check_media(plan.expects, scope)
            await app(scope, receive, send)

        return gate

    async def _count(self, rule_name: str, scope: Scope, exchange: Exchange) -> None:
        assert self._limiter is not None  # noqa: S101 (the caller has looked)
        identity: Any = scope.get("user")
        user = getattr(identity, "user", None)
        caller = f"user:{user}" if user is not None else f"address:{self._address(scope)}"
        verdict = await self._limiter.hit(rule_name, caller)
        if verdict is None:
            return
        rule = self._limiter.rules[rule_name]
        exchange.headers += (
            (b"ratelimit-policy", f'"{rule_name}";q={rule.count};w={rule.seconds}'.encode()),
            (b"ratelimit", f'"{rule_name}";r={verdict.remaining};t={verdict.reset}'.encode()),
        )
        if not verdict.allowed:
            LIMITED.labels(self._service, rule_name).inc()
            raise TooMany(retry_after=verdict.reset)


def _check_media(expects: str, scope: Scope) -> None:
    for name, value in scope["headers"]:
        if name == b"content-type":
            sent = value.split(b";", 1)[0].strip().lower().decode("latin-1")
            if sent == expects or (expects.endswith("/json") and sent.endswith("+json")):
                return
            raise UnsupportedMedia(expects=expects)


def address_finder(trusted: tuple[str, ...]) -> Callable[[Scope], str]:
    """The caller's address; what a proxy says of it counts only as far as the proxies are ours."""
    networks = [ip_network(network, strict=False) for network in trusted]

    @lru_cache(4096)
    def is_ours(address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in networks)
        except ValueError:
            return False

    @lru_cache(4096)
    def whole(address: str) -> str:
        # One household has 2^64 addresses of IPv6; they are one caller.
        try:
            is_six = ip_address(address).version == 6  # noqa: PLR2004
        except ValueError:
            return address[:64]
        return str(ip_network(f"{address}/64", strict=False)) if is_six else address

    def find(scope: Scope) -> str:
        client = scope.get("client")
        address = client[0] if client else "unknown"
        if not networks or not is_ours(address):
            return whole(address)
        said = (v for name, v in scope["headers"] if name == b"x-forwarded-for")
        told = b",".join(said)
        # From the nearest to the farthest: the first that is not ours is the caller. What stands
        # before it, the caller wrote.
        for hop in reversed(told.decode("latin-1").split(",")):
            if hop := hop.strip():
                address = hop
                if not is_ours(hop):
                    break
        return whole(address)

    return find
