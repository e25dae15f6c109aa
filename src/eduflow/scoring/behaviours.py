"""From tries to points: what an attempt is worth, as a pure fold of what was recorded.

A regrade judges every recorded try anew and folds again; the same tries and the same policy are the
same points, whenever it is done. All sums are of fractions; rounded once, at the end.

Certainty-based marking is Gardner-Medwin's, as Moodle has it (`qbehaviour_deferredcbm`): unsure,
fairly sure, quite sure bring 1, 2 or 3 for a right answer and 0, -2 or -6 for a wrong one; part of
the points is that part of the mark for a right answer. Here 3 is the whole: a third of the points
for a right answer given unsurely, all for one given surely, and twice the points lost for a wrong
one given surely.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Literal

import msgspec

from eduflow.scoring.shares import NOUGHT, WHOLE, between_none_and_all

_CERTAINTY = {1: (1, 0), 2: (2, -2), 3: (3, -6)}
_SURE = 3
_SECONDS = {"hour": 3600, "day": 86400}


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that was handed in to be judged, in the order in which they were."""

    question: str
    fraction: Decimal
    """As `judge`, or who read it, said."""
    answered: bool = True
    """False: nothing was given, which costs nothing either."""
    needs_reading: bool = False
    certainty: int | None = None
    hints: int = 0
    """How many hints had been seen before it."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question of this attempt, and what it counts for."""

    points: Decimal
    hint_costs: tuple[Decimal, ...] = ()
    counts: Literal["as_judged", "all_right", "not"] = "as_judged"
    """What became of it since: a question found faulty is right for all, or taken out."""


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What handing in late takes from what was earned; nothing within `grace_seconds`.

    Beyond it, every hour or day counts that was begun since the deadline itself. `flat` takes once.
    """

    percent: Decimal
    per: Literal["hour", "day", "flat"] = "day"
    grace_seconds: int = 0
    most: Decimal = Decimal(100)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How tries become points."""

    behaviour: Literal["deferred", "immediate", "interactive", "certainty"] = "deferred"
    tries: tuple[Decimal, ...] = (Decimal(1),)
    """Interactive: share of the points that each try may bring; what comes after brings nothing."""
    wrong_costs: Decimal = Decimal(0)
    """Share of a question's points that an answer worth nothing takes. Silence takes none."""
    floor: Decimal | None = Decimal(0)
    """Of a question, and so of the whole; None: as far down as it goes."""
    late: Late | None = None
    places: int = 2


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt is worth. While something is unread, of what has been read."""

    points: Decimal
    possible: Decimal
    unread: int
    by_question: dict[str, Decimal]
    late_percent: Decimal = Decimal(0)
    """What lateness took of `points`; `by_question` is before it."""


def fold_attempt(
    tries: Sequence[Try], policy: Policy, *, asked: Mapping[str, Asked], late_seconds: int
) -> Result:
    """The points of one attempt. Tries of questions that are not asked (any more) are passed by."""
    own: dict[str, list[Try]] = {question: [] for question in asked}
    for one in tries:
        if one.question in own:
            own[one.question].append(one)
    worth: dict[str, Fraction] = {}
    possible, unread = NOUGHT, 0
    for question, counted in asked.items():
        if counted.counts == "not":
            continue
        possible += Fraction(counted.points)
        given = own[question]
        waits = counted.counts == "as_judged" and _waits(given, policy)
        unread += waits
        share = NOUGHT if waits else fold_question(given, policy, asked=counted)
        worth[question] = share * Fraction(counted.points)
    total = sum(worth.values(), NOUGHT)
    taken = late_percent(policy.late, late_seconds)
    if total > 0:
        total *= 1 - taken / 100
    if policy.floor is not None:
        total = max(total, Fraction(policy.floor))
    return Result(
        points=rounded(total, places=policy.places),
        possible=rounded(possible, places=policy.places),
        unread=unread,
        by_question={
            question: rounded(share, places=policy.places) for question, share in worth.items()
        },
        late_percent=rounded(taken, places=policy.places),
    )


def fold_question(tries: Sequence[Try], policy: Policy, *, asked: Asked) -> Fraction:
    """Share of the question's points; below nought where policy or certainty says so."""
    if asked.counts == "all_right":
        return WHOLE
    # Immediate: feedback was given after the first, so that what came later proves nothing.
    counted = tries[:1] if policy.behaviour == "immediate" else tries[-1:]
    if policy.behaviour == "interactive":
        worth = _best(tries, policy, asked=asked)
    elif not counted or not counted[0].answered:
        worth = NOUGHT
    elif policy.behaviour == "certainty":
        worth = _by_certainty(counted[0])
    else:
        worth = _less_hints(counted[0], asked=asked) or -Fraction(policy.wrong_costs)
    return worth if policy.floor is None else max(worth, Fraction(policy.floor))


def _waits(tries: Sequence[Try], policy: Policy) -> bool:
    if policy.behaviour == "interactive":
        return any(one.needs_reading for one in tries[: len(policy.tries)])
    counted = tries[:1] if policy.behaviour == "immediate" else tries[-1:]
    return any(one.needs_reading for one in counted)


def _best(tries: Sequence[Try], policy: Policy, *, asked: Asked) -> Fraction:
    """The try that brings most: to try again never takes what an earlier one has brought.

    And so a corrected key that makes an early try right gives its points, whatever came after.
    """
    given = [one for one in tries if one.answered]
    worths = [
        between_none_and_all(Fraction(share)) * _less_hints(one, asked=asked)
        for share, one in zip(policy.tries, given, strict=False)
    ]
    best = max(worths, default=NOUGHT)
    return best if best or not given else -Fraction(policy.wrong_costs)


def _less_hints(one: Try, *, asked: Asked) -> Fraction:
    cost = sum((Fraction(cost) for cost in asked.hint_costs[: max(0, one.hints)]), NOUGHT)
    return between_none_and_all(Fraction(one.fraction)) * between_none_and_all(WHOLE - cost)


def _by_certainty(one: Try) -> Fraction:
    # Who does not say how sure is taken to be unsure, as in Moodle.
    right, wrong = _CERTAINTY.get(one.certainty or 1, _CERTAINTY[1])
    fraction = between_none_and_all(Fraction(one.fraction))
    return fraction * Fraction(right, _SURE) if fraction else Fraction(wrong, _SURE)


def late_percent(late: Late | None, seconds: int) -> Fraction:
    """How many per cent of what was earned are taken."""
    if late is None or seconds <= max(0, late.grace_seconds):
        return NOUGHT
    begun = 1 if late.per == "flat" else -(-seconds // _SECONDS[late.per])
    most = min(max(Fraction(late.most), NOUGHT), Fraction(100))
    return min(max(Fraction(late.percent), NOUGHT) * begun, most)


def fold_attempts(
    points: Sequence[Decimal],
    *,
    keep: Literal["highest", "last", "first", "average"],
    places: int,
) -> Decimal | None:
    """What several attempts come to, in the order they were begun; None where there is none."""
    if not points:
        return None
    match keep:
        case "highest":
            return max(points)
        case "last":
            return points[-1]
        case "first":
            return points[0]
        case "average":
            return rounded(sum(map(Fraction, points), NOUGHT) / len(points), places=places)


def rounded(value: Fraction, *, places: int) -> Decimal:
    """Half away from nought, as marks are rounded by hand."""
    with localcontext() as exact:
        exact.prec = 60
        return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
            Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP
        ) + 0
