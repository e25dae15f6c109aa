"""Ports to listen on: free, not an outgoing connection's, and not given out twice in a row."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from eduflow.embedded.ports import free_ports
from eduflow.embedded.problems import EmbeddedError

OUTGOING = 32_768


@contextlib.contextmanager
def held(port: int) -> Iterator[None]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        yield


def test_no_port_is_given_out_twice_in_a_row_or_could_be_an_outgoing_connections() -> None:
    given = [port for _ in range(10) for port in free_ports(20)]
    assert len(set(given)) == 200
    assert 1024 < min(given) < max(given) < OUTGOING


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    (port,) = free_ports(1)
    with held(port):
        around = free_ports(450)
    assert port not in around


def test_processes_whose_numbers_would_give_them_the_same_ports_are_given_others() -> None:
    script = "from eduflow.embedded.ports import free_ports; import os\n"
    script += "os.getpid = lambda: 23 * 7\nprint(free_ports(1)[0] // 500, flush=True)\ninput()"
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(_python(script)) for _ in range(5)]
        slices = [process.stdout.readline() for process in running if process.stdout]
        assert len(set(slices)) == len(slices) == 5


@contextlib.contextmanager
def _python(script: str) -> Iterator[subprocess.Popen[str]]:
    command, pipe = [sys.executable, "-c", script], subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        yield process
        process.communicate("\n")


def test_more_than_there_are_is_refused_and_not_looked_for_without_end() -> None:
    with pytest.raises(EmbeddedError, match=r"only \d+ are free, and 501 are wanted"):
        free_ports(501)
