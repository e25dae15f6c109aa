"""Keys of choices and hot text."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from eduflow.interchange.qti import trial
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.trial import Trial, share
from eduflow.interchange.qti.values import Many
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import Refused, refuse

Scoring = Literal["all_or_nothing", "right_minus_wrong", "each"]
_SCHEMES: tuple[Scoring, ...] = ("all_or_nothing", "right_minus_wrong", "each")
_MAKERS = {
    "all_or_nothing": trial.all_or_nothing,
    "right_minus_wrong": trial.right_minus_wrong,
    "each": trial.each,
}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of a choice come to."""

    correct: tuple[str, ...]
    scoring: Scoring = "all_or_nothing"
    weights: dict[str, Decimal] | None = None
    points: Decimal


def judged(
    rules: Rules,
    name: str,
    *,
    known: Sequence[str],
    most: int,
    points: Decimal | None,
    losses: Losses,
) -> Judged:
    single = rules.responses[name].cardinality == "single"
    declared = tuple(one for one in known if one in set(trial.ids(rules.right(name))))
    if rules.none:
        if not declared:
            refuse("no right answer and no rule for points")
        losses.add("a rule for points, which the file has not (scored by the right answer alone)")
        return Judged(correct=declared, points=points or Decimal(1))
    try:
        if single:
            return _single(rules, name, known=known, declared=declared, points=points)
        found = _multiple(rules, name, known=known, declared=declared, most=most, points=points)
    except Refused as wrong:
        if not declared:
            raise
        losses.add(f"its rule for points: {wrong.reason} (scored by the right answer alone)")
        return Judged(correct=declared, points=points or Decimal(1))
    if found is None:
        if not declared:
            refuse("rules for points that no key of ours can say, and no right answer beside them")
        losses.add("its points for partly right answers (all or nothing instead)")
        full = points or rules.score({name: Many(declared)})
        return Judged(correct=declared, points=full if full > 0 else Decimal(1))
    return found


def _single(
    rules: Rules,
    name: str,
    *,
    known: Sequence[str],
    declared: tuple[str, ...],
    points: Decimal | None,
) -> Judged:
    scores = {one: rules.score({name: one}) for one in known}
    best = max(scores.values())
    if best <= 0:
        refuse("rules that give no choice any points")
    whole = points or best
    top = tuple(one for one in known if scores[one] >= best)
    correct = declared if declared and set(declared) <= set(top) else top
    weights = {one: share(score, whole) for one, score in scores.items() if score}
    plain = whole == best and set(weights) == set(correct)
    return Judged(correct=correct, weights=None if plain else weights, points=whole)


def _multiple(
    rules: Rules,
    name: str,
    *,
    known: Sequence[str],
    declared: tuple[str, ...],
    most: int,
    points: Decimal | None,
) -> Judged | None:
    mapping = rules.responses[name].mapping
    mapped = {entry.key: entry.value for entry in mapping.entries} if mapping else {}
    correct = frozenset(declared) or frozenset(one for one, value in mapped.items() if value > 0)
    correct &= set(known)
    whole = points or rules.score({name: Many(tuple(sorted(correct)))})
    if whole <= 0:
        refuse("rules that give the right answer no points")
    tried = Trial(rules, name, whole=whole)
    answers = list(trial.sets(known, correct, most=most))
    ordered = tuple(one for one in known if one in correct)
    for scheme in _SCHEMES:
        worth = _MAKERS[scheme](known, correct)
        if trial.fits(tried, worth, answers, single=False):
            return Judged(correct=ordered, scoring=scheme, points=whole)
    for weights in _weights(tried, known=known, correct=correct, mapped=mapped):
        if trial.fits(tried, trial.weighed(weights), answers, single=False):
            return Judged(correct=ordered, weights=weights, points=whole)
    return None


def _weights(
    tried: Trial, *, known: Sequence[str], correct: frozenset[str], mapped: dict[str, Decimal]
) -> list[dict[str, Decimal]]:
    """What each might bring: by its mapping, by what it changes about the right answer, alone."""
    mapping = tried.rules.responses[tried.name].mapping
    default = mapping.default if mapping else Decimal(0)
    by_mapping = {one: share(mapped.get(one, default), tried.whole) for one in known}
    full = tried.score(Many(tuple(sorted(correct))))
    by_change: dict[str, Decimal] = {}
    for one in known:
        other = tried.score(Many(tuple(sorted(correct ^ {one}))) if correct ^ {one} else None)
        by_change[one] = share(full - other if one in correct else other - full, tried.whole)
    by_itself = {one: share(tried.score(Many((one,))), tried.whole) for one in known}
    return [
        {one: value for one, value in weights.items() if value}
        for weights in (by_mapping, by_change, by_itself)
        if mapped or weights is not by_mapping
    ]
