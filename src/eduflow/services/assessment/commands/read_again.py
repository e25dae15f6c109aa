"""After a regrade: what has no score any more, or never had one by this rubric, is read again.

Whoever has such an answer before them by the rubric before is told to stop: a model is not asked
any more, and what it was asked already comes to nothing; a person's claim is taken back.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.asking import seed_of
from eduflow.services.assessment.commands.facts import Facts
from eduflow.services.assessment.commands.reading_rows import AI_JOBS, GRADE_ANSWER
from eduflow.services.assessment.commands.regrade_rows import Run
from eduflow.services.assessment.model.marking import MarkedTry


class _Known(msgspec.Struct):
    """What is under way for an answer."""

    response_id: UUID
    queued: bool
    """A person has it before them, or will."""
    by_this_rubric: bool
    """They have it since this regrade, or its rubric is the one it was."""
    job: UUID | None
    """In which a model reads it, or has read it, by the rubric that counts."""
    job_state: str | None
    outdated: list[UUID]
    """Jobs that wait by another rubric."""


class _Unread(msgspec.Struct, frozen=True):
    answer: MarkedTry
    rubric: UUID | None
    known: _Known


_LOOK = (
    "SELECT u.response AS response_id, coalesce(q.state <> 'done', false) AS queued,"
    " NOT u.other OR coalesce(q.queued_at >= $4, false) AS by_this_rubric, j.id AS job,"
    " j.state AS job_state, coalesce((SELECT json_agg(o.id) FROM ai_grading_jobs AS o WHERE"
    " o.response_id = u.response AND o.state = 'waiting' AND u.other"
    " AND o.rubric_version_id IS DISTINCT FROM u.rubric), '[]') AS outdated"
    " FROM unnest($1::uuid[], $2::uuid[], $3::boolean[]) AS u(response, rubric, other)"
    " LEFT JOIN ai_grading_jobs AS j ON j.response_id = u.response"
    " AND j.rubric_version_id = u.rubric LEFT JOIN grading_queue AS q"
    " ON q.response_id = u.response"
)
# Whoever ends such a job meets this: one of the two decides again.
_DROP = (
    "UPDATE ai_grading_jobs AS j SET state = 'dropped', ended_at = $2,"
    " tokens_in = (SELECT coalesce(sum(c.tokens_in), 0) FROM ai_calls AS c WHERE c.job_id = j.id),"
    " tokens_out = (SELECT coalesce(sum(c.tokens_out), 0) FROM ai_calls AS c WHERE c.job_id = j.id)"
    ", cost_micros = (SELECT coalesce(sum(c.cost_micros), 0) FROM ai_calls AS c"
    " WHERE c.job_id = j.id) WHERE j.id = ANY ($1::uuid[]) AND j.state = 'waiting' AND {allowed}"
)
# What it was asked before is kept, and not asked again.
_TAKE_UP = (
    "UPDATE ai_grading_jobs SET state = 'waiting', asked_at = $2, ended_at = NULL"
    " WHERE id = ANY ($1::uuid[]) AND state = 'dropped' AND {allowed}"
)
_QUEUE = (
    "INSERT INTO grading_queue AS q (response_id, institution_id, course_id, assessment_id,"
    " question_id, reason, order_key, job_id, queued_at) SELECT u.response, $1, $2, $3, u.question,"
    " 'to_be_read', u.place, u.job, $4 FROM unnest($5::uuid[], $6::uuid[], $7::bigint[],"
    " $8::uuid[]) AS u(response, question, place, job) WHERE {allowed}"
    " ON CONFLICT (response_id) DO UPDATE SET state = 'waiting', reason = excluded.reason,"
    " assigned_to = NULL, claimed_until = NULL, job_id = excluded.job_id, blind = true,"
    " queued_at = excluded.queued_at, version = q.version + 1"
)
_TAKE_BACK = (
    "UPDATE grading_queue SET state = 'done', assigned_to = NULL, claimed_until = NULL,"
    " version = version + 1 WHERE response_id = ANY ($1::uuid[]) AND state <> 'done' AND {allowed}"
)


async def read_again(work: UnitOfWork, run: Run, all_of: Sequence[Facts]) -> None:
    """Put before a model, or a person, what nobody has before them. Twice is once."""
    changed = run.change.rubrics
    about = [
        one
        for facts in all_of
        if facts.state == "submitted"
        for one in facts.tries
        if one.fraction is None or one.question_id in changed
    ]
    if not about:
        return
    known = await _looked(work, run, about)
    if outdated := [job for one in known for job in one.known.outdated]:
        work.write(_DROP, outdated, work.now, changes=len(outdated))
    waiting = [
        one
        for one in known
        if one.answer.fraction is None
        and one.known.job_state != "waiting"
        and not (one.known.queued and one.known.by_this_rubric)
    ]
    models = [one for one in waiting if _is_for_models(one, run)]
    people = [one for one in waiting if not _is_for_models(one, run)]
    if models:
        _ask(work, run, models)
    if people:
        _queue(work, run, people)


async def _looked(work: UnitOfWork, run: Run, about: Sequence[MarkedTry]) -> list[_Unread]:
    rubrics = [run.new.rubric_set.get(one.question_id) for one in about]
    found = await work.look(
        _LOOK,
        [one.response_id for one in about],
        rubrics,
        [one.question_id in run.change.rubrics for one in about],
        run.switched_at,
        into=_Known,
    )
    known = {one.response_id: one for one in found}
    return [
        _Unread(one, rubric, known[one.response_id])
        for one, rubric in zip(about, rubrics, strict=True)
    ]


def _is_for_models(one: _Unread, run: Run) -> bool:
    """What a model has read by this rubric it is not asked again."""
    read = one.known.job is not None and one.known.job_state != "dropped"
    return run.reading == "models" and one.rubric is not None and not read


def _ask(work: UnitOfWork, run: Run, models: Sequence[_Unread]) -> None:
    new = [(new_id(), one) for one in models if one.known.job is None]
    if new:
        work.write(
            AI_JOBS,
            *_place(run),
            work.now,
            [job for job, _ in new],
            [one.answer.question_id for _, one in new],
            [one.answer.response_id for _, one in new],
            [one.rubric for _, one in new],
            changes=len(new),
        )
    taken_up = [one.known.job for one in models if one.known.job is not None]
    if taken_up:
        work.write(_TAKE_UP, taken_up, work.now, changes=len(taken_up))
    for job in (*(job for job, _ in new), *taken_up):
        work.enqueue(Enqueue(GRADE_ANSWER, {"job_id": str(job)}, max_attempts=50))
    if held := [one.answer.response_id for one in models if one.known.queued]:
        work.write(_TAKE_BACK, held, changes=len(held))


def _queue(work: UnitOfWork, run: Run, people: Sequence[_Unread]) -> None:
    work.write(
        _QUEUE,
        *_place(run),
        work.now,
        [one.answer.response_id for one in people],
        [one.answer.question_id for one in people],
        [seed_of(one.answer.response_id) for one in people],
        [one.known.job for one in people],
        changes=len(people),
    )


def _place(run: Run) -> tuple[UUID, UUID, UUID]:
    return run.institution_id, run.course_id, run.assessment_id
