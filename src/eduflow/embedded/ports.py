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
    first = _FIRST + _claimed(process) * _SLICE
    return itertools.cycle(range(first, first + _SLICE))


def _claimed(process: int) -> int:
    """A slice that no other process looks at: what it finds free could be taken before it listens.

    An abstract socket is gone with its process, and is of the same network as the ports. Where
    there are none, or too few slices, processes that begin together still differ by their number.
    """
    for number in (process + n for n in range(_SLICES)):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0eduflow-ports-{number % _SLICES}")
        except OSError:
            claim.close()
        else:
            claim.detach()  # Held open, by nobody, for as long as the process lives.
            return number % _SLICES
    return process % _SLICES


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at this moment, and that were not given out just before."""
    once_around = itertools.islice(_in_turn(os.getpid()), _SLICE)
    found = list(itertools.islice(filter(is_free, once_around), count))
    if len(found) < count:
        raise EmbeddedError(
            f"of {_SLICE} ports only {len(found)} are free, and {count} are wanted",
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
