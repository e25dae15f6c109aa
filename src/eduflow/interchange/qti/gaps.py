"""What is filled into a text: entries, inline choices, dragged words; and single words, numbers."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from eduflow.interchange import limits
from eduflow.interchange.qti import trial
from eduflow.interchange.qti.feedback import Answers
from eduflow.interchange.qti.kinds import Given, Made, options
from eduflow.interchange.qti.names import whole, yes
from eduflow.interchange.qti.processing import Rules
from eduflow.interchange.qti.trial import share
from eduflow.interchange.qti.typed import NOBODY, Blank, Numbers, Words, figures, words
from eduflow.interchange.qti.values import Value
from eduflow.interchange.reading import Losses
from eduflow.interchange.unreadable import Refused, refuse
from eduflow.interchange.xml import Node
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys

_NUMBERS = {"float", "integer"}
COSTS = "that a wrong answer costs points (it costs none)"
_LINE = ours.ShortText().max_length


class _Filled(msgspec.Struct, frozen=True, kw_only=True):
    gap: ours.Gap
    key: keys.GapKey
    points: Decimal


def _full(blank: Blank, found: Words | Numbers) -> Value:
    first = found.accepted[0] if found.accepted else None
    if isinstance(first, keys.Accepted):
        return first.text
    return blank.rules.right(blank.name)


def word(given: Given) -> Made:
    """One entry behind the question."""
    response = given.rules.responses[given.name]
    blank = Blank(given.rules, given.name, others={})
    if response.base_type in _NUMBERS:
        return _number(given, blank)
    _tell_costs(given, blank)
    found = words(blank, points=given.points, losses=given.losses)
    if not found.accepted:
        given.losses.add("an answer to compare with, which the file has not (a person reads it)")
    longest = whole(given.node, "expected-length", otherwise=0)
    return Made(
        interaction=ours.ShortText(max_length=max(_LINE, longest)),
        key=keys.ShortTextKey(
            accepted=found.accepted,
            rules=found.rules,
            unmatched="wrong" if found.accepted else "read",
        ),
        points=found.points,
        answers=Answers(
            right={given.name: _full(blank, found)},
            wrong={given.name: NOBODY},
            texts={one.text: {given.name: one.text} for one in found.accepted},
        ),
    )


def _tell_costs(given: Given, blank: Blank) -> None:
    try:
        costs = not blank.rules.none and blank.costs
    except Refused:
        return  # What its rules are is told where they are needed.
    if costs:
        given.losses.add(COSTS)


def _number(given: Given, blank: Blank) -> Made:
    _tell_costs(given, blank)
    found = figures(blank, rights=given.templates.rights, points=given.points, losses=given.losses)
    if not found.accepted:
        refuse("a number to be found, and no right one")
    right = blank.rules.right(given.name)
    if not isinstance(right, Decimal):
        first = found.accepted[0].value
        right = Decimal(first) if re.fullmatch(r"-?[\d.]+", first) else None
    wrong = right + 1 + abs(right) * 10 if isinstance(right, Decimal) else None
    return Made(
        interaction=ours.Numeric(),
        key=keys.NumericKey(accepted=found.accepted, rules=found.rules),
        points=found.points,
        answers=Answers(right={given.name: right}, wrong={given.name: wrong}),
    )


def slider(given: Given) -> Made:
    given.losses.add("that the number is set with a slider (it is typed)")
    return _number(given, Blank(given.rules, given.name, others={}))


def gap_fill(given: Sequence[Given]) -> Made:
    """Entries and inline choices in one text."""
    rules, losses = given[0].rules, given[0].losses
    if len(given) > limits.MAX_CHOICES:
        refuse(f"more than {limits.MAX_CHOICES} gaps")
    if len({one.name for one in given}) < len(given):
        refuse("two gaps of one response")
    rights = {one.name: rules.right(one.name) for one in given}
    if rules.none:
        losses.add("a rule for points, which the file has not (each gap counts alike)")
    together = not rules.none and _only_together(rules, given, rights)
    filled = [_gap(one, rights if together else {}) for one in given]
    # Gaps that count alike have no weights.
    if together or rules.none or len({one.points for one in filled}) == 1:
        filled = [
            _Filled(
                gap=one.gap,
                key=msgspec.structs.replace(one.key, weight=Decimal(1)),
                points=one.points,
            )
            for one in filled
        ]
    total = sum((one.points for one in filled), Decimal(0))
    full = rules.score(rights) if together else total
    whole_ = given[0].points or full
    if not together and not rules.none and whole_ != total:
        losses.add(f"that all its gaps bring {total} of {whole_} points (they bring all)")
    return Made(
        interaction=ours.GapFill(
            gaps=tuple(one.gap for one in filled),
            shuffle=any(yes(one.node, "shuffle") for one in given),
        ),
        key=keys.GapFillKey(
            gaps={one.gap.id: one.key for one in filled},
            scoring="all_or_nothing" if together else "each",
        ),
        points=whole_,
        answers=Answers(right=rights, wrong={one.name: None for one in given}),
    )


def _only_together(rules: Rules, given: Sequence[Given], rights: Mapping[str, Value]) -> bool:
    full = rules.score(rights)
    if len(given) < 2 or full <= 0:  # noqa: PLR2004
        return False
    empty = rules.score({})
    return all(rules.score({one.name: rights[one.name]}) <= empty for one in given)


def _gap(given: Given, others: Mapping[str, Value]) -> _Filled:
    node, rules = given.node, given.rules
    response = rules.responses.get(given.name)
    if response is None:
        refuse(f"a gap whose response {given.name} is not declared", line=node.line)
    blank = Blank(rules, given.name, others=others)
    _tell_costs(given, blank)
    if node.name == "qti-inline-choice-interaction":
        choices = options(given, list(node.all("qti-inline-choice")))
        return _chosen(blank, given.name, choices, losses=given.losses)
    length = whole(node, "expected-length", otherwise=0) or None
    if response.base_type in _NUMBERS:
        numbers = figures(blank, rights=given.templates.rights, points=None, losses=given.losses)
        return _Filled(
            gap=ours.Gap(id=given.name, numeric=True, width=length),
            key=keys.GapKey(
                accepted=tuple(
                    keys.Accepted(text=one.value, worth=one.worth) for one in numbers.accepted
                ),
                numbers=numbers.rules,
                weight=weight_of(numbers.points),
            ),
            points=numbers.points,
        )
    found = words(blank, points=None, losses=given.losses)
    if not found.accepted:
        refuse(f"a gap ({given.name}) without a right answer", line=node.line)
    return _Filled(
        gap=ours.Gap(id=given.name, width=length),
        key=keys.GapKey(accepted=found.accepted, rules=found.rules, weight=weight_of(found.points)),
        points=found.points,
    )


def weight_of(points: Decimal) -> Decimal:
    return share(points, Decimal(1))


def _chosen(
    blank: Blank, name: str, choices: tuple[ours.Option, ...], *, losses: Losses
) -> _Filled:
    right = trial.ids(blank.rules.right(name))
    if blank.rules.none:
        scores = {one.id: Decimal(1) for one in choices if one.id in right}
    else:
        scores = {one.id: blank.score(one.id) for one in choices}
        if min(scores.values(), default=Decimal(0)) < 0:
            losses.add(COSTS)
    best = max(scores.values(), default=Decimal(0))
    if best <= 0:
        refuse(f"a gap ({name}) without a right answer")
    accepted = sorted(
        (
            keys.Accepted(text=one, worth=share(score, best))
            for one, score in scores.items()
            if score > 0
        ),
        key=lambda one: -one.worth,
    )
    return _Filled(
        gap=ours.Gap(id=name, options=choices),
        key=keys.GapKey(accepted=tuple(accepted), weight=weight_of(best)),
        points=best,
    )


def entries(nodes: Sequence[Node]) -> bool:
    return all(
        node.name in {"qti-text-entry-interaction", "qti-inline-choice-interaction"}
        for node in nodes
    )
