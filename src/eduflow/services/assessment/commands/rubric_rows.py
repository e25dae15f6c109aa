"""Writing what answers are read by, whole and for ever."""

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.authoring_problems import RubricUnfit
from eduflow.services.assessment.authoring_views import Criterion, Level, Rubric, RubricVersion
from eduflow.services.assessment.ids import (
    CriterionId,
    QuestionId,
    RubricId,
    RubricVersionId,
)
from eduflow.services.assessment.model.rubric import faults_of
from eduflow.services.assessment.stored import as_json, digest_of_rubric


class NewLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be awarded."""

    points: float
    title: str
    description: str = ""


class NewCriterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A line; `points` is the most it gives, and its best level's."""

    key: str
    title: str
    description: str = ""
    points: float
    levels: tuple[NewLevel, ...]
    grader_note: str = ""


class NewRubricVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of it anew."""

    criteria: tuple[NewCriterion, ...]
    guidelines: str = ""


class NewRubric(NewRubricVersion, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """With its name."""

    title: str


_RUBRIC = (
    "INSERT INTO scoring_rubrics (id, institution_id, question_id, title)"
    " SELECT $1, $2, $3, $4 WHERE {allowed}"
)
_VERSION = (
    "INSERT INTO scoring_rubric_versions (id, institution_id, rubric_id, number, guidelines,"
    " sha256, made_by, frozen_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT scoring_rubric_versions_number_once DO NOTHING"
)
_CRITERIA = (
    "INSERT INTO scoring_criteria (id, institution_id, rubric_version_id, key, position, title,"
    " description, points, levels, grader_note)"
    " SELECT c.id, $1, $2, c.key, c.position, c.title, c.description, c.points, c.levels,"
    " c.grader_note FROM jsonb_to_recordset($3::text::jsonb) AS c(id uuid, key text, position int,"
    " title text, description text, points numeric, levels jsonb, grader_note text)"
    " WHERE {allowed}"
)


def write_rubric(work: UnitOfWork, question: QuestionId, *, new: NewRubric) -> Rubric:
    """Write a rubric with its first version."""
    rubric = RubricId(new_id())
    work.write(_RUBRIC, rubric, work.identity.institution, question, new.title)
    first = write_rubric_version(work, rubric, number=1, new=new)
    return Rubric(id=rubric, question_id=question, title=new.title, current=first, version=1)


def write_rubric_version(
    work: UnitOfWork, rubric: RubricId, *, number: int, new: NewRubricVersion
) -> RubricVersion:
    """Write a version; it is frozen at once."""
    if faults := faults_of(new.criteria):
        raise RubricUnfit(errors=faults)
    criteria = [_criterion(one) for one in new.criteria]
    lines = [msgspec.to_builtins(one) for one in criteria]
    digest = digest_of_rubric(new.guidelines, lines)
    version = RubricVersion(
        id=RubricVersionId(new_id()),
        number=number,
        guidelines=new.guidelines,
        sha256=digest.hex(),
        made_by=work.identity.user,
        frozen_at=work.now,
        criteria=criteria,
    )
    institution = work.identity.institution
    work.write(
        _VERSION,
        version.id,
        institution,
        rubric,
        number,
        version.guidelines,
        digest,
        version.made_by,
        work.now,
    )
    rows = [{"position": place, **line} for place, line in enumerate(lines, 1)]
    work.write(_CRITERIA, institution, version.id, as_json(rows), changes=len(rows))
    return version


def _criterion(new: NewCriterion) -> Criterion:
    return Criterion(
        id=CriterionId(new_id()),
        key=new.key,
        title=new.title,
        description=new.description,
        points=new.points,
        levels=[
            Level(points=one.points, title=one.title, description=one.description)
            for one in sorted(new.levels, key=lambda level: level.points)
        ],
        grader_note=new.grader_note,
    )
