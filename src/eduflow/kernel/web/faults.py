"""From whatever was raised to the Problem that says it. Nothing else knows Litestar's errors."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from litestar import Request
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import Scope
from litestar.utils.scope.state import ScopeState

from eduflow.kernel import problems
from eduflow.kernel.problems import Problem
from eduflow.kernel.web.decimals import told_of


class Malformed(Problem):
    """The request cannot be read at all: broken JSON, broken UTF-8, a broken header."""

    code, title, status = "kernel.malformed", "The request cannot be read", 400


class MethodNotAllowed(Problem):
    """The path exists, the method does not. The `Allow` header lists those that do."""

    code, title, status = "kernel.method-not-allowed", "This path does not know that method", 405

    def __init__(self, detail: str = "", *, allow: list[str]) -> None:
        super().__init__(detail, allow=allow)


class TooLarge(Problem):
    """The body has more bytes than this route takes."""

    code, title, status = "kernel.too-large", "The request is too large", 413


class UnsupportedMedia(Problem):
    """The body is of a kind that this route does not read. `expects` names the one it does."""

    code, title, status = "kernel.unsupported-media", "This kind of content is not read here", 415


class Refused(Problem):
    """The request is not acceptable, for the reason that `detail` gives."""

    code, title, status = "kernel.refused", "The request is not acceptable", 400

    def __init__(self, detail: str = "", *, status: int) -> None:
        super().__init__(detail)
        self.actual_status = status


class Fault(Problem):
    """A fault of ours. The log has the whole of it, under the request id in `instance`."""

    code, title, status = "kernel.fault", "Something broke on our side", 500


class TooSlow(problems.Unavailable):
    """The answer took longer than this route allows. Retry with the same `Idempotency-Key`."""

    code: ClassVar[str] = "kernel.too-slow"
    title: ClassVar[str] = "The answer took too long"


class Overloaded(problems.Unavailable):
    """More is asked at this moment than can be answered; nothing was done. Retry a little later."""

    code: ClassVar[str] = "kernel.overloaded"
    title: ClassVar[str] = "Too much is asked at this moment"


class ShuttingDown(problems.Unavailable):
    """This process takes no new requests; another one does."""

    code: ClassVar[str] = "kernel.shutting-down"
    title: ClassVar[str] = "This server is about to stop"


def as_problem(error: Exception, request: Request[Any, Any, Any]) -> Problem:
    """The problem to tell the caller. A `Fault` means that the caller learns nothing of `error`."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _from_litestar(error, request)
    if isinstance(error, UnicodeDecodeError) and _is_in_body(error, request.scope):
        # msgspec 0.22 raises this, and not its DecodeError, for a JSON text that is not UTF-8.
        return Malformed("The body is not UTF-8.")
    if isinstance(error, RecursionError) and "deserializ" in str(error):
        return Malformed("The body is nested too deeply.")
    return Fault()


_BY_STATUS: dict[int, Callable[[str], Problem]] = {
    400: Malformed,
    401: problems.Unauthorized,
    403: problems.Forbidden,
    413: lambda _: TooLarge(),
    415: UnsupportedMedia,
    429: partial(problems.TooMany, retry_after=60),
    503: problems.Unavailable,
}


def _from_litestar(error: HTTPException, request: Request[Any, Any, Any]) -> Problem:
    if isinstance(error, ValidationException):
        return problems.Invalid(errors=_errors(error, request))
    if isinstance(error, NotFoundException):
        return _absent(error, request)
    if isinstance(error, MethodNotAllowedException):
        allow = (error.headers or {}).get("allow", "")
        return MethodNotAllowed(allow=sorted({*allow.split(", "), *_head(allow)}))
    if make := _BY_STATUS.get(error.status_code):
        return make(error.detail)
    if error.status_code >= 500:  # noqa: PLR2004
        gone = "disconnected" in error.detail
        return Malformed("The request ended before its body did.") if gone else Fault()
    return Refused(error.detail, status=error.status_code)


def _absent(error: NotFoundException, request: Request[Any, Any, Any]) -> Problem:
    # Litestar says 404 when a path parameter cannot be read; the caller should hear which.
    if isinstance(error.__cause__, ValueError) and (name := _unreadable(request)):
        fault = {"parameter": name, "in": "path", "message": str(error.__cause__)}
        return problems.Invalid(errors=[fault])
    return problems.NotFound()


def _head(allow: str) -> tuple[str, ...]:
    return ("HEAD",) if "GET" in allow else ()


def _is_in_body(error: UnicodeDecodeError, scope: Scope) -> bool:
    body = ScopeState.from_scope(scope).body
    return isinstance(body, bytes) and bytes(error.object) in body


def _unreadable(request: Request[Any, Any, Any]) -> str | None:
    """The name of the path parameter that could not be read; looked for after the fact."""
    parts = [part for part in request.scope["path"].split("/") if part]
    for route in request.app.routes:
        pattern = route.path_components
        if len(pattern) != len(parts) or any(
            isinstance(expected, str) and expected != part
            for expected, part in zip(pattern, parts, strict=True)
        ):
            continue
        for expected, part in zip(pattern, parts, strict=True):
            if not isinstance(expected, str) and expected.parser is not None:
                try:
                    expected.parser(part)
                except ValueError:
                    return expected.name
    return None


def _errors(error: ValidationException, request: Request[Any, Any, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for entry in error.extra if isinstance(error.extra, list) else []:
        message, key = str(entry.get("message", "")), str(entry.get("key", ""))
        if entry.get("source") == "body":
            path = "" if key == "data" else key
            if message == "'data'":
                message = "A body is required"
            inner, message = told_of(message)
            # Of what stands in a mapping msgspec does not say the key.
            at = pointer(path, message) + ("" if "[...]" in path else inner)
            found.append({"pointer": at, "message": _plain(message)})
        else:
            where = str(getattr(entry.get("source"), "value", entry.get("source") or "query"))
            fault = {"parameter": _sent_as(key, request), "in": where, "message": _plain(message)}
            found.append(fault)
    if not found and isinstance(error.__cause__, KeyError):
        # "Missing required query parameter 'limit' for path …"
        where = error.detail.split(" ")[2] if error.detail.startswith("Missing") else "query"
        name = str(error.__cause__.args[0])
        found.append({"parameter": name, "in": where, "message": "It is required"})
    return found


def _plain(message: str) -> str:
    """Without the regular expressions of the kinds of text, which tell a person nothing."""
    if " matching regex " not in message:
        return message
    if r"\x20]+" in message:
        return "Expected a word: no blanks and no control characters"
    if r"\x20" in message:
        return "Expected one line of text: not blank, and no control characters"
    if r"^[^\x00]*$" in message.replace("\\\\", "\\"):
        return "Expected a text without the character NUL"
    return message


def _sent_as(name: str, request: Request[Any, Any, Any]) -> str:
    """What the caller calls a parameter, which a handler may call otherwise."""
    field = request.route_handler.parsed_fn_signature.parameters.get(name)
    described = field.kwarg_definition if field is not None else None
    return getattr(described, "name", None) or name


def pointer(path: str, message: str = "") -> str:
    """RFC 6901 from msgspec's `items[0].name`; the member that `message` quotes is added to it."""
    # msgspec writes `[...]` where it does not know the key of a mapping: point at the mapping.
    known, unknown_key, _ = path.partition("[...]")
    tokens = [token for token in known.replace("[", ".").replace("]", "").split(".") if token]
    if unknown_key:
        message = ""
    if any(word in message for word in ("unknown field `", "missing required field `", "Field `")):
        tokens.append(message.split("`")[1])
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)
