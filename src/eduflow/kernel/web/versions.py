"""Answers that carry the version of what they show."""

from typing import Any, Protocol, TypeVar

from litestar import Request, Response
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_304_NOT_MODIFIED

from eduflow.kernel.web.preconditions import etag, is_known


class Versioned(Protocol):
    """Something that changes, and counts it."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def shown(request: Request[Any, Any, Any], view: V) -> Response[V]:
    """The thing with its ETag; 304 to whoever has this version already."""
    tag = etag(view.version)
    if is_known(request, tag):
        return Response(None, status_code=HTTP_304_NOT_MODIFIED, headers={"ETag": tag})  # type: ignore[arg-type]
    return Response(view, headers={"ETag": tag})


def changed(view: V) -> Response[V]:
    """The thing as the change has left it, with the ETag for the next one."""
    return Response(view, status_code=HTTP_200_OK, headers={"ETag": etag(view.version)})


def created(view: V, *, at: str | None) -> Response[V]:
    """The new thing, its ETag and, where it has an address, its address."""
    headers = {"ETag": etag(view.version)}
    if at is not None:
        headers["Location"] = f"/api/v1{at}"
    return Response(view, status_code=HTTP_201_CREATED, headers=headers)
