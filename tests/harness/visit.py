"""How a route is asked: one row of the tables in `visits` and beside it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

READ, WRITE = 1, 2


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """How to ask a route. `body` and the path's placeholders are filled in for each request."""

    trips: int
    body: Any = None
    query: str = ""
    by: str = "admin"
    version: str | None = None
    """The route of which to learn the version that the change is made on; `v`: it is the number of
    the turn; `v1`: it is always this."""
    before: tuple[str, str, Any] | None = None
    """A request to be made first, whose answer's `id` becomes `{new}`."""
    before_by: str | None = None
    """Who makes it and what is done then; None: whoever asks."""
    asked: dict[str, str] = msgspec.field(default_factory=dict)
    """What the path's placeholders stand for, where it is not what they always are."""
    then: tuple[tuple[str, str, Any], ...] = ()
    """Requests after it, on the first version of what it made."""
    again: tuple[tuple[str, str, Any], ...] = ()
    """What the administrator does first, so that it can be asked one more time."""
    made: Callable[[Any], Awaitable[dict[str, str]]] | None = None
    """Given the school, makes what one request needs, and says by which names the path has it."""
    folded: bool = False
    """Whether everything must be folded first: it is refused, and tried again, until it is."""
