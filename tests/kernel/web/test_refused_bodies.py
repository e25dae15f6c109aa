"""A refusal reaches whoever is still sending, over real connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import pytest

from eduflow.kernel.settings import Settings
from eduflow.kernel.web import WebApp
from eduflow.kernel.web.bodies import Incoming

from .conftest import make_app, served

MB = 1024 * 1024
LIMIT = 8 * MB
"""More than the buffers of a connection hold of the double of it."""
KIND = {"content-type": "application/json"}


def _app() -> WebApp:
    return make_app(Settings(request_bytes=LIMIT))


async def _pieces(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes):
        yield b"x" * MB


def _head(path: str, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: test", "Content-Type: application/json", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def _chunked(megabytes: int) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (MB, b"x" * MB) for _ in range(megabytes)) + b"0\r\n\r\n"


def _answer(client: httpx.AsyncClient, sent: bytes) -> tuple[bytes, bytes]:
    """First line and body of what comes back, read when everything is sent."""
    address = ("127.0.0.1", client.base_url.port or 0)
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(sent)
        with connection.makefile("rb") as answer:
            first = answer.readline().strip()
            length = 0
            while line := answer.readline().strip().lower():
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            return first, answer.read(length)


@pytest.mark.parametrize("megabytes", [9, 15])
async def test_who_sends_all_before_they_read_gets_the_413(megabytes: int) -> None:
    announced = _head("/api/v1/courses", f"Content-Length: {megabytes * MB}")
    unannounced = _head("/api/v1/courses", "Transfer-Encoding: chunked")
    async with served(_app()) as client:
        for sent in (announced + b"x" * megabytes * MB, unannounced + _chunked(megabytes)):
            first, body = await asyncio.to_thread(_answer, client, sent)
            assert first.startswith(b"HTTP/1.1 413 ")
            assert b"/problems/kernel.too-large" in body
        for content in (b"x" * megabytes * MB, _pieces(megabytes)):
            answer = await client.post("/api/v1/courses", content=content, headers=KIND)
            assert answer.status_code == 413
            assert answer.json()["type"] == "/problems/kernel.too-large"


@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)])
async def test_who_announces_too_much_is_refused_before_they_send(more: tuple[str, ...]) -> None:
    head = _head("/api/v1/courses", f"Content-Length: {1000 * MB}", *more)
    async with served(_app()) as client:
        begun = monotonic()
        first, _ = await asyncio.to_thread(_answer, client, head)
        assert first.startswith(b"HTTP/1.1 413 ")
        assert monotonic() - begun < 4


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nowhere", 404), ("/api/v1/public", 405)])
async def test_another_refusal_reaches_them_too(path: str, status: int) -> None:
    async with served(_app()) as client:
        for _ in range(2):
            answer = await client.post(path, content=b"x" * 12 * MB)
            assert answer.status_code == status


async def test_a_connection_goes_on_after_what_was_dropped() -> None:
    async with served(_app()) as client:
        sent = _head("/api/v1/courses", f"Content-Length: {9 * MB}") + b"x" * 9 * MB
        good = b'{"title": "After"}'
        sent += _head("/api/v1/courses", f"Content-Length: {len(good)}", "Connection: close") + good
        address = ("127.0.0.1", client.base_url.port or 0)

        def both() -> bytes:
            with socket.create_connection(address, timeout=20) as connection:
                connection.sendall(sent)
                with connection.makefile("rb") as answers:
                    return answers.read()

        told = await asyncio.to_thread(both)
        assert [told.count(b"HTTP/1.1 413 "), told.count(b"HTTP/1.1 201 ")] == [1, 1]


async def test_nobody_sends_without_an_end() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * MB

    async with served(_app()) as client:
        with pytest.raises(httpx.NetworkError):
            await client.post("/api/v1/courses", content=endless(), headers=KIND)
        assert (await client.get("/api/v1/public")).status_code == 200


async def test_nobody_is_waited_for_who_says_nothing_more() -> None:
    came = 0

    async def silent() -> Any:
        nonlocal came
        came += 1
        if came > 2:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"x", "more_body": True}

    await Incoming(silent).read_on(limit=1, pause=0.01)
    assert came == 3


async def test_nobody_is_listened_to_for_ever() -> None:
    async def slow() -> Any:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async with asyncio.timeout(5):
        await Incoming(slow).read_on(limit=1, seconds=0.05)
