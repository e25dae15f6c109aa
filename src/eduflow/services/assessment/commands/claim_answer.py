"""Take the next answer into one's hands: for a while, without a name, blind if not otherwise."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.scoring.variants import fill_text
from eduflow.services.assessment.commands.judged_rows import CRITERIA, THOUGHTS
from eduflow.services.assessment.grading_views import (
    AwardCriterion,
    AwardLevel,
    GradingFile,
    GradingTask,
    Precedent,
    Suspicion,
    Thought,
    Thoughts,
)
from eduflow.services.assessment.ids import AssessmentId, QuestionId
from eduflow.services.assessment.reading.asking import Criterion
from eduflow.services.assessment.reading.view import view_of
from eduflow.services.assessment.reading_problems import NothingToGrade
from eduflow.services.assessment.under_appeal import ANSWER
from eduflow.services.assessment.uploads import blind_name

_HELD = timedelta(minutes=30)
"""How long an answer stays with a grader who says nothing."""


class ClaimAnswer(Command[GradingTask], frozen=True, kw_only=True):
    """Asked again, it is the answer one has already. `confirm`: what a model thinks is shown."""

    assessment: AssessmentId
    question: QuestionId | None
    confirm: bool


class _File(msgspec.Struct):
    id: UUID
    name: str
    media_type: str
    size: int


class _Waiting(msgspec.Struct, kw_only=True):
    response_id: UUID
    question_id: UUID
    reason: str
    seen_by: list[UUID]
    version: int
    title: str
    body: str
    values: dict[str, str] | None
    value: Any
    files: list[_File]
    guidelines: str | None
    criteria: tuple[Criterion, ...]
    precedents: list[Precedent]
    model: str | None
    small_model: bool | None
    fraction: Decimal | None
    confidence: Decimal | None
    flags: list[str] | None
    thoughts: list[Thought]
    under_appeal: bool


# Whoever has one gets it back; else the first that nobody has, or has had for too long.
_LOOK = (
    "SELECT w.response_id, w.question_id, w.reason, w.seen_by, w.version, v.title, v.body,"
    " (SELECT i -> 'values' FROM jsonb_array_elements(t.items) AS i"
    " WHERE i ->> 'question_version_id' = v.id::text LIMIT 1) AS values, r.value,"
    " coalesce((SELECT json_agg(json_build_object('id', f.id, 'name', f.name, 'media_type',"
    " f.media_type, 'size', f.size)) FROM response_files AS f WHERE f.attempt_id = r.attempt_id"
    " AND f.question_id = r.question_id AND r.value @> jsonb_build_array(f.id)), '[]') AS files,"
    " b.guidelines,"
    f" {CRITERIA.format(rubric='b.id')}, coalesce((SELECT json_agg(json_build_object('id', p.id,"
    " 'criterion', (SELECT c.key FROM scoring_criteria AS c WHERE c.id = p.criterion_id),"
    " 'question', p.question, 'ruling', p.ruling, 'asked_at', p.asked_at, 'ruled_at', p.ruled_at,"
    " 'version', p.version) ORDER BY p.asked_at) FROM rubric_precedents AS p"
    " WHERE p.rubric_version_id = b.id), '[]') AS precedents, j.model, j.small_model, j.fraction,"
    f" j.confidence, j.flags, {THOUGHTS.format(job='j.id')} AS thoughts,"
    f" {ANSWER.format('w.response_id')} AS under_appeal"
    " FROM grading_queue AS w JOIN responses AS r ON r.id = w.response_id"
    " JOIN attempts AS t ON t.id = r.attempt_id"
    " JOIN question_versions AS v ON v.id = r.question_version_id"
    " JOIN assessments AS a ON a.id = w.assessment_id"
    " JOIN scoring_versions AS n ON n.assessment_id = a.id AND n.number = a.scoring_number"
    " LEFT JOIN scoring_rubric_versions AS b ON b.id = (n.rubric_set ->> w.question_id::text)::uuid"
    " LEFT JOIN ai_grading_jobs AS j ON j.id = w.job_id"
    " WHERE w.assessment_id = $1 AND ($2::uuid IS NULL OR w.question_id = $2)"
    " AND (w.state = 'waiting' OR w.state = 'claimed' AND (w.assigned_to = $3"
    " OR w.claimed_until < $4))"
    " ORDER BY (w.state = 'claimed' AND w.assigned_to = $3) DESC, w.question_id, w.order_key"
    " LIMIT 1"
)
_CLAIM = (
    "UPDATE grading_queue SET state = 'claimed', assigned_to = $3, claimed_until = $4, blind = $5,"
    " seen_by = CASE WHEN $5 OR $3 = ANY (seen_by) THEN seen_by ELSE seen_by || $3 END,"
    " version = version + 1 WHERE response_id = $1 AND version = $2 AND {allowed}"
)


async def claim_answer(command: ClaimAnswer, work: UnitOfWork) -> GradingTask:
    grader = work.identity.user
    about = (command.assessment, command.question)
    found = await work.look_one(_LOOK, *about, grader, work.now, into=_Waiting)
    if found is None:
        raise NothingToGrade
    # What is to measure a model is judged without it, whatever the grader would like; and what a
    # model gave an answer under appeal is shown to nobody, so that it has second graders left.
    shown = command.confirm and found.reason != "sample" and not found.under_appeal
    blind = not shown and grader not in found.seen_by
    until = work.now + _HELD
    work.write(_CLAIM, found.response_id, found.version, grader, until, blind)
    return _task(found, command.assessment, blind=blind, until=until)


def _task(
    found: _Waiting, assessment: AssessmentId, *, blind: bool, until: datetime
) -> GradingTask:
    text = found.value if found.flags and isinstance(found.value, str) else ""
    return GradingTask(
        response_id=found.response_id,
        assessment_id=assessment,
        question_id=found.question_id,
        title=found.title,
        body=fill_text(found.body, found.values or {}),
        answer=found.value,
        files=_files(found),
        guidelines=found.guidelines or "",
        criteria=[_criterion(one) for one in found.criteria],
        precedents=found.precedents,
        reason=found.reason,
        flags=found.flags or [],
        suspicions=[Suspicion(span=span) for span in view_of(text, names=()).flagged],
        blind=blind,
        thoughts=None if blind or found.under_appeal else thoughts_of(found),
        under_appeal=found.under_appeal,
        claimed_until=until,
        version=found.version + 1,
    )


def _files(found: _Waiting) -> list[GradingFile]:
    known = {str(one.id): one for one in found.files}
    named = found.value if known else []
    return [
        GradingFile(
            id=one.id,
            name=blind_name(number, one.name),
            media_type=one.media_type,
            size=one.size,
            href=f"/api/v1/responses/{found.response_id}/files/{one.id}",
        )
        for number, file in enumerate(named, 1)
        if (one := known.get(file)) is not None
    ]


def thoughts_of(found: Any) -> Thoughts | None:
    """What a model thought, of a row that has the columns of a job."""
    if not found.thoughts:
        return None
    return Thoughts(
        model=found.model,
        small_model=bool(found.small_model),
        fraction=found.fraction,
        confidence=found.confidence,
        flags=found.flags or [],
        criteria=found.thoughts,
    )


def _criterion(one: Criterion) -> AwardCriterion:
    return AwardCriterion(
        key=one.key,
        title=one.title,
        description=one.description,
        points=one.points,
        grader_note=one.grader_note,
        levels=[
            AwardLevel(
                number=number,
                points=level.points,
                title=level.title,
                description=level.description,
            )
            for number, level in enumerate(one.levels)
        ],
    )
