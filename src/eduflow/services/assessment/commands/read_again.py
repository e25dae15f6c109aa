"""After a regrade: what has no score any more, or never had one by this rubric, is read again."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.asking import seed_of
from eduflow.services.assessment.commands.facts import Facts
from eduflow.services.assessment.commands.reading_rows import AI_JOBS, GRADE_ANSWER
from eduflow.services.assessment.commands.regrade_rows import Run


class _Known(msgspec.Struct):
    response_id: UUID
    waits: bool
    """A person or a model has it before them already, by the rubric that counts."""
    was_read: bool
    """A model has read it by this rubric, and is not asked again."""


_LOOK = (
    "SELECT u.response AS response_id, coalesce(j.state = 'waiting', false) OR"
    " (u.rubric IS NULL OR NOT u.other) AND coalesce(q.state <> 'done', false) AS waits,"
    " j.id IS NOT NULL AS was_read FROM unnest($1::uuid[], $2::uuid[], $3::boolean[])"
    " AS u(response, rubric, other) LEFT JOIN ai_grading_jobs AS j ON j.response_id = u.response"
    " AND j.rubric_version_id = u.rubric LEFT JOIN grading_queue AS q"
    " ON q.response_id = u.response"
)
_QUEUE = (
    "INSERT INTO grading_queue AS q (response_id, institution_id, course_id, assessment_id,"
    " question_id, reason, order_key, queued_at) SELECT u.response, $1, $2, $3, u.question,"
    " 'to_be_read', u.place, $4 FROM unnest($5::uuid[], $6::uuid[], $7::bigint[])"
    " AS u(response, question, place) WHERE {allowed} ON CONFLICT (response_id) DO UPDATE SET"
    " state = 'waiting', reason = excluded.reason, assigned_to = NULL, claimed_until = NULL,"
    " job_id = NULL, queued_at = excluded.queued_at, version = q.version + 1"
)


async def read_again(work: UnitOfWork, run: Run, all_of: Sequence[Facts]) -> None:
    """Put before a model, or a person, what nobody has before them."""
    change = run.change
    unread = [
        one
        for facts in all_of
        if facts.state == "submitted"
        for one in facts.tries
        if one.fraction is None
    ]
    if not unread:
        return
    rubrics = [run.new.rubric_set.get(one.question_id) for one in unread]
    known = await work.look(
        _LOOK,
        [one.response_id for one in unread],
        rubrics,
        [one.question_id in change.rubrics for one in unread],
        into=_Known,
    )
    told = {one.response_id: one for one in known}
    waiting = [
        (one, rubric)
        for one, rubric in zip(unread, rubrics, strict=True)
        if not told[one.response_id].waits
    ]
    asked = [
        (new_id(), one, rubric)
        for one, rubric in waiting
        if run.reading == "models" and rubric is not None and not told[one.response_id].was_read
    ]
    place = (run.institution_id, run.course_id, run.assessment_id)
    if asked:
        work.write(
            AI_JOBS,
            *place,
            work.now,
            [job for job, _, _ in asked],
            [one.question_id for _, one, _ in asked],
            [one.response_id for _, one, _ in asked],
            [rubric for _, _, rubric in asked],
            changes=len(asked),
        )
        for job, _, _ in asked:
            work.enqueue(Enqueue(GRADE_ANSWER, {"job_id": str(job)}, max_attempts=50))
    models = {one.response_id for _, one, _ in asked}
    queued = [one for one, _ in waiting if one.response_id not in models]
    if queued:
        work.write(
            _QUEUE,
            *place,
            work.now,
            [one.response_id for one in queued],
            [one.question_id for one in queued],
            [seed_of(one.response_id) for one in queued],
            changes=len(queued),
        )
