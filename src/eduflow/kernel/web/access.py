"""One line for each request that was answered, in the form of all other lines.

As JSON it does not go through structlog, whose processors cost more than the rest of a request's
bookkeeping: lines are encoded at once, and written together when the loop has gone round.
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog

from eduflow.kernel.settings import Settings
from eduflow.kernel.web.exchange import Exchange

_structlog = structlog.get_logger("eduflow.access")
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct):
    """What is told of a request: nothing that its caller wrote, but its id."""

    method: str
    route: str
    status: int
    ms: float
    user: UUID | None
    event: str
    request_id: str
    trace_id: str
    level: str
    at: datetime


class AccessLog:
    """The lines of one app."""

    def __init__(self, settings: Settings) -> None:
        self._is_json = settings.log_format == "json"
        self._is_told = getattr(logging, settings.log_level.upper()) <= logging.INFO
        self._unwritten: list[bytes] = []

    def tell(
        self, exchange: Exchange, *, route: str, status: int, seconds: float, user: Any
    ) -> None:
        """Write the line, soon."""
        if not self._is_told:
            return
        ms = round(seconds * 1000, 2)
        method = exchange.method
        if not self._is_json:
            _structlog.info("request", method=method, route=route, status=status, ms=ms, user=user)
            return
        line = Line(
            method,
            route,
            status,
            ms,
            user,
            "request",
            exchange.request_id,
            exchange.trace_id,
            "info",
            datetime.now(UTC),
        )
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write)
        self._unwritten.append(_encode(line))

    def _write(self) -> None:
        lines, self._unwritten = self._unwritten, []
        sys.stderr.write(b"\n".join([*lines, b""]).decode())
        sys.stderr.flush()
