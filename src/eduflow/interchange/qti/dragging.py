"""Words dragged into the gaps of a text."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from eduflow.interchange.qti import trial
from eduflow.interchange.qti.feedback import Answers
from eduflow.interchange.qti.gaps import COSTS, weight_of
from eduflow.interchange.qti.kinds import Given, Made, options
from eduflow.interchange.qti.names import whole, yes
from eduflow.interchange.qti.trial import share
from eduflow.interchange.qti.values import Many
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

_WRONG_TRIED = 20


def gap_match(given: Given) -> Made:
    """Words dragged into gaps: each gap is chosen from all of them."""
    node, rules, losses = given.node, given.rules, given.losses
    if node.first("qti-gap-img") is not None:
        refuse("pictures dragged into gaps (gapImg)", line=node.line)
    choices = options(given, list(node.all("qti-gap-text")))
    if any(whole(one, "match-max", otherwise=1) for one in node.all("qti-gap-text")):
        losses.add("that each word can be used so often only (any number of times)")
    places = [part for part in node.under() if part.name == "qti-gap"]
    right: dict[str, str] = {}
    for pair in trial.ids(rules.right(given.name)):
        ends = pair.split()
        if len(ends) == 2:  # noqa: PLR2004
            right[ends[1]] = ends[0]
    gaps: dict[str, keys.GapKey] = {}
    for place in places:
        name = place.get("identifier")
        accepted = _dragged(given, name, choices, right.get(name))
        if accepted is None:
            refuse(f"a gap ({name}) that no word belongs into", line=place.line)
        gaps[name] = accepted
    everything = Many(tuple(f"{word} {gap}" for gap, word in right.items()))
    full = Decimal(len(gaps)) if rules.none else rules.score({given.name: everything})
    together = (
        not rules.none
        and len(gaps) > 1
        and not any(rules.score({given.name: Many((pair,))}) for pair in everything.values)
    )
    if rules.none:
        losses.add("a rule for points, which the file has not (each gap counts alike)")
    elif not together and _wrong_costs(given, right, [one.id for one in choices]):
        losses.add(COSTS)
    return Made(
        interaction=ours.GapFill(
            gaps=tuple(ours.Gap(id=name, options=choices) for name in gaps),
            shuffle=yes(node, "shuffle"),
        ),
        key=keys.GapFillKey(gaps=gaps, scoring="all_or_nothing" if together else "each"),
        points=given.points or (full if full > 0 else Decimal(1)),
        answers=Answers(right={given.name: everything}, wrong={given.name: None}),
    )


def _wrong_costs(given: Given, right: Mapping[str, str], words_: Sequence[str]) -> bool:
    """Whether a wrong word beside all the other right ones takes from what those bring."""
    for gap, word_ in right.items():
        others = [f"{one} {place}" for place, one in right.items() if place != gap]
        without = given.rules.score({given.name: Many(tuple(others)) if others else None})
        for wrong in [one for one in words_ if one != word_][:_WRONG_TRIED]:
            if given.rules.score({given.name: Many((*others, f"{wrong} {gap}"))}) < without:
                return True
    return False


def _dragged(
    given: Given, name: str, choices: tuple[ours.Option, ...], right: str | None
) -> keys.GapKey | None:
    """What each word brings here by the rules; by the right answer where they say nothing."""
    scores: dict[str, Decimal] = {}
    try:
        if not given.rules.none:
            scores = {
                one.id: given.rules.score({given.name: Many((f"{one.id} {name}",))})
                for one in choices
            }
    except Refused as wrong:
        given.losses.add(f"its rule for points: {wrong.reason} (each gap counts alike)")
    best = max(scores.values(), default=Decimal(0))
    if best <= 0:
        if right is None:
            return None
        return keys.GapKey(accepted=(keys.Accepted(text=right),))
    accepted = (
        keys.Accepted(text=one, worth=share(score, best))
        for one, score in scores.items()
        if score > 0
    )
    return keys.GapKey(
        accepted=tuple(sorted(accepted, key=lambda one: -one.worth)), weight=weight_of(best)
    )
