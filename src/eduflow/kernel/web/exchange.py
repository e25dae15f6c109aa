"""One request and its answer: what the layers know of it, kept in one place."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import UUID

from litestar.types import Message, Scope, Send

from eduflow.kernel.ids import new_id
from eduflow.kernel.positions import Position

_WANTED = frozenset(
    {
        b"x-request-id",
        b"traceparent",
        b"origin",
        b"access-control-request-method",
        b"eduflow-position",
        b"eduflow-strict",
        b"content-length",
        b"transfer-encoding",
    }
)
"""Headers that nearly every request is asked for; Litestar's own mapping of all costs more."""
_HEX = frozenset("0123456789abcdef")


class Exchange:
    """Begun before routing, ended after the last byte. `headers` are added to the answer's own."""

    __slots__ = (
        "asked",
        "before_head",
        "deadline",
        "done",
        "headers",
        "is_stream",
        "method",
        "request_id",
        "rule",
        "send_on",
        "started_at",
        "status",
        "trace_id",
        "traceparent",
        "written",
    )

    def __init__(self, scope: Scope) -> None:
        self.started_at = perf_counter()
        self.method: str = scope["method"]  # type: ignore[typeddict-item]
        self.asked = {name: value for name, value in scope["headers"] if name in _WANTED}
        self.request_id = _sane_id(self.asked.get(b"x-request-id"))
        self.traceparent = self.asked.get(b"traceparent", b"").decode("latin-1")
        self.trace_id = _trace_id(self.traceparent) or self.request_id.replace("-", "")
        self.headers: list[tuple[bytes, bytes]] = []
        self.before_head: list[Callable[[], None]] = []
        """Called when an answer that is no refusal begins; they may add to `headers`.

        Instead of generator dependencies, for each of which Litestar opens a group of tasks."""
        self.written: dict[str, Position] = {}
        """By database, where the newest write of this request is seen."""
        self.status = 0
        self.is_stream = False
        self.rule = ""
        self.deadline: asyncio.Timeout | None = None
        self.done: asyncio.Event | None = None
        self.send_on: Send

    def header(self, name: bytes) -> str | None:
        """The value of one of the headers that are kept; the last one, where there are several."""
        value = self.asked.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def brings_body(self) -> bool:
        """Whether a body was announced; of HTTP/2, whose streams end one by one, not always."""
        return self.asked.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in self.asked

    async def send_head(self, message: Message) -> None:
        """Sends the head of an answer and none of its body, for HEAD; then ends a stream."""
        if self.done is None or self.done.is_set():
            return
        if message["type"] == "http.response.start":
            await self.send_on(message)
        elif message["type"] == "http.response.body":
            self.done.set()
            await self.send_on({"type": "http.response.body", "body": b"", "more_body": False})


def exchange_of(scope: Any) -> Exchange:
    """The exchange that this ASGI scope belongs to."""
    found: Exchange = scope["state"]["exchange"]
    return found


def _sane_id(given: bytes | None) -> str:
    """The caller's own id if it is a UUID, else a new one; nothing else gets into the logs."""
    if given is not None and len(given) in (32, 36):
        try:
            return str(UUID(given.decode("ascii")))
        except ValueError:
            pass
    return str(new_id())


def _trace_id(traceparent: str) -> str | None:
    """The trace id of a W3C `traceparent`, version 00 or later."""
    parts = traceparent.split("-")
    if len(parts) < 4 or len(parts[1]) != 32 or parts[0] == "ff":  # noqa: PLR2004
        return None
    trace = parts[1]
    return trace if _HEX.issuperset(trace) and trace.strip("0") else None
