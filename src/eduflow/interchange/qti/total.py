"""outcomeProcessing of a test: whether the total is the sum of its questions, and how weighted."""

import msgspec

from eduflow.interchange.reading import Losses
from eduflow.interchange.xml import Node

_SET, _SUM, _SCORES = "qti-set-outcome-value", "qti-sum", "qti-test-variables"
_PARTLY = ("include-category", "exclude-category", "section-identifier")
_INSTEAD = "the points of all questions are added up"


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """`weight` is the name of the weights that count; None: the first that a question has."""

    weight: str | None = None
    weightless: bool = False
    """The rule adds up points as the questions give them."""


def total_of(test: Node, losses: Losses) -> Total:
    """What the rule for SCORE comes to; every other rule is told."""
    for outcome in test.all("qti-outcome-declaration"):
        if outcome.get("mastery-value"):
            losses.add("the score that is needed to pass (masteryValue)")
    processing = test.first("qti-outcome-processing")
    if processing is None:
        return Total()
    total = None
    others: dict[str, None] = {}
    for rule in processing.elements:
        found = _summed(rule) if total is None else None
        if found is not None:
            total = found
        else:
            outcomes = [one for one in (rule, *rule.under()) if one.name == _SET]
            others.update((one.get("identifier")[:40], None) for one in outcomes)
            if not outcomes:
                others.setdefault(rule.name.removeprefix("qti-"))
    if total is None or "SCORE" in others:
        losses.add(f"its own rule for the total ({_INSTEAD})")
        return Total()
    if others:
        losses.add(f"the rule for {', '.join(list(others)[:10])}")
    return total


def _summed(rule: Node) -> Total | None:
    if rule.name != _SET or rule.get("identifier") != "SCORE":
        return None
    (first, *more) = [*rule.elements] or [rule]
    if more:
        return None
    if first.name == _SUM:
        (first, *more) = [*first.elements] or [rule]
    if more or first.name != _SCORES or first.get("variable-identifier") != "SCORE":
        return None
    if any(first.get(name) for name in _PARTLY):
        return None
    weight = first.get("weight-identifier")
    return Total(weight=weight) if weight else Total(weightless=True)
