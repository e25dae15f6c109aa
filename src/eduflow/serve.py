"""The process that answers: every service on its own port and all of them behind the gateway's."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import structlog
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from eduflow.app import Doors, create_app
from eduflow.directory import GATEWAY_PORT, place
from eduflow.kernel import telemetry
from eduflow.kernel.runtime import Runtime, open_runtime
from eduflow.kernel.service import Service
from eduflow.kernel.settings import Settings
from eduflow.services import load_services

log = structlog.get_logger()

GATEWAY = "gateway"
_DRAIN_SECONDS = 15.0
_IDLE_CONNECTIONS = 16_384
"""Granian's own bound counts idle connections, and would silently stop at 1,024 people."""


class PortTakenError(Exception):
    """Somebody else answers on a port that is ours in the map."""


def ports_of(services: Sequence[Service], *, port_offset: int, gateway: bool) -> dict[str, int]:
    """Where each app listens, by name."""
    ports = {s.name: place(s.name).port + port_offset for s in services}
    if gateway:
        ports[GATEWAY] = GATEWAY_PORT + port_offset
    return ports


@contextlib.asynccontextmanager
async def serving(
    settings: Settings,
    services: Sequence[Service],
    *,
    ports: Mapping[str, int],
    host: str = "127.0.0.1",
) -> AsyncIterator[Runtime]:
    """Answer on the ports until the block ends; then what is in flight may end."""
    for name, port in ports.items():
        _refuse_taken(name, host, port)
    async with open_runtime(settings, services) as runtime:
        doors = Doors.make(runtime)
        servers = [
            _server(runtime, services, doors=doors, name=name, host=host, port=port)
            for name, port in ports.items()
        ]
        running = [asyncio.create_task(server.serve()) for server in servers]
        try:
            await _until_open(host, ports.values(), running)
            async with doors.revoked:
                # What lives now lives long: the collector need not look at it again.
                gc.collect()
                gc.freeze()
                yield runtime
                if not await doors.traffic.drained(_DRAIN_SECONDS):
                    log.warning("requests_cut_off", in_flight=doors.traffic.in_flight)
        finally:
            for server in servers:
                server.stop()  # type: ignore[no-untyped-call]
            await asyncio.gather(*running, return_exceptions=True)
            await doors.close()


def _server(
    runtime: Runtime, services: Sequence[Service], *, doors: Doors, name: str, host: str, port: int
) -> Server:
    mine = [s for s in services if name in (s.name, GATEWAY)]
    title = "EduFlow" if name == GATEWAY else f"EduFlow {place(name).title}"
    return Server(
        create_app(runtime, mine, doors=doors, name=name, title=title),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        backlog=4096,
        backpressure=_IDLE_CONNECTIONS,
        log_enabled=False,
        websockets=False,
    )


def _refuse_taken(name: str, host: str, port: int) -> None:
    """Granian shares ports (SO_REUSEPORT): a forgotten process would take half the requests."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise PortTakenError(
                f"Port {port} of {name} is taken ({fault.strerror}). Stop who holds it, or"
                " start with --port-offset."
            ) from fault


async def _until_open(host: str, ports: Iterable[int], running: list[asyncio.Task[None]]) -> None:
    for port in ports:
        while True:
            for task in running:
                if task.done():
                    task.result()
                    raise RuntimeError("a server ended before it answered")
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            break


async def _until_told_to_stop(
    settings: Settings, services: Sequence[Service], *, ports: Mapping[str, int], host: str
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with serving(settings, services, ports=ports, host=host):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        log.info("serving", ports=dict(ports))
        await stop.wait()
        log.info("draining")


def run(
    settings: Settings, services: Sequence[str], *, port_offset: int, host: str = "127.0.0.1"
) -> None:
    """Serve the named services, or all with the gateway, until SIGTERM or SIGINT."""
    telemetry.configure(settings)
    logging.getLogger("_granian").setLevel(logging.ERROR)
    chosen = load_services(services)
    ports = ports_of(chosen, port_offset=port_offset, gateway=not services)
    uvloop.run(_until_told_to_stop(settings, chosen, ports=ports, host=host))
