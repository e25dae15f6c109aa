"""What no key could judge is put before a model or a person."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Enqueue, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.services.assessment.asking import seed_of
from eduflow.services.assessment.commands.settling import Facts

GRADE_ANSWER = "grade_answer"
"""The job in which a model reads an answer; its argument is `job_id`."""
AI_JOBS = (
    "INSERT INTO ai_grading_jobs (id, institution_id, course_id, assessment_id, question_id,"
    " response_id, rubric_version_id, asked_at) SELECT u.id, $1, $2, $3, u.question, u.response,"
    " u.rubric, $4 FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[])"
    " AS u(id, question, response, rubric) WHERE {allowed}"
)
_QUEUED = (
    "INSERT INTO grading_queue (response_id, institution_id, course_id, assessment_id,"
    " question_id, reason, order_key, queued_at) SELECT u.response, $1, $2, $3, u.question,"
    " $4, u.place, $5 FROM unnest($6::uuid[], $7::uuid[], $8::bigint[])"
    " AS u(response, question, place) WHERE {allowed}"
)


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that somebody must read."""

    response: UUID
    question: UUID


def have_read(work: UnitOfWork, facts: Facts, unread: Sequence[Unread], *, models: bool) -> None:
    """A model reads first where the test says so and there is a rubric; else people."""
    rubrics = facts.scoring.rubric_set if models else {}
    place = (work.identity.institution, facts.course_id, facts.assessment_id)
    jobs = [(new_id(), one, rubrics[one.question]) for one in unread if one.question in rubrics]
    if jobs:
        work.write(
            AI_JOBS,
            *place,
            work.now,
            [job for job, _, _ in jobs],
            [one.question for _, one, _ in jobs],
            [one.response for _, one, _ in jobs],
            [rubric for _, _, rubric in jobs],
            changes=len(jobs),
        )
        for job, _, _ in jobs:
            work.enqueue(Enqueue(GRADE_ANSWER, {"job_id": str(job)}, max_attempts=50))
    queued = [one for one in unread if one.question not in rubrics]
    if queued:
        work.write(
            _QUEUED,
            *place,
            "to_be_read",
            work.now,
            [one.response for one in queued],
            [one.question for one in queued],
            [seed_of(one.response) for one in queued],
            changes=len(queued),
        )
