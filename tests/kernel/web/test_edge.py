import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from typing import Any, Literal
from uuid import uuid4

import httpx
import pytest
import structlog
from litestar.testing import AsyncTestClient
from prometheus_client import REGISTRY
from structlog.testing import LogCapture

from eduflow.kernel import telemetry
from eduflow.kernel.settings import Settings
from eduflow.kernel.web import Traffic, WebApp
from eduflow.kernel.web.exchange import _trace_id

from .conftest import make_app, served, until

Client = AsyncTestClient[WebApp]
ORIGIN = "http://127.0.0.1:3006"


async def test_head_is_get_without_the_bytes(client: Client) -> None:
    got = await client.get("/api/v1/document")
    head = await client.head("/api/v1/document")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await client.head("/api/v1/nowhere")).status_code == 404


async def test_head_of_an_endless_stream_ends(client: Client) -> None:
    async with asyncio.timeout(2):
        assert (await client.head("/api/v1/stream")).status_code == 200


async def test_the_front_end_may_ask_from_its_own_origin_and_nobody_else(client: Client) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    answer = await client.options("/api/v1/courses", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]
    answer = await client.get("/api/v1/public", headers={"origin": ORIGIN})
    assert "EduFlow-Position" in answer.headers["access-control-expose-headers"]
    answer = await client.get("/api/v1/public", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    answer = await client.get("/api/v1/nowhere", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_options_says_which_methods_there_are(client: Client) -> None:
    answer = await client.options("/api/v1/courses")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


async def test_what_is_private_is_not_kept_by_anybody(client: Client) -> None:
    answer = await client.get("/api/v1/private", headers={"x-user": str(uuid4())})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "cache-control" not in (await client.get("/api/v1/public")).headers


async def test_an_answer_that_takes_too_long_is_given_up(client: Client) -> None:
    answer = await client.get("/api/v1/slow")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/kernel.too-slow"
    assert answer.headers["retry-after"] == "1"
    assert (await client.get("/api/v1/patient")).text == "None"


async def chunks(count: int) -> AsyncIterator[bytes]:
    yield b'{"title": "'
    for _ in range(count):
        yield b"x" * 100
        await asyncio.sleep(0)
    yield b'"}'


async def test_a_large_body_is_refused_with_and_without_a_length() -> None:
    kind = {"content-type": "application/json"}
    async with served(make_app()) as client:
        for body in (b'{"title": "' + b"x" * 3000 + b'"}', chunks(30)):
            answer = await client.post("/api/v1/courses", content=body, headers=kind)
            assert answer.status_code == 413
            assert answer.json()["type"] == "/problems/kernel.too-large"
        answer = await client.post("/api/v1/courses", content=chunks(1), headers=kind)
        assert answer.status_code == 201


async def test_an_answer_that_breaks_in_the_middle_is_not_mistaken_for_a_whole_one() -> None:
    async with served(make_app()) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/api/v1/breaks-off")
        assert (await client.get("/api/v1/public")).status_code == 200


async def test_what_runs_may_end_and_nothing_new_begins_while_draining() -> None:
    app = make_app()
    app.state.gate = asyncio.Event()
    async with served(app) as client:
        running = asyncio.create_task(client.get("/api/v1/wait"))
        await until(lambda: app.traffic.in_flight == 1)
        assert not await app.traffic.drained(0.01)
        refused = await client.get("/api/v1/public")
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/kernel.shutting-down"
        assert refused.headers["connection"] == "close"
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "draining")
        assert (await client.get("/health/live")).status_code == 200
        app.state.gate.set()
        assert (await running).text == "done"
        assert await app.traffic.drained(1)


async def test_who_is_too_many_is_sent_away_at_once_and_streams_are_not_counted() -> None:
    app = make_app(traffic=Traffic(most=2))
    app.state.gate = asyncio.Event()
    before = REGISTRY.get_sample_value("eduflow_http_turned_away_total") or 0
    async with served(app) as client:
        async with client.stream("GET", "/api/v1/stream") as stream:
            assert stream.status_code == 200
            running = [asyncio.create_task(client.get("/api/v1/wait")) for _ in range(2)]
            await until(lambda: app.traffic.in_flight == 3)
            refused = await client.get("/api/v1/public", headers={"origin": ORIGIN})
            assert refused.status_code == 503
            assert refused.json()["type"] == "/problems/kernel.overloaded"
            assert refused.json()["instance"] == f"urn:uuid:{refused.headers['x-request-id']}"
            assert refused.headers["retry-after"] == "1"
            assert refused.headers["access-control-allow-origin"] == ORIGIN
            assert (await client.get("/health/live")).status_code == 200
            assert REGISTRY.get_sample_value("eduflow_http_turned_away_total") == before + 1
            app.state.gate.set()
            assert [(await task).text for task in running] == ["done"] * 2
            assert (await client.get("/api/v1/public")).status_code == 200
        await until(lambda: app.traffic.in_flight == app.traffic.streams == 0)


@pytest.fixture
def lines() -> Iterator[LogCapture]:
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(
        processors=[telemetry._add_request, telemetry._hide, capture],
        cache_logger_on_first_use=False,
    )
    yield capture
    structlog.configure(**before)


@pytest.mark.parametrize("form", ["json", "text"])
async def test_a_request_leaves_one_line_without_what_was_in_it(
    form: Literal["json", "text"], lines: LogCapture, capsys: pytest.CaptureFixture[str]
) -> None:
    user, trace = str(uuid4()), "4bf92f3577b34da6a3ce929d0e0e4736"
    async with AsyncTestClient(make_app(Settings(log_format=form))) as client:
        answer = await client.get(
            f"/api/v1/courses/{uuid4()}?depth=5",
            headers={"x-user": user, "traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
        )
    written = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    entries = written if form == "json" else lines.entries
    [line] = [entry for entry in entries if entry["event"] == "request"]
    assert line["route"] == "/api/v1/courses/{course_id}"
    assert (line["status"], str(line["user"]), line["trace_id"]) == (200, user, trace)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "depth" not in repr(line)


async def test_a_fault_is_logged_whole_under_the_id_the_caller_was_given(
    client: Client, lines: LogCapture
) -> None:
    answer = await client.get("/api/v1/secret")
    [line] = [entry for entry in lines.entries if entry["event"] == "fault"]
    assert answer.json()["instance"] == f"urn:uuid:{line['request_id']}"
    assert isinstance(line["exc_info"], RuntimeError)


def test_lines_are_json_and_hide_what_opens_doors(capsys: pytest.CaptureFixture[str]) -> None:
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        telemetry.configure(Settings())
        structlog.get_logger("x").info("hello", password="hunter2", n=uuid4())
        logging.getLogger("lib").warning("of a library")
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["password"], ours["level"]) == ("hello", "…", "info")
    assert (theirs["event"], theirs["logger"]) == ("of a library", "lib")


@pytest.mark.parametrize(
    "bad", ["", "00-x", f"00-{'0' * 32}-1-1", f"ff-{'a' * 32}-b-01", "a-b-c-d"]
)
def test_a_broken_traceparent_is_no_trace(bad: str) -> None:
    assert _trace_id(bad) is None


async def test_spans_are_sent_when_a_collector_is_named() -> None:
    got: list[bytes] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        got.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(collect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    app = make_app(Settings(otlp_url=f"http://127.0.0.1:{port}"))
    async with server, served(app) as client:
        await client.get("/api/v1/public")
        assert app.edge._tracing is not None
        await asyncio.to_thread(app.edge._tracing.close)
    assert b"GET /api/v1/public" in b"".join(got)


async def test_the_layers_cost_little(client: Client) -> None:
    """A bound against accidents, not a benchmark: several times what was measured."""
    app = client.app
    scope: Any = {
        "type": "http", "method": "GET", "path": "/api/v1/public", "raw_path": b"/api/v1/public",
        "query_string": b"", "headers": [(b"host", b"x")], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "scheme": "http", "root_path": "", "http_version": "1.1",
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: object) -> None: ...

    begun = perf_counter()
    for _ in range(200):
        await app(dict(scope), receive, send)
    assert (perf_counter() - begun) / 200 < 0.003
