"""Writing a version of a rubric, whole and for ever."""

from typing import Any

import msgspec

from eduflow.contracts.api_core_grading import RubricFrozen
from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.api_core.grading_views import CriterionView, RatingView, RubricVersionView
from eduflow.services.api_core.ids import (
    CourseId,
    CriterionId,
    RatingId,
    RubricId,
    RubricVersionId,
)
from eduflow.services.api_core.model.exact import exact


class NewRating(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named level."""

    label: str
    points: float


class NewCriterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a rubric, with the most it gives."""

    description: str
    points: float
    grader_note: str = ""
    ratings: tuple[NewRating, ...] = ()


_VERSION = (
    "INSERT INTO rubric_versions (id, institution_id, course_id, rubric_id, number, frozen_at)"
    " SELECT $1, $2, $3, $4, $5, $6 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT rubric_versions_number_once DO NOTHING"
)
_CRITERIA = (
    "INSERT INTO rubric_criteria (id, institution_id, rubric_version_id, position, description,"
    " grader_note, points)"
    " SELECT c.id, $1, $2, c.position, c.description, c.grader_note, c.points"
    " FROM jsonb_to_recordset($3::text::jsonb) AS c(id uuid, position int, description text,"
    " grader_note text, points numeric) WHERE {allowed}"
)
_RATINGS = (
    "INSERT INTO rubric_ratings (id, institution_id, criterion_id, position, label, points)"
    " SELECT r.id, $1, r.criterion_id, r.position, r.label, r.points"
    " FROM jsonb_to_recordset($2::text::jsonb) AS r(id uuid, criterion_id uuid, position int,"
    " label text, points numeric) WHERE {allowed}"
)


def write_version(
    work: UnitOfWork,
    criteria: tuple[NewCriterion, ...],
    *,
    course: CourseId,
    rubric: RubricId,
    number: int,
) -> RubricVersionView:
    """Write the version with its criteria and levels, and say that it is frozen."""
    version = RubricVersionView(
        id=RubricVersionId(new_id()),
        number=number,
        frozen_at=work.now,
        criteria=[_criterion(one) for one in criteria],
    )
    institution = work.identity.institution
    work.write(_VERSION, version.id, institution, course, rubric, number, work.now)
    lines = [
        {"position": place, **msgspec.structs.asdict(one)}
        for place, one in enumerate(version.criteria, 1)
    ]
    levels: list[dict[str, Any]] = [
        {"criterion_id": one.id, "position": place, **msgspec.structs.asdict(level)}
        for one in version.criteria
        for place, level in enumerate(one.ratings, 1)
    ]
    work.write(_CRITERIA, institution, version.id, _json(lines), changes=len(lines))
    work.write(_RATINGS, institution, _json(levels), changes=len(levels))
    work.record(
        RubricFrozen(
            institution_id=institution,
            rubric_id=rubric,
            rubric_version_id=version.id,
            course_id=course,
            number=number,
        )
    )
    return version


def _criterion(new: NewCriterion) -> CriterionView:
    return CriterionView(
        id=CriterionId(new_id()),
        description=new.description,
        grader_note=new.grader_note,
        points=float(exact(new.points)),
        ratings=[
            RatingView(id=RatingId(new_id()), label=r.label, points=float(exact(r.points)))
            for r in new.ratings
        ],
    )


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
