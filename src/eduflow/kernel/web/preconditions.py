"""Nobody overwrites unseen, and nobody downloads what they have."""

import hashlib
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import HeaderParameter

from eduflow.kernel.problems import Invalid, PreconditionFailed, PreconditionRequired


def etag(version: int) -> str:
    """The entity tag of a version of a row."""
    return f'"v{version}"'


def if_match(
    tag: Annotated[
        str | None,
        HeaderParameter(
            name="If-Match", max_length=64, description="`ETag` of the version you change"
        ),
    ] = None,
) -> int:
    """The dependency `if_match: NamedDependency[int]`: the version the change is made on."""
    if tag is None or tag.strip() == "*":
        raise PreconditionRequired
    # A proxy that compresses turns a strong tag into a weak one; the version in it is the same.
    digits = tag.strip().removeprefix("W/").removeprefix('"v').removesuffix('"')
    if not (digits.isascii() and digits.isdecimal()) or etag(int(digits)) not in tag:
        message = 'It must be one ETag as it was given, such as "v3"'
        raise Invalid(errors=[{"parameter": "If-Match", "in": "header", "message": message}])
    return int(digits)


def refuse_unseen(expected: int, current: int) -> None:
    """Raises PreconditionFailed with both versions, unless the caller has seen the current one."""
    if expected != current:
        refusal = PreconditionFailed(yours=etag(expected), current=etag(current))
        refusal.ahead = expected > current
        raise refusal


def document(
    request: Request[Any, Any, Any],
    body: bytes,
    *,
    version: int | None = None,
    media_type: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Ready bytes with an ETag; 304 and no bytes to whoever has them already.

    Without a `version` the tag is a digest of the bytes.
    """
    tag = etag(version) if version is not None else f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    sent = {**(headers or {}), "etag": tag}
    if is_known(request, tag):
        return Response(b"", status_code=304, headers=sent, media_type=media_type)
    return Response(body, headers=sent, media_type=media_type)


def is_known(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether `If-None-Match` names this tag (weak comparison, RFC 9110 section 13.1.2)."""
    known = request.headers.get("if-none-match")
    if known is None:
        return False
    return known.strip() == "*" or any(
        entry.strip().removeprefix("W/") == tag for entry in known.split(",")
    )
