"""What a rubric comes to: criteria, their levels, weights and deductions."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import msgspec

from eduflow.scoring.behaviours import rounded
from eduflow.scoring.shares import NOUGHT


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a criterion, and its points."""

    id: str
    points: Decimal


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is looked at."""

    id: str
    points: Decimal
    """The most it brings; of a deduction, the most it takes."""
    levels: tuple[Level, ...] = ()
    weight: Decimal = Decimal(1)
    deduction: bool = False


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """What a rubric came to."""

    fraction: Decimal
    """Of the question's points, 0 to 1, to six places."""
    missing: tuple[str, ...]
    """Criteria without a mark, in the rubric's order; while there is one, it is not finished."""
    by_criterion: dict[str, Decimal]


class BadMark(ValueError):  # noqa: N818 - a state of the mark
    """A mark that the rubric does not know: no such criterion, no such level, out of range."""

    def __init__(self, criterion: str, message: str) -> None:
        super().__init__(f"{criterion}: {message}")
        self.criterion = criterion
        self.message = message


def fold_rubric(
    criteria: tuple[Criterion, ...], marks: Mapping[str, str | Decimal], *, cap: Decimal | None
) -> Marked:
    """Points times weight, less deductions, of the most there is; within 0 and `cap`.

    A mark is a level's id, or points between 0 and the criterion's. `cap` is in weighted points.
    """
    known = {criterion.id for criterion in criteria}
    for name in marks:
        if name not in known:
            raise BadMark(name, "is no criterion of this rubric")
    given = {
        criterion.id: _points(criterion, marks[criterion.id]) * Fraction(criterion.weight)
        for criterion in criteria
        if criterion.id in marks
    }
    taken = {criterion.id for criterion in criteria if criterion.deduction}
    possible = sum(
        (Fraction(one.points) * Fraction(one.weight) for one in criteria if not one.deduction),
        NOUGHT,
    )
    total = sum((-own if name in taken else own for name, own in given.items()), NOUGHT)
    total = max(NOUGHT, min(total, possible if cap is None else Fraction(cap)))
    share = min(Fraction(1), total / possible) if possible > 0 else NOUGHT
    return Marked(
        fraction=rounded(share, places=6),
        # A deduction that nobody made is none.
        missing=tuple(one.id for one in criteria if one.id not in given and one.id not in taken),
        by_criterion={
            name: rounded(-own if name in taken else own, places=6) for name, own in given.items()
        },
    )


def _points(criterion: Criterion, mark: str | Decimal) -> Fraction:
    if isinstance(mark, str):
        for level in criterion.levels:
            if level.id == mark:
                return Fraction(level.points)
        raise BadMark(criterion.id, "has no such level")
    if not mark.is_finite() or not 0 <= mark <= criterion.points:
        raise BadMark(criterion.id, f"takes 0 to {criterion.points} points")
    return Fraction(mark)
