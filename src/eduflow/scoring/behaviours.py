"""From tries to a share of the points: what a question is worth, as a pure fold of its tries.

A regrade judges every recorded try anew and folds again; the same tries and the same policy are the
same share, whenever it is done. Shares are exact; whoever makes points of them rounds once.

Certainty-based marking is Gardner-Medwin's, as Moodle has it (`qbehaviour_deferredcbm`): unsure,
fairly sure, quite sure bring 1, 2 or 3 for a right answer and 0, -2 or -6 for a wrong one; part of
the points is that part of the mark for a right answer. Here 3 is the whole: a third of the points
for a right answer given unsurely, all for one given surely, and twice the points lost for a wrong
one given surely.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Literal

import msgspec

from eduflow.scoring.shares import NOUGHT, WHOLE, between_none_and_all

_CERTAINTY = {1: (1, 0), 2: (2, -2), 3: (3, -6)}
_SURE = 3


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that was handed in to be judged, in the order in which they were."""

    fraction: Decimal
    """As `judge`, or who read it, said."""
    answered: bool = True
    """False: nothing was given, which costs nothing either."""
    certainty: int | None = None
    hints: int = 0
    """How many hints had been seen before it."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How tries become points."""

    behaviour: Literal["deferred", "immediate", "interactive", "certainty"] = "deferred"
    tries: tuple[Decimal, ...] = (Decimal(1),)
    """Interactive: share of the points that each try may bring; what comes after brings nothing."""
    floor: Decimal | None = Decimal(0)
    """Of a question; None: as far down as it goes."""


def fold_question(
    tries: Sequence[Try], policy: Policy, *, hint_costs: Sequence[Decimal] = ()
) -> Fraction:
    """Share of the question's points; below nought where certainty was misplaced.

    `hint_costs` are the shares that the first, second, … hint takes of the tries after it.
    """
    # Immediate: feedback was given after the first, so that what came later proves nothing.
    counted = tries[:1] if policy.behaviour == "immediate" else tries[-1:]
    if policy.behaviour == "interactive":
        worth = _best(tries, policy, hint_costs=hint_costs)
    elif not counted or not counted[0].answered:
        worth = NOUGHT
    elif policy.behaviour == "certainty":
        worth = _by_certainty(counted[0])
    else:
        worth = _less_hints(counted[0], hint_costs=hint_costs)
    return worth if policy.floor is None else max(worth, Fraction(policy.floor))


def _best(tries: Sequence[Try], policy: Policy, *, hint_costs: Sequence[Decimal]) -> Fraction:
    """The try that brings most: to try again never takes what an earlier one has brought.

    And so a corrected key that makes an early try right gives its points, whatever came after.
    """
    given = [one for one in tries if one.answered]
    worths = [
        between_none_and_all(Fraction(share)) * _less_hints(one, hint_costs=hint_costs)
        for share, one in zip(policy.tries, given, strict=False)
    ]
    return max(worths, default=NOUGHT)


def _less_hints(one: Try, *, hint_costs: Sequence[Decimal]) -> Fraction:
    cost = sum((Fraction(cost) for cost in hint_costs[: max(0, one.hints)]), NOUGHT)
    return between_none_and_all(Fraction(one.fraction)) * between_none_and_all(WHOLE - cost)


def _by_certainty(one: Try) -> Fraction:
    # Who does not say how sure is taken to be unsure, as in Moodle.
    right, wrong = _CERTAINTY.get(one.certainty or 1, _CERTAINTY[1])
    fraction = between_none_and_all(Fraction(one.fraction))
    return fraction * Fraction(right, _SURE) if fraction else Fraction(wrong, _SURE)


def rounded(value: Fraction, *, places: int) -> Decimal:
    """Half away from nought, as marks are rounded by hand."""
    with localcontext() as exact:
        exact.prec = 60
        return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
            Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP
        ) + 0
