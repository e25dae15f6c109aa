"""What work is worth: late policy, dropped scores, weights. Exact; rounded once, at the end.

Everything the gradebook shows is computed here and nowhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import msgspec

_PLACES = 4
_LETTERS = (("A", 90), ("B", 80), ("C", 70), ("D", 60))


class Step(msgspec.Struct, frozen=True):
    """So many minutes before, or after, the due date: so many per cent of the score."""

    minutes: int
    percent: int


class Curve(msgspec.Struct, frozen=True):
    """What is added to work handed in early, and taken from work handed in late.

    Of each list one step counts: the one furthest from the due date that was reached. A late step
    of 0 minutes is reached by whatever is late at all.
    """

    early: tuple[Step, ...] = ()
    late: tuple[Step, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """Assignments that are weighed together."""

    id: UUID
    weight: Decimal
    drop_lowest: int


class Scored(msgspec.Struct, frozen=True):
    """One score that counts: not excused, not a draft's."""

    assignment_id: UUID
    group_id: UUID
    points: Decimal
    score: Decimal


class GroupGrade(msgspec.Struct, frozen=True):
    """What a group comes to. `percent` is null while nothing in it has points."""

    group_id: UUID
    earned: Decimal
    possible: Decimal
    percent: Decimal | None


class Grade(msgspec.Struct, frozen=True):
    """What a course comes to, over what is graded so far."""

    percent: Decimal | None
    letter: str | None
    groups: tuple[GroupGrade, ...]
    dropped: frozenset[UUID]


def is_late(handed_in: datetime | None, *, due_at: datetime | None) -> bool:
    """Handed in after the due date; at the very moment is in time."""
    return handed_in is not None and due_at is not None and handed_in > due_at


def worth(
    given: Decimal, curve: Curve, *, handed_in: datetime | None, due_at: datetime | None
) -> Decimal:
    """The given score with its early bonus, or less its late penalty; never below nothing."""
    if handed_in is None or due_at is None:
        return given
    late = handed_in > due_at
    distance = abs(handed_in - due_at)
    reached = [
        step
        for step in (curve.late if late else curve.early)
        if distance >= timedelta(minutes=step.minutes)
    ]
    if not reached:
        return given
    percent = max(reached, key=lambda step: step.minutes).percent
    factor = Fraction(100 - percent if late else 100 + percent, 100)
    return _rounded(max(Fraction(given) * factor, Fraction(0)))


def share_of(points: Decimal, *, score: Decimal, out_of: Decimal) -> Decimal:
    """The same share of `points` as the score is of what it was given out of; never below nothing.

    Out of nothing it stays as it is: then it is a bonus.
    """
    earned = max(Fraction(score), Fraction(0))
    return _rounded(earned * Fraction(points) / Fraction(out_of) if out_of else earned)


def dropped(scores: Sequence[Scored], drop_lowest: int) -> frozenset[UUID]:
    """Which scores to leave out, so that the rest is worth the most; one always stays.

    The lowest percentages are not always the ones: a bad score on a large assignment costs more
    than a worse one on a small one. What keeps the greatest sum of `score - q * points` is best
    for the share q that it comes to itself, and q grows until it does (Dinkelbach 1967).
    Assignments without points only add, and are never left out.
    """
    counted = sorted((s for s in scores if s.points > 0), key=lambda s: s.assignment_id)
    keep = max(1, len(counted) - drop_lowest)
    if keep >= len(counted):
        return frozenset()
    extra = sum((Fraction(s.score) for s in scores if s.points == 0), Fraction(0))
    share = Fraction(-1)
    while True:
        q = share
        best = sorted(counted, key=lambda s: Fraction(s.score) - q * Fraction(s.points))[-keep:]
        earned = extra + sum(Fraction(s.score) for s in best)
        share = earned / sum(Fraction(s.points) for s in best)
        if share == q:
            kept = {s.assignment_id for s in best}
            return frozenset(s.assignment_id for s in counted if s.assignment_id not in kept)


def course_grade(scores: Sequence[Scored], groups: Mapping[UUID, Group]) -> Grade:
    """Groups by their weights, over those that have something graded.

    Where no group of the course weighs anything, all points count alike.
    """
    left_out: set[UUID] = set()
    told: list[GroupGrade] = []
    shares: list[tuple[Fraction, Fraction, Fraction]] = []
    for group in sorted(groups.values(), key=lambda g: g.id):
        own = [s for s in scores if s.group_id == group.id]
        left_out |= (out := dropped(own, group.drop_lowest))
        kept = [s for s in own if s.assignment_id not in out]
        earned = sum((Fraction(s.score) for s in kept), Fraction(0))
        possible = sum((Fraction(s.points) for s in kept), Fraction(0))
        share = earned / possible * 100 if possible else None
        percent = None if share is None else _rounded(share)
        told.append(GroupGrade(group.id, _rounded(earned), _rounded(possible), percent))
        if possible:
            shares.append((Fraction(group.weight), earned, possible))
    total = _total(shares, weighted=any(g.weight > 0 for g in groups.values()))
    percent = None if total is None else _rounded(total)
    return Grade(percent, letter_of(percent), tuple(told), frozenset(left_out))


def _total(
    shares: Sequence[tuple[Fraction, Fraction, Fraction]], *, weighted: bool
) -> Fraction | None:
    if weighted:
        weights = sum((weight for weight, _, _ in shares), Fraction(0))
        if not weights:
            return None
        return sum((w * e / p for w, e, p in shares), Fraction(0)) / weights * 100
    possible = sum((p for _, _, p in shares), Fraction(0))
    return sum((e for _, e, _ in shares), Fraction(0)) / possible * 100 if possible else None


def letter_of(percent: Decimal | None) -> str | None:
    """A from 90, B from 80, C from 70, D from 60, otherwise F."""
    if percent is None:
        return None
    return next((letter for letter, least in _LETTERS if percent >= least), "F")


def _rounded(value: Fraction) -> Decimal:
    return Decimal(round(value * 10**_PLACES)).scaleb(-_PLACES)
