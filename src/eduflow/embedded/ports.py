"""Making sure that a port is ours before somebody else answers on it."""

import functools
import itertools
import os
import socket
from collections.abc import Iterable, Iterator

import psutil

from eduflow.embedded.problems import EmbeddedError, PortTaken


def is_free(port: int) -> bool:
    """Whether nobody listens there. A server with SO_REUSEPORT would not notice by itself."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_FIRST, _SLICE, _SLICES = 10_000, 500, 23
"""Below what Linux gives to connections that go out (32,768 and up): one of those, made between
finding a port free and listening on it, would take it."""


@functools.cache
def _in_turn(process: int) -> Iterator[int]:
    first = _claimed(process)
    return itertools.cycle(range(first + 1, first + _SLICE))


def _claimed(process: int) -> int:
    """The first port of a slice at which no other process looks, held while this one lives.

    Two that looked at the same ports would find the same free, before either listens there.
    """
    for n in range(_SLICES):
        first = _FIRST + (process + n) % _SLICES * _SLICE
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", first))
        except OSError:
            claim.close()
        else:
            claim.detach()
            return first
    raise EmbeddedError(
        f"{_SLICES} programs hold the ports from which free ones are taken",
        advice="stop tests and benchmarks that run beside",
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment, and that were not given out just before."""
    once_around = itertools.islice(_in_turn(os.getpid()), _SLICE - 1)
    found = list(itertools.islice(filter(is_free, once_around), count))
    if len(found) < count:
        raise EmbeddedError(
            f"of {_SLICE - 1} ports only {len(found)} are free, and {count} are wanted",
            advice="stop what listens on ports from 10000 to 21499",
        )
    return found


def check_free(wanted: Iterable[tuple[str, int]]) -> None:
    """Raise PortTaken, naming every port that is not free and who holds it."""
    taken = [(name, port) for name, port in wanted if not is_free(port)]
    if taken:
        raise PortTaken(
            "\n".join(f"port {port} ({name}) is taken{_holder(port)}" for name, port in taken),
            advice="stop that program, or move every port of EduFlow: `--port-offset 1000`",
        )


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            local = connection.laddr
            if connection.status == psutil.CONN_LISTEN and local and local.port == port:
                if connection.pid is None:
                    break
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return ""
