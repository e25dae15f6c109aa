"""The usual answer: a struct as JSON, with a status and no more."""

from typing import Any

from litestar import Response
from litestar.enums import MediaType
from litestar.response.base import ASGIResponse
from litestar.serialization import get_serializer
from litestar.types import Receive, Scope, Send

_JSON = (b"content-type", MediaType.JSON.value.encode())
_WITHOUT_BODY = frozenset({204, 304})


class Whole:
    """An answer whose bytes are all there, as an ASGI app."""

    __slots__ = ("_body", "_status")

    def __init__(self, status: int, body: bytes) -> None:
        self._status = status
        self._body = body

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        length = (b"content-length", b"%d" % len(self._body))
        await send(
            {"type": "http.response.start", "status": self._status, "headers": [_JSON, length]}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


class Answer(Response[Any]):
    """Litestar's response class, that leaves out what nine answers of ten do not have.

    Cookies, headers, a background task, another media type or no body: then it is Litestar's own.
    """

    def to_asgi_response(self, app: Any, request: Any, **more: Any) -> ASGIResponse:
        plain = (
            not (self.headers or self.cookies or self.background)
            and not any(more.values())
            and self.media_type in (None, MediaType.JSON)
            and isinstance(self.status_code, int)
            and self.status_code not in _WITHOUT_BODY
        )
        if not plain:
            return super().to_asgi_response(app, request, **more)
        body = self.render(
            self.content, MediaType.JSON, get_serializer(self.response_type_encoders)
        )
        return Whole(self.status_code, body)  # type: ignore[return-value,arg-type]  # is an app too
