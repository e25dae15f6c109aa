"""Replies to replies: the path of a post is the ids from the top of the thread down to itself."""

from collections.abc import Sequence
from uuid import UUID

from eduflow.kernel.problems import Conflict

DEEPEST = 8
"""How many posts may stand above one another; the schema holds the same number."""


class RepliesTooDeep(Conflict):
    """Replies nest so deep and no deeper: answer a post further up. Facts: `deepest`."""

    code, title = "api_core.replies-too-deep", "Replies do not nest any deeper here"


def path_below(above: Sequence[UUID], post: UUID) -> list[UUID]:
    """The path of a new post below the one that has the path `above`; empty at the top."""
    if len(above) >= DEEPEST:
        raise RepliesTooDeep(deepest=DEEPEST)
    return [*above, post]
