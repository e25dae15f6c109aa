"""Lists by cursor: a page never repeats or skips a row because others were added meanwhile."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from eduflow.kernel.problems import Invalid
from eduflow.kernel.settings import Settings
from eduflow.kernel.web.exchange import exchange_of
from eduflow.kernel.web.shapes import View

T = TypeVar("T")
Row = TypeVar("Row")
MOST, USUAL = 100, 50
CLASS = 200
"""Rows of what is looked at for a whole class at once; more than one has, and still one answer."""
_MAC_BYTES = 16


class Slice(View, Generic[T]):
    """One page of a list. `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class Page:
    """Which part of a list the caller wants. A cursor fits the path it was given out by, only."""

    __slots__ = ("_cursor", "_key", "_request", "limit")

    def __init__(
        self, request: Request[Any, Any, Any], limit: int, *, cursor: str | None, key: bytes
    ) -> None:
        self.limit = limit
        self._request = request
        self._cursor = cursor
        self._key = key

    @property
    def fetch(self) -> int:
        """How many rows to ask the database for: one more than is shown tells if there are more."""
        return self.limit + 1

    def after(self, *kinds: Any) -> tuple[Any, ...] | None:
        """The sort key of the last row the caller has seen; None at the beginning."""
        if self._cursor is None:
            return None
        try:
            padded = self._cursor + "=" * (-len(self._cursor) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
            payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(payload)):
                raise _unfit()
            key: tuple[Any, ...] = msgspec.json.decode(payload, type=GenericAlias(tuple, kinds))
        except (ValueError, msgspec.DecodeError):
            raise _unfit() from None
        return key

    def of(
        self, rows: Iterable[Row], *, by: Callable[[Row], tuple[Any, ...]], into: Callable[[Row], T]
    ) -> Slice[T]:
        """The answer from `fetch` rows, sorted by `by`; adds the `Link` header."""
        rows = list(rows)
        shown = rows[: self.limit]
        following = None
        if len(rows) > self.limit:
            payload = msgspec.json.encode(by(shown[-1]))
            raw = payload + self._mac(payload)
            following = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
            exchange_of(self._request.scope).headers.append((b"link", self._link(following)))
        return Slice(items=[into(row) for row in shown], next_cursor=following)

    def _mac(self, payload: bytes) -> bytes:
        path = self._request.scope["path"].encode()
        return hmac.digest(self._key, path + b"\0" + payload, hashlib.sha256)[:_MAC_BYTES]

    def _link(self, cursor: str) -> bytes:
        query = parse_qsl(self._request.scope["query_string"].decode("latin-1"))
        kept = [(name, value) for name, value in query if name != "cursor"]
        path = self._request.scope["path"]
        return f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'.encode()


def page_provider(
    settings: Settings, *, usual: int = USUAL, most: int = MOST
) -> Callable[..., Page]:
    """The dependency `page: NamedDependency[Page]`; OpenAPI shows its `limit` and `cursor`.

    `class_page` is the same for a class at once, by `CLASS`.
    """
    key = hmac.digest(settings.secret.value.encode(), b"paging", hashlib.sha256)

    def page(
        request: Request[Any, Any, Any],
        limit: Annotated[
            int, QueryParameter(name="limit", ge=1, le=most, description="Rows per page")
        ] = usual,
        cursor: Annotated[
            str | None,
            QueryParameter(name="cursor", max_length=1024, description="`next_cursor` of a page"),
        ] = None,
    ) -> Page:
        return Page(request, limit, cursor=cursor, key=key)

    return page


def _unfit() -> Invalid:
    message = "This is not a cursor of this list; begin again without one"
    return Invalid(errors=[{"parameter": "cursor", "in": "query", "message": message}])
