"""What goes in and what comes out. JSON names are snake_case, as in the paths that are fixed."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from eduflow.kernel.problems import Invalid
from eduflow.kernel.web.decimals import refuse_finer

_NO_NUL = r"^[^\x00]*$(?!\n)"  # PostgreSQL's text cannot hold it; refuse it here, with a pointer.
_ONE_LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$(?!\n)"

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_ONE_LINE)]
"""A code, a kind, an external id."""
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_ONE_LINE)]
"""A name or a title: one line, not blank."""
Note = Annotated[str, msgspec.Meta(max_length=2_000, pattern=_NO_NUL)]
"""A few sentences."""
Text = Annotated[str, msgspec.Meta(max_length=50_000, pattern=_NO_NUL)]
"""An essay, a page, a post."""
NOT_BLANK = r"^\s*[^\x00\s][^\x00]*$(?!\n)"
"""The pattern of a text that must say something."""


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """What a caller sends. A member nobody declared is refused, so a typing error is not lost.

    Give every text one of the kinds above, every list a `max_length`, and every number that is kept
    to so many decimals, and may not be rounded to them, its `measured` kind.
    """

    def __post_init__(self) -> None:
        refuse_finer(self)


_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(3000, 1, 1, tzinfo=UTC)
_NEAR = "must be a moment of the years 1900 to 2999"


class Dated(Input):
    """An input with moments in it: none so far away that a zone or a few minutes more overflow."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.__struct_fields__:
            moment = getattr(self, name)
            if isinstance(moment, datetime) and not _FIRST <= moment < _LAST:
                message = f"Field `{name}` {_NEAR}"
                raise ValueError(message)


def refuse_far(**parameters: datetime | date | None) -> None:
    """The same of the query: raises Invalid, and names the parameters that are too far away."""
    far = [name for name, value in parameters.items() if value is not None and _is_far(value)]
    if far:
        raise Invalid(errors=[{"parameter": one, "in": "query", "message": _NEAR} for one in far])


def _is_far(value: datetime | date) -> bool:
    if isinstance(value, datetime):
        return not _FIRST <= value < _LAST
    return not _FIRST.date() <= value < _LAST.date()


class View(msgspec.Struct):
    """What a caller gets. Written by hand: nothing is shown because a table happens to have it."""
