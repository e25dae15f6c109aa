"""Keys of orders and pairs."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeAlias

from eduflow.interchange.qti import trial
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.trial import Trial, close, share
from eduflow.interchange.qti.values import Many
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.scoring.keys import MatchKey, OrderKey

_Pair: TypeAlias = tuple[str, str]


def order_key(
    rules: Rules, name: str, *, known: Sequence[str], points: Decimal | None, losses: Losses
) -> tuple[OrderKey, Decimal]:
    right = trial.ids(rules.right(name))
    if sorted(right) != sorted(known):
        refuse("a right order that does not hold all choices once")
    whole = points or Decimal(1)
    if rules.none:
        losses.add("a rule for points, which the file has not (scored by the right answer alone)")
        return OrderKey(sequence=right), whole
    try:
        whole = points or rules.score({name: Many(right, ordered=True)})
        if whole <= 0:
            refuse("rules that give the right order no points")
        tried = Trial(rules, name, whole=whole)
        for scoring in ("all_or_nothing", "position", "pairs"):
            if all(
                close(tried.part(Many(order, ordered=True)), _order_worth(scoring, order, right))
                for order in trial.orders(right)
            ):
                return OrderKey(sequence=right, scoring=scoring), whole
    except Refused as wrong:
        losses.add(f"its rule for points: {wrong.reason} (scored by the right answer alone)")
        return OrderKey(sequence=right), points or Decimal(1)
    losses.add("its points for partly right orders (all or nothing instead)")
    return OrderKey(sequence=right), whole


def _order_worth(
    scoring: Literal["all_or_nothing", "position", "pairs"],
    given: Sequence[str],
    right: Sequence[str],
) -> Fraction:
    if tuple(given) == tuple(right):
        return Fraction(1)
    if scoring == "position":
        hits = sum(one == other for one, other in zip(given, right, strict=True))
        return Fraction(hits, len(right))
    if scoring == "pairs":
        follows = set(pairwise(given))
        hits = sum(pair in follows for pair in pairwise(right))
        return Fraction(hits, max(1, len(right) - 1))
    return Fraction(0)


def match_key(
    rules: Rules,
    name: str,
    *,
    sources: Sequence[str],
    targets: Sequence[str],
    points: Decimal | None,
    losses: Losses,
) -> tuple[MatchKey, Decimal]:
    """Pairs from source to target; the file may hold them the other way round."""
    mapping = rules.responses[name].mapping
    worth = {entry.key: entry.value for entry in mapping.entries} if mapping else {}
    right = trial.ids(rules.right(name)) or tuple(pair for pair, one in worth.items() if one > 0)
    pairs: dict[str, tuple[str, ...]] = {}
    for pair in right:
        ends = pair.split()
        if len(ends) == 2 and ends[0] in targets and ends[1] in sources:  # noqa: PLR2004
            ends.reverse()
        if len(ends) != 2 or ends[0] not in sources or ends[1] not in targets:  # noqa: PLR2004
            refuse(f"a right pair of what is not there: {pair[:80]}")
        pairs[ends[0]] = tuple(dict.fromkeys((*pairs.get(ends[0], ()), ends[1])))
    pairs = {source: pairs[source] for source in sources if source in pairs}
    if not pairs:
        refuse("no right pairs")
    if rules.none:
        losses.add("a rule for points, which the file has not (each right pair counts alike)")
        return MatchKey(pairs=pairs), points or Decimal(1)
    spelled = {tuple(pair.split()): pair for pair in right}
    try:
        whole = points or rules.score({name: Many(right)})
        if whole <= 0:
            refuse("rules that give the right pairs no points")
        tried = Trial(rules, name, whole=whole)
        if found := _match_fit(tried, pairs, sources=sources, targets=targets, spelled=spelled):
            return found, whole
    except Refused as wrong:
        losses.add(f"its rule for points: {wrong.reason} (each right pair counts alike)")
        return MatchKey(pairs=pairs), points or Decimal(1)
    losses.add("its points for partly right pairs (each right pair counts alike)")
    return MatchKey(pairs=pairs), whole


def _match_fit(
    tried: Trial,
    pairs: Mapping[str, tuple[str, ...]],
    *,
    sources: Sequence[str],
    targets: Sequence[str],
    spelled: Mapping[tuple[str, ...], str],
) -> MatchKey | None:
    right = [(source, target) for source, found in pairs.items() for target in found]
    everything = [(source, target) for source in sources for target in targets]
    wrong = [pair for pair in everything if pair not in set(right)][:60]

    def say(chosen: Sequence[_Pair]) -> Fraction:
        texts = (spelled.get(pair, spelled.get(pair[::-1], " ".join(pair))) for pair in chosen)
        return tried.part(Many(tuple(texts)) if chosen else None)

    lacking = [say([other for other in right if other != pair]) for pair in right]
    alone = [say([pair]) for pair in right]
    if len(right) > 1 and not any(lacking) and not any(alone):
        return MatchKey(pairs=dict(pairs), scoring="all_or_nothing")
    brought = {
        source: sum(
            (one for pair, one in zip(right, alone, strict=True) if pair[0] == source), Fraction(0)
        )
        for source in pairs
    }
    if not close(sum(brought.values(), Fraction(0)), Fraction(1)):
        return None
    for pair, one in zip(right, alone, strict=True):
        if not close(one, brought[pair[0]] / len(pairs[pair[0]])):
            return None
    costs = _costs(say, right, wrong, brought, tried)
    if any(not close(cost, costs[0]) for cost in costs):
        return None
    # A source that belongs nowhere would count as right where it is left alone; it has no weight.
    alike = len(pairs) == len(sources) and all(
        close(one, Fraction(1, len(pairs))) for one in brought.values()
    )
    weights = None if alike else {source: _decimal(one) for source, one in brought.items()}
    return MatchKey(
        pairs=dict(pairs),
        weights=weights,
        wrong_costs=_decimal(costs[0]) if costs else Decimal(0),
    )


def _costs(
    say: Callable[[Sequence[_Pair]], Fraction],
    right: Sequence[_Pair],
    wrong: Sequence[_Pair],
    brought: Mapping[str, Fraction],
    tried: Trial,
) -> list[Fraction]:
    """What each wrong pair takes beside the right ones it stands instead of."""
    costs: list[Fraction] = []
    for pair in wrong:
        kept = [other for other in right if other[0] != pair[0]]
        left = say([*kept, pair])
        if left > 0:
            costs.append(Fraction(1) - brought.get(pair[0], 0) - left)
    mapping = tried.rules.responses[tried.name].mapping
    if not costs and mapping is not None and mapping.default < 0:
        # Wherever it could be seen, nothing was left to be taken from.
        costs.append(Fraction(-mapping.default) / Fraction(tried.whole))
    return costs


def _decimal(value: Fraction) -> Decimal:
    return share(Decimal(value.numerator), Decimal(value.denominator))
