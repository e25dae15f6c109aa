"""What can go wrong, by name. Services raise these with facts; only `kernel.web` speaks HTTP."""

from typing import Any, ClassVar


class Problem(Exception):  # noqa: N818 (a problem is a state of the world, not a fault of the program)
    """A refusal that a caller can understand and act upon.

    Facts are keyword arguments; they become members of the RFC 9457 document and must be safe to
    show to the caller.
    """

    code: ClassVar[str] = "kernel.problem"
    title: ClassVar[str] = "The request cannot be carried out"
    status: ClassVar[int] = 400

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts = facts


class NotFound(Problem):
    """There is no such thing, or none that the caller may know of; the two are told alike."""

    code, title, status = "kernel.not-found", "There is no such thing here", 404


class Unauthorized(Problem):
    """The caller has not shown who they are."""

    code, title, status = "kernel.unauthorized", "Log in first", 401


class Forbidden(Problem):
    """The caller is known, and may not."""

    code, title, status = "kernel.forbidden", "You may not do this", 403


class Conflict(Problem):
    """The state of the world does not allow it now."""

    code, title, status = "kernel.conflict", "This does not fit the present state", 409


class Invalid(Problem):
    """The input is understood and wrong. `errors` lists `{pointer, message}` (RFC 6901)."""

    code, title, status = "kernel.invalid", "The input is not valid", 422

    def __init__(
        self, detail: str = "", *, errors: list[dict[str, str]] | None = None, **facts: Any
    ) -> None:
        super().__init__(detail, errors=errors or [], **facts)


class PreconditionFailed(Problem):
    """Somebody changed the thing since the caller read it. Facts: `yours`, `current`."""

    code, title, status = "kernel.precondition-failed", "It was changed since you read it", 412
    ahead = False
    """Whether the caller has read a newer one than the primary shows."""


class PreconditionRequired(Problem):
    """A change of a shared thing must say which version it was made on."""

    code, title, status = (
        "kernel.precondition-required",
        "Say with If-Match which version you change",
        428,
    )


class TooMany(Problem):
    """Asked too often. `retry_after` is in seconds."""

    code, title, status = "kernel.too-many-requests", "Too many requests", 429

    def __init__(self, detail: str = "", *, retry_after: int, **facts: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **facts)
        self.retry_after = retry_after


class Unavailable(Problem):
    """Something EduFlow stands on does not answer. `retry_after` is in seconds."""

    code, title, status = "kernel.unavailable", "Not available at this moment", 503

    def __init__(self, detail: str = "", *, retry_after: int = 1, **facts: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **facts)
        self.retry_after = retry_after
