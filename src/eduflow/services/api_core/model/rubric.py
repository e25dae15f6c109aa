"""What a rubric's marks come to."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.problems import Invalid


class NotOfThisRubric(Invalid):
    """A criterion or rating is not one of the rubric, or the points are more than it gives."""

    code, title = "api_core.not-of-this-rubric", "The rubric has no such mark"


class CriteriaUnmarked(Invalid):
    """A grade by the rubric needs a mark on each criterion. Facts: `criteria` without one."""

    code, title = "api_core.criteria-unmarked", "Some criteria have no mark yet"


class Rating(msgspec.Struct, frozen=True):
    """A named level of a criterion."""

    id: UUID
    points: Decimal


class Criterion(msgspec.Struct, frozen=True):
    """One line of a rubric, and the points it gives at most."""

    id: UUID
    points: Decimal
    ratings: tuple[Rating, ...] = ()


class Mark(msgspec.Struct, frozen=True):
    """A level, or points; a level's points are its own."""

    rating_id: UUID | None = None
    points: Decimal | None = None
    comment: str = ""


def marked(criteria: Sequence[Criterion], criterion: UUID, *, mark: Mark) -> Decimal:
    """The points of a mark; raises NotOfThisRubric where the rubric gives no such mark."""
    found = next((c for c in criteria if c.id == criterion), None)
    if found is None:
        raise NotOfThisRubric("There is no such criterion.", criterion_id=str(criterion))
    if mark.rating_id is not None:
        rating = next((r for r in found.ratings if r.id == mark.rating_id), None)
        if rating is None or mark.points not in (None, rating.points):
            raise NotOfThisRubric("The criterion has no such level.", criterion_id=str(criterion))
        return rating.points
    if mark.points is None or not 0 <= mark.points <= found.points:
        raise NotOfThisRubric(
            "Say a level, or points within what the criterion gives.", criterion_id=str(criterion)
        )
    return mark.points


def total(criteria: Sequence[Criterion], points: Mapping[UUID, Decimal]) -> Decimal:
    """The sum over every criterion; raises CriteriaUnmarked where one is missing."""
    missing = [str(c.id) for c in criteria if c.id not in points]
    if missing:
        raise CriteriaUnmarked(criteria=missing)
    return sum((points[c.id] for c in criteria), Decimal(0))
