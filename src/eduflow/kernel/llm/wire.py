"""What both adapters speak to the gateway, and how the raw faults of the SDKs become ours."""

from collections.abc import AsyncGenerator
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

import msgspec

from eduflow.kernel.addresses import is_loopback, trust
from eduflow.kernel.clock import utc_now
from eduflow.kernel.environment import Secret
from eduflow.kernel.llm.asking import Turn, Usage
from eduflow.kernel.llm.errors import (
    Garbled,
    LLMError,
    Misconfigured,
    Overloaded,
    RateLimited,
    Rejected,
    TimedOut,
    TooLong,
    Unreachable,
)

_TOO_LONG = ("context_length", "context_size", "context window", "context length", "too long")
_SENT = {
    *("host", "accept", "accept-encoding", "connection", "content-type", "content-length"),
    *("user-agent", "authorization", "anthropic-version"),
    # Says nothing of us: the SDK's note to itself, which it reads again from the answer's request.
    "x-stainless-raw-response",
}
_BY_STATUS = {
    401: Misconfigured,
    403: Misconfigured,
    404: Misconfigured,
    408: TimedOut,
    413: TooLong,
    429: RateLimited,
}
_BY_TYPE: dict[str, type[LLMError]] = {
    "rate_limit_error": RateLimited,
    "rate_limit_exceeded": RateLimited,
    "authentication_error": Misconfigured,
    "permission_error": Misconfigured,
    "not_found_error": Misconfigured,
    "invalid_request_error": Rejected,
}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it goes to a vendor."""

    model: str
    instructions: str
    closing: str
    """Further instructions, of this request alone."""
    is_shared: bool
    """Whether others ask with the same instructions soon."""
    turns: tuple[Turn, ...]
    schema: dict[str, Any] | None
    """JSON schema of the answer; None: text."""
    max_tokens: int
    sample: int | None
    cache_key: str
    """Requests with the same beginning share it; says nothing of a person."""
    timeout: float
    """Seconds of silence on the wire after which it is given up."""

    @property
    def all_instructions(self) -> str:
        """What is alike comes first, where vendors look for it."""
        return f"{self.instructions}\n\n{self.closing}" if self.closing else self.instructions


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back."""

    text: str
    finish: Literal["end", "length", "refused", "other"]
    usage: Usage | None
    model: str
    vendor_request: str


class Adapter(Protocol):
    """One wire to one vendor. Raises LLMError and nothing else."""

    def parameters(self, wanted: Wanted) -> dict[str, str | int | float]:
        """What is recorded of how it was asked."""

    async def ready(self) -> None:
        """Load the SDK and make its client, apart from the event loop: it takes seconds."""

    async def reply(self, wanted: Wanted) -> Reply:
        """The whole answer, in one piece."""

    def stream(self, wanted: Wanted) -> AsyncGenerator[str | Reply]:
        """The answer piece by piece; a Reply with all of it comes last, or it was cut off."""

    async def close(self) -> None:
        """Let go of the connections."""


def http_client(url: str, key: Secret, *, timeout: float) -> Any:
    """A client for an SDK that sends what we say, whatever the environment tells the SDK.

    Both SDKs add headers from variables of their own, even another account's key, and some that
    describe the machine. Redirects are not followed: the key is for one address.
    """
    import httpx2  # noqa: PLC0415 (with its TLS it takes a while, and most processes ask no model)

    async def only_ours(request: Any) -> None:
        for name in set(request.headers) - _SENT:
            del request.headers[name]
        request.headers["authorization"] = f"Bearer {key.value}"

    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout, connect=min(timeout, 10.0)),
        event_hooks={"request": [only_ours]},
        verify=trust(url),
        trust_env=not is_loopback(url),
        follow_redirects=False,
    )


def translated(fault: Exception, model: str) -> LLMError:
    """Our name for what an SDK raised. None of its words, and no chain to it, go along."""
    import httpx2  # noqa: PLC0415 (see above)

    told = f"{model}: {type(fault).__name__}"
    status = getattr(fault, "status_code", None)
    if isinstance(status, int):
        return _by_status(fault, status, told)
    if isinstance(fault, httpx2.TimeoutException | TimeoutError) or "Timeout" in told:
        return TimedOut(told)
    if isinstance(fault, httpx2.HTTPError | OSError) or "APIConnection" in told:
        return Unreachable(told)
    if (kind := _type_of(fault)) is not None:
        return by_type(kind, told)
    return Garbled(told)


def _by_status(fault: Exception, status: int, told: str) -> LLMError:
    told = f"{told} ({status})"
    wait = _retry_after(getattr(fault, "response", None))
    success, client_fault, server_fault = 300, 400, 500
    if status < success:
        # An error in the middle of a stream that had begun well: its type alone tells.
        return _BY_TYPE.get(_type_of(fault) or "", Overloaded)(told, retry_after=wait)
    if status < client_fault:
        return Misconfigured(told)
    if status in _BY_STATUS:
        return _BY_STATUS[status](told, retry_after=wait)
    if status >= server_fault:
        return Overloaded(told, retry_after=wait)
    said = str(getattr(fault, "body", "")).lower()
    return TooLong(told) if any(sign in said for sign in _TOO_LONG) else Rejected(told)


def by_type(kind: str, model: str) -> LLMError:
    """Our name for an error that a vendor told in the middle of a stream."""
    if any(sign in kind for sign in _TOO_LONG):
        return TooLong(model)
    return _BY_TYPE.get(kind, Overloaded)(f"{model}: an error within the stream")


def _type_of(fault: Exception) -> str | None:
    """The `type` or `code` that the vendor gave its error."""
    body = getattr(fault, "body", None)
    if isinstance(body, dict):
        body = body.get("error", body)
    if not isinstance(body, dict):
        return None
    kind = body.get("code") or body.get("type")
    return kind if isinstance(kind, str) else ""


def _retry_after(response: Any) -> float | None:
    if response is None:
        return None
    said = response.headers.get("retry-after-ms")
    try:
        if said is not None:
            return max(0.0, float(said) / 1000)
        said = response.headers.get("retry-after")
        return None if said is None else max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None


RAW = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""With the SDKs' own and httpx2's, what may come out of a server's nonsense; JSONDecodeError and
pydantic's ValidationError are ValueErrors."""
