"""itemSessionControl, and what of a test is lost where."""

import msgspec

from eduflow.interchange.qti.names import said, whole, yes
from eduflow.interchange.reading import Losses
from eduflow.interchange.xml import Node

_NAMED = 10
"""Places of one loss that are told by their names; the rest is counted."""


class Lost:
    """What did not come along, each thing once, with the places that it was lost at."""

    def __init__(self) -> None:
        self._places: dict[str, dict[str, None]] = {}
        self._counts: dict[str, int] = {}

    def add(self, what: str, node: Node) -> None:
        places = self._places.setdefault(what, {})
        self._counts[what] = self._counts.get(what, 0) + 1
        if len(places) < _NAMED:
            places.setdefault(node.get("identifier")[:80] or said(node.name))

    def tell(self, losses: Losses) -> None:
        for what, places in self._places.items():
            more = self._counts[what] - len(places)
            rest = f" and {more} more" if more > 0 else ""
            losses.add(f"{what}: {', '.join(places)}{rest}")


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of how questions are sat; None where nothing is."""

    max_attempts: int | None = None
    feedback: bool | None = None
    review: bool | None = None
    solution: bool | None = None


_TRUTHS = {"feedback": "show-feedback", "review": "allow-review", "solution": "show-solution"}
_USUAL = {"allow-comment": False, "allow-skipping": True, "validate-responses": False}
"""What has no setting of ours, and how it always is here."""
_INSTEAD = {
    "allow-comment": "that students may comment (they may not)",
    "allow-skipping": "that no question may be left out (any may)",
    "validate-responses": "that answers are checked for their form before they are taken",
}


def control_of(node: Node, lost: Lost) -> Control:
    """Of a part, section or question; what we cannot do is told."""
    given = node.first("qti-item-session-control")
    if given is None:
        return Control()
    for attribute, usual in _USUAL.items():
        if given.get(attribute) and yes(given, attribute) is not usual:
            lost.add(_INSTEAD[attribute], node)
    truths = {
        field: yes(given, attribute) if given.get(attribute) else None
        for field, attribute in _TRUTHS.items()
    }
    tries = whole(given, "max-attempts", otherwise=1) if given.get("max-attempts") else None
    return Control(max_attempts=tries, **truths)
