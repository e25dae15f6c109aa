"""Which states may follow which."""

from collections.abc import Mapping

from eduflow.kernel.problems import Conflict

COURSE = {
    "draft": frozenset({"published", "deleted"}),
    "published": frozenset({"concluded"}),
    "concluded": frozenset({"published", "deleted"}),
    "deleted": frozenset[str](),
}
"""A course in use ends before it can be deleted; a concluded one can be opened again."""
ENROLLMENT = {
    "invited": frozenset({"active", "withdrawn"}),
    "active": frozenset({"inactive", "completed", "withdrawn"}),
    "inactive": frozenset({"active", "withdrawn"}),
    "completed": frozenset({"active"}),
    "withdrawn": frozenset({"active"}),
}
"""Whoever withdrew comes back to the same seat, with what they have done."""
PERSON = {
    "active": frozenset({"suspended"}),
    "suspended": frozenset({"active"}),
}


class IllegalTransition(Conflict):
    """This state does not follow the present one. Facts: `state`, `wanted`, `allowed`."""

    code, title = "api_core.illegal-transition", "It cannot go from its state to that one"


def refuse_illegal(state: str, wanted: str, *, by: Mapping[str, frozenset[str]]) -> None:
    """Raise IllegalTransition unless `wanted` is the present state or may follow it."""
    if wanted != state and wanted not in by[state]:
        raise IllegalTransition(state=state, wanted=wanted, allowed=sorted(by[state]))
