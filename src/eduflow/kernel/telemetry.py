"""How a process tells what it does: structured log lines, and traces when a collector is named.

A log line belongs to a request without anybody passing ids around: `about` holds the request that
is being answered, and every line carries its `request_id` and `trace_id`. Nothing that opens a
door (password, token, secret) is written, whatever a caller hands over by mistake.
"""

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from eduflow.kernel.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class Traceable(Protocol):
    """What a log line wants to know of the request or job it was written in."""

    @property
    def request_id(self) -> str: ...
    @property
    def trace_id(self) -> str: ...


about: ContextVar[Traceable | None] = ContextVar("about", default=None)
"""The request or job that is being worked on. Whoever begins one sets it, and resets it."""

_HIDDEN = frozenset(
    {
        "password",
        "token",
        "access_token",
        "refresh_token",
        "authorization",
        "secret",
        "cookie",
        "dsn",
    }
)
_encode = msgspec.json.Encoder(enc_hook=repr).encode


def configure(settings: Settings) -> None:
    """Make every line of this process, ours and the libraries', one record on standard error."""
    level = getattr(logging, settings.log_level.upper())
    common: list[Processor] = [
        _add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _hide,
    ]
    last: list[Processor]
    if settings.log_format == "json":
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.INFO))
    # One line for each request to a model or a store is noise; their warnings are not.
    for name in ("httpx", "httpcore", "botocore", "aiobotocore", "openai", "anthropic"):
        logging.getLogger(name).setLevel(logging.WARNING)


class Tracing:
    """The spans of one service. They are sent in batches; `close` sends the last, and blocks."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self.tracer = provider.get_tracer("eduflow")

    def close(self) -> None:
        self._provider.shutdown()


def tracing(settings: Settings, service: str) -> Tracing | None:
    """Where one service's spans go: to `otlp_url`; None where no collector is named.

    OpenTelemetry is imported here and nowhere else: without a collector it costs neither memory
    nor start-up time.
    """
    if settings.otlp_url is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"eduflow.{service}"}))
    endpoint = settings.otlp_url.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return Tracing(provider)


def _add_request(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if (request := about.get()) is not None:
        event["request_id"] = request.request_id
        event["trace_id"] = request.trace_id
    return event


def _hide(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for name in _HIDDEN & event.keys():
        event[name] = "…"
    return event


def _json(event: Mapping[str, Any], **_: Any) -> str:
    return _encode(event).decode()
