"""Propose another scoring version, and have every recorded answer folded by it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.kernel.problems import NotFound
from eduflow.services.assessment.commands.settling import Scoring
from eduflow.services.assessment.ids import AssessmentId, RegradeId
from eduflow.services.assessment.model.faults import Faults
from eduflow.services.assessment.model.replaying import changed_entries
from eduflow.services.assessment.regrade_views import Regrade
from eduflow.services.assessment.replay_problems import (
    NeverPublished,
    NothingToRegrade,
    NotToRegradeBy,
    RegradeOpen,
)

FOLD_REGRADE = "fold_regrade"
"""The job that folds every answer by a proposed version; its argument is `run_id`."""


_NO_VERSION = "is no question version of this test: its forms name those that are"


class RulesChange(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a policy that decides about points; None: as it is."""

    behaviour: str | None = None
    attempt_counts: str | None = None
    late_penalty: Decimal | None = None


class ProposeRegrade(Command[Regrade], frozen=True, kw_only=True):
    """`keys` by question version, `rubrics` by question, `points` by question version."""

    assessment: AssessmentId
    dry_run: bool
    cause: str
    reason: str
    keys: dict[UUID, int]
    rubrics: dict[UUID, UUID]
    points: dict[UUID, tuple[Decimal, ...]]
    policy: RulesChange


class _Key(msgspec.Struct, frozen=True):
    question_version_id: UUID
    number: int


class _Rubric(msgspec.Struct, frozen=True):
    question_id: UUID
    rubric_version_id: UUID


class _Found(msgspec.Struct):
    course_id: UUID
    base: Scoring | None
    policy: dict[str, Any] | None
    """As it is stored: with what this code may not know of."""
    last: int
    open: bool
    attempts: int
    versions: list[UUID]
    keys: list[_Key]
    rubrics: list[_Rubric]


# What may be named is whatever any form of the test has asked.
_LOOK = (
    "SELECT a.course_id, to_json(b) AS base, b.policy, coalesce((SELECT max(o.number) FROM"
    " scoring_versions AS o WHERE o.assessment_id = a.id), 0) AS last, EXISTS (SELECT FROM"
    " regrade_runs AS r WHERE r.assessment_id = a.id AND r.state IN ('running', 'ready',"
    " 'publishing')) AS open, (SELECT count(*) FROM attempts AS t WHERE t.assessment_id = a.id)"
    " AS attempts, f.versions, coalesce((SELECT json_agg(json_build_object('question_version_id',"
    " k.question_version_id, 'number', k.number)) FROM answer_keys AS k WHERE"
    " k.question_version_id = ANY (f.versions)), '[]') AS keys, coalesce((SELECT"
    " json_agg(json_build_object('question_id', u.question_id, 'rubric_version_id', w.id)) FROM"
    " question_versions AS v JOIN scoring_rubrics AS u ON u.question_id = v.question_id"
    " JOIN scoring_rubric_versions AS w ON w.rubric_id = u.id WHERE v.id = ANY (f.versions)), '[]')"
    " AS rubrics FROM assessments AS a LEFT JOIN scoring_versions AS b ON b.assessment_id = a.id"
    " AND b.number = a.scoring_number CROSS JOIN LATERAL (SELECT coalesce(array_agg(DISTINCT"
    " i.question_version_id), '{}') AS versions FROM assessment_versions AS g"
    " JOIN assessment_sections AS s ON s.assessment_version_id = g.id"
    " JOIN section_items AS i ON i.section_id = s.id WHERE g.assessment_id = a.id) AS f"
    " WHERE a.id = $1"
)
_VERSION = (
    "INSERT INTO scoring_versions (id, institution_id, assessment_id, number, cause, reason, state,"
    " key_set, rubric_set, points_set, policy, made_by, made_at)"
    " SELECT $1, $2, $3, $4, $5, $6, 'proposed', $7::text::jsonb, $8::text::jsonb, $9::text::jsonb,"
    " $10::text::jsonb, $11, $12 WHERE {allowed}"
)
_RUN = (
    "INSERT INTO regrade_runs (id, institution_id, course_id, assessment_id, scoring_version_id,"
    " base_version_id, dry_run, total, started_by, started_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE {allowed}"
)


async def propose_regrade(command: ProposeRegrade, work: UnitOfWork) -> Regrade:
    who = work.identity
    found = await work.look_one(_LOOK, command.assessment, into=_Found)
    if found is None:
        raise NotFound(kind="assessment")
    if found.base is None:
        raise NeverPublished
    if found.open:
        raise RegradeOpen
    _refuse_unknown(command, found)
    base = found.base
    changes = {k: v for k, v in msgspec.structs.asdict(command.policy).items() if v is not None}
    new = Scoring(
        id=new_id(),
        number=found.last + 1,
        key_set={**base.key_set, **command.keys},
        rubric_set={**base.rubric_set, **command.rubrics},
        points_set={**base.points_set, **command.points},
        policy=msgspec.structs.replace(base.policy, **changes),
    )
    if _same(base, new):
        raise NothingToRegrade
    run = RegradeId(new_id())
    place = (who.institution, found.course_id, command.assessment)
    work.write(
        _VERSION,
        new.id,
        who.institution,
        command.assessment,
        new.number,
        command.cause,
        command.reason,
        *(as_json(part) for part in (new.key_set, new.rubric_set, new.points_set)),
        as_json({**(found.policy or {}), **changes}),
        who.user,
        work.now,
    )
    about = (command.dry_run, found.attempts, who.user, work.now)
    work.write(_RUN, run, *place, new.id, base.id, *about)
    work.enqueue(job_of(FOLD_REGRADE, run))
    return _shown(command, run, base=base, new=new, total=found.attempts, now=work.now)


def job_of(kind: str, run: RegradeId) -> Enqueue:
    """Work on a run, one at a time; killed as often as may be, it goes on where it was."""
    return Enqueue(kind, {"run_id": str(run)}, max_attempts=50, unique_key=str(run))


def as_json(value: Any) -> str:
    """Text for `$n::text::jsonb`; decimals as numbers, which jsonb keeps exactly."""
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def _same(base: Scoring, new: Scoring) -> bool:
    return (
        base.policy == new.policy
        and not changed_entries(base.key_set, new.key_set)
        and not changed_entries(base.rubric_set, new.rubric_set)
        and not changed_entries(base.points_set, new.points_set)
    )


def _refuse_unknown(command: ProposeRegrade, found: _Found) -> None:
    keys = {(one.question_version_id, one.number) for one in found.keys}
    rubrics = {(one.question_id, one.rubric_version_id) for one in found.rubrics}
    ruled = {one.question_id for one in found.rubrics}
    faults = Faults()
    for version, number in command.keys.items():
        known = sorted(one for of, one in keys if of == version)
        if not known:
            faults.add(f"/keys/{version}", _NO_VERSION)
        elif number not in known:
            listed = ", ".join(str(one) for one in known)
            message = f"has no key number {number}: there is {listed}; correct the key first"
            faults.add(f"/keys/{version}", message)
    for question, rubric in command.rubrics.items():
        if question not in ruled:
            message = "is no question of this test that is read by a rubric"
            faults.add(f"/rubrics/{question}", message)
        elif (question, rubric) not in rubrics:
            message = "has no such rubric version: it is the id of a version, not of the rubric"
            faults.add(f"/rubrics/{question}", message)
    for version in command.points:
        if version not in found.versions:
            faults.add(f"/points/{version}", _NO_VERSION)
    if faults.found:
        raise NotToRegradeBy(errors=faults.found)


def _shown(
    command: ProposeRegrade,
    run: RegradeId,
    *,
    base: Scoring,
    new: Scoring,
    total: int,
    now: datetime,
) -> Regrade:
    return Regrade(
        id=run,
        assessment_id=command.assessment,
        state="running",
        dry_run=command.dry_run,
        cause=command.cause,
        reason=command.reason,
        base_number=base.number,
        scoring_number=new.number,
        total=total,
        done=0,
        changed=0,
        unread=0,
        started_at=now,
        ended_at=None,
        version=1,
    )
