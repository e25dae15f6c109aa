"""What a route is handed: commands and reads that know who is asking, and what they have seen.

Positions come in with `EduFlow-Position` and go out with it, `EduFlow-As-Of` and `EduFlow-Stale`;
no route has to think of them.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from litestar import Request
from litestar.di import Provide

from eduflow.kernel.auth.guards import access_of
from eduflow.kernel.auth.identity import Access
from eduflow.kernel.commands import Command, Receipt
from eduflow.kernel.db.reading import ReadSession, Stale
from eduflow.kernel.positions import Position
from eduflow.kernel.problems import Forbidden, NotFound
from eduflow.kernel.runtime import Runtime
from eduflow.kernel.service import Service
from eduflow.kernel.web.exchange import Exchange, exchange_of

T = TypeVar("T")
_POSITION, _STRICT, _KEY = b"eduflow-position", b"eduflow-strict", "idempotency-key"


class BoundCommands:
    """The commands of a service, as the caller of this request."""

    def __init__(self, runtime: Runtime, service: Service, request: Request[Any, Any, Any]) -> None:
        self._runtime = runtime
        self._service = service
        self._commands = runtime.commands[service.name]
        self._request = request

    async def execute(self, command: Command[T]) -> T:
        """Carry it out, once per `Idempotency-Key`; the answer's `EduFlow-Position` covers it."""
        return (await self.receipt(command)).result

    async def receipt(
        self,
        command: Command[T],
        *,
        secret: bool = False,
        access: Access | None = None,
        key: str | None = None,
    ) -> Receipt[T]:
        """The same, with its position. `secret`: the answer must not be kept for a repetition.

        `access` is for a public route that has found out by itself who it serves, or for a thing
        that the path does not name; `key` for a command beside others, which has one of its own.
        """
        exchange = exchange_of(self._request.scope)
        known = self._runtime.positions.open(exchange.header(_POSITION))
        execute = partial(
            self._commands.execute,
            command,
            access=access or access_of(self._request),
            key=key or (None if secret else self._request.headers.get(_KEY)),
            request=UUID(exchange.request_id),
        )
        try:
            receipt = await execute()
        except (NotFound, Forbidden):
            if not self._service.grounds or not known:
                raise
            # Who was enrolled a moment ago is not refused by a state before it.
            if not await self._runtime.reads(
                self._service, access=access_of(self._request), positions=known
            ).grounded():
                raise Stale(retry_after=1) from None
            receipt = await execute()
        exchange.written[receipt.position.source] = receipt.position
        _say(exchange, self._runtime, known)
        return receipt


def _say(exchange: Exchange, runtime: Runtime, seen: Mapping[str, Position]) -> None:
    """What was seen, and whatever was written in this request: no read knows of that."""
    exchange.headers = [h for h in exchange.headers if h[0] != _POSITION]
    positions = {**seen}
    for source, written in exchange.written.items():
        before = seen.get(source, written)
        positions[source] = before.after_write(written.xids[0], written.cluster)
    if positions:
        exchange.headers.append((_POSITION, runtime.positions.seal(positions.values()).encode()))


def bound(runtime: Runtime, service: Service) -> dict[str, Provide]:
    """The dependencies of a service's routes: `commands`, and a read session for each role."""

    def commands(request: Request[Any, Any, Any]) -> BoundCommands:
        return BoundCommands(runtime, service, request)

    return {
        "commands": Provide(commands, sync_to_thread=False),
        "resources": Provide(lambda: runtime.resources.get(service.name), sync_to_thread=False),
        "storage": Provide(lambda: runtime.storage, sync_to_thread=False),
        "replica": Provide(_reading(runtime, service, "api"), sync_to_thread=False),
        "analytics_replica": Provide(_reading(runtime, service, "analytics"), sync_to_thread=False),
        "reports_replica": Provide(_reading(runtime, service, "reports"), sync_to_thread=False),
    }


def _reading(
    runtime: Runtime, service: Service, role: str
) -> Callable[[Request[Any, Any, Any]], ReadSession]:
    def provide(request: Request[Any, Any, Any]) -> ReadSession:
        exchange = exchange_of(request.scope)
        session = runtime.reads(
            service,
            access=access_of(request),
            role=role,
            positions=runtime.positions.open(exchange.header(_POSITION)),
            strict=(exchange.header(_STRICT) or "").lower() == "true",
        )
        exchange.before_head.append(partial(_tell, exchange, runtime, session))
        return session

    return provide


def _tell(exchange: Exchange, runtime: Runtime, session: ReadSession) -> None:
    told = session.freshness
    if told.as_of is not None:
        exchange.headers.append((b"eduflow-as-of", told.as_of.isoformat().encode()))
    if told.stale:
        exchange.headers.append((b"eduflow-stale", b"true"))
    _say(exchange, runtime, told.positions)
