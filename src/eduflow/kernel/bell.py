"""The bell: a Dramatiq message that says "there is news for this service", and nothing else.

Losing one, or all of them, delays work until the next tick and loses none: the work is rows.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit

from eduflow.kernel.settings import Settings

log = structlog.get_logger()

_TELL = "news"
_DEAFNESS = 25
"""Milliseconds a quiet queue may go unlooked at: Dramatiq polls Redis, backing off to this."""
_APART = 0.025
"""Seconds between two bells of one service; more often nobody would look."""


def open_broker(settings: Settings) -> RedisBroker:
    """The broker, with limits under which a killed worker's messages come back within 15 s.

    Dramatiq's own defaults took three minutes, and on a quiet queue did not bring all of them back.
    """
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=settings.broker_url.value,
        namespace="eduflow",
        heartbeat_timeout=15_000,
        maintenance_chance=100_000,
        middleware=[AgeLimit(), TimeLimit(), ShutdownNotifications()],
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=15,
    )


def close_broker(broker: dramatiq.Broker) -> None:
    """Hang up as well: Dramatiq leaves the connections of its client to the garbage collector."""
    broker.close()
    if isinstance(broker, RedisBroker):
        broker.client.connection_pool.disconnect()


def answer_bell(broker: dramatiq.Broker, service: str, heard: Callable[[], None]) -> None:
    """Declare the actor that hears a service's bell; it calls `heard` in one of its threads."""
    dramatiq.Actor(
        heard,
        broker=broker,
        actor_name=f"{service}.{_TELL}",
        queue_name=service,
        priority=0,
        options={"time_limit": 10_000, "max_age": 60_000},
    )


def listening(broker: dramatiq.Broker, services: Sequence[str]) -> dramatiq.Worker:
    """A Dramatiq worker on the services' queues; start it, and stop it at the end."""
    return dramatiq.Worker(broker, queues=set(services), worker_threads=1, worker_timeout=_DEAFNESS)


class Bell:
    """Rings without ever keeping a request waiting, and without caring whether it was heard."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bell")
        self._last: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._reachable = True

    def ring(self, service: str) -> None:
        """Say that there is news; callable from the event loop only.

        The first rings at once, and whatever comes soon after it together, a little later.
        """
        if service in self._waiting:
            return
        self._waiting.add(service)
        loop = asyncio.get_running_loop()
        due = self._last.get(service, 0.0) + _APART
        loop.call_later(max(0.0, due - loop.time()), self._go, service)

    def _go(self, service: str) -> None:
        self._waiting.discard(service)
        self._last[service] = asyncio.get_running_loop().time()
        self._thread.submit(self._send, service)

    def _send(self, service: str) -> None:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=service, actor_name=f"{service}.{_TELL}", args=(), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
            self._reachable = True
        # rule: R4 because a silent bell only delays: workers look by themselves
        except Exception as fault:  # noqa: BLE001
            if self._reachable:
                log.warning("bell_not_heard", reason=type(fault).__name__)
            self._reachable = False

    def close(self) -> None:
        """Let bells that were rung go out."""
        self._thread.shutdown(wait=True)
        close_broker(self._broker)
