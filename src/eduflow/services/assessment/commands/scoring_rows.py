"""Writing a scoring version: the keys, rubrics, points and policy that count together."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.commands.assessment_rows import Known
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.model.scoring_policy import COUNTED, ScoringPolicy
from eduflow.services.assessment.stored import as_json

NEWEST = (
    "(SELECT coalesce(jsonb_object_agg(i.question_version_id, (SELECT max(k.number)"
    " FROM answer_keys AS k WHERE k.question_version_id = i.question_version_id)), '{{}}')"
    " FROM section_items AS i JOIN assessment_sections AS s ON s.id = i.section_id"
    " WHERE s.assessment_version_id = {form}) AS key_set,"
    " (SELECT coalesce(jsonb_object_agg(i.question_id, v.id), '{{}}')"
    " FROM section_items AS i JOIN assessment_sections AS s ON s.id = i.section_id"
    " JOIN scoring_rubrics AS r ON r.question_id = i.question_id"
    " JOIN scoring_rubric_versions AS v ON v.rubric_id = r.id AND v.number = r.current_number"
    " WHERE s.assessment_version_id = {form}) AS rubric_set"
)
"""The newest keys and rubrics of the questions of a form."""
_INSERT = (
    "INSERT INTO scoring_versions (id, institution_id, assessment_id, number, cause, reason, state,"
    " key_set, rubric_set, points_set, policy, made_by, made_at)"
    " SELECT $1, $2, $3, $4, $5, $6, 'published', $7::text::jsonb, $8::text::jsonb,"
    " $9::text::jsonb, $10::text::jsonb, $11, $12 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT scoring_versions_number_once DO NOTHING"
)


class ScoringSets(msgspec.Struct, frozen=True, kw_only=True):
    """What counts together."""

    keys: Mapping[UUID, int]
    rubrics: Mapping[UUID, UUID]
    points: Mapping[UUID, list[Decimal]]
    policy: ScoringPolicy


def policy_of(known: Known) -> ScoringPolicy:
    """As the delivery policy of the test now has it."""
    return ScoringPolicy(**{name: getattr(known, name) for name in COUNTED})


def write_scoring(
    work: UnitOfWork, assessment: AssessmentId, *, number: int, cause: str, sets: ScoringSets
) -> None:
    """Write a version that counts at once."""
    work.write(
        _INSERT,
        new_id(),
        work.identity.institution,
        assessment,
        number,
        cause,
        "",
        as_json(sets.keys),
        as_json(sets.rubrics),
        as_json(sets.points),
        as_json(sets.policy),
        work.identity.user,
        work.now,
    )
