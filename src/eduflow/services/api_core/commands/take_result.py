"""Take what a test tells of students: that they sat it, and what it is worth."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import GradeGiven, SubmissionMade
from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.services.api_core.ids import (
    AssessmentId,
    AssignmentId,
    CourseId,
    GradeId,
    SubmissionId,
)
from eduflow.services.api_core.model.grading import share_of

SOURCE = "assessment"


class NotHeardOfYet(Exception):  # noqa: N818 (no problem of the event's: it is tried again later)
    """Something is told of a test that nothing was told of."""


class TakeSitting(Command[str], frozen=True, kw_only=True):
    """A student has handed in an attempt, which may still have to be judged."""

    assessment: AssessmentId
    user: UserId
    number: int
    submitted_at: datetime


class TakeResult(Command[str], frozen=True, kw_only=True):
    """What counts for a student, `counts` of `counts_points`, over all their attempts.

    Doing it twice is doing it once; of two, that of the newer scoring counts, and of one scoring
    the newer. An override or an excuse stays, and the result is kept for the day it is taken back.
    """

    assessment: AssessmentId
    user: UserId
    attempt: UUID
    number: int
    scoring_number: int
    seq: int
    counts: Decimal
    counts_points: Decimal
    submitted_at: datetime
    late: bool


class _Last(msgspec.Struct):
    source: str
    excused: bool
    score: Decimal | None
    out_of: Decimal | None


class _Result(msgspec.Struct):
    number: int
    scoring_number: int
    seq: int


class _Found(msgspec.Struct):
    kind: str | None
    assignment_id: AssignmentId | None
    course_id: CourseId
    points: Decimal | None
    is_student: bool
    submission_id: SubmissionId | None
    attempt: int
    version: int
    grade: _Last | None
    result: _Result | None


# Who reacts sees every institution, so that each row is asked for by its own.
_LOOK = (
    "SELECT t.kind, a.id AS assignment_id, t.course_id, a.points, EXISTS (SELECT FROM enrollments"
    " AS e JOIN users AS u ON u.id = e.user_id AND u.state <> 'deleted'"
    " WHERE e.institution_id = $1 AND e.course_id = t.course_id AND e.user_id = $3"
    " AND e.role = 'student') AS is_student, s.id AS submission_id,"
    " coalesce(s.current_attempt, 0) AS attempt, coalesce(s.version, 0) AS version,"
    " (SELECT row_to_json(g) FROM (SELECT * FROM grade_events WHERE submission_id = s.id"
    " ORDER BY version DESC LIMIT 1) AS g) AS grade,"
    " (SELECT row_to_json(r) FROM test_results AS r WHERE r.assignment_id = a.id"
    " AND r.user_id = $3) AS result FROM course_tests AS t LEFT JOIN assignments AS a"
    " ON a.institution_id = t.institution_id AND a.assessment_id = t.assessment_id"
    " LEFT JOIN submissions AS s ON s.assignment_id = a.id AND s.user_id = $3"
    " WHERE t.institution_id = $1 AND t.assessment_id = $2"
)
_FIRST = (
    "INSERT INTO submissions (id, institution_id, course_id, assignment_id, user_id, state,"
    " current_attempt, created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE {allowed}"
    " ON CONFLICT DO NOTHING"
)
_NEXT = (
    "UPDATE submissions SET state = $3, current_attempt = $4, version = version + 1"
    " WHERE id = $1 AND version = $2 AND {allowed}"
)
_RESULT = (
    "INSERT INTO test_results AS r (assignment_id, user_id, institution_id, attempt_id, number,"
    " scoring_number, seq, score, out_of, late, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE {allowed}"
    " ON CONFLICT (assignment_id, user_id) DO UPDATE SET attempt_id = excluded.attempt_id,"
    " number = excluded.number, scoring_number = excluded.scoring_number, seq = excluded.seq,"
    " score = excluded.score, out_of = excluded.out_of, late = excluded.late, at = excluded.at"
    " WHERE r.seq = $12"
)
_GRADE = (
    "INSERT INTO grade_events (id, institution_id, assignment_id, user_id, submission_id, version,"
    " score, out_of, excused, source, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, false, $9, $10 WHERE {allowed}"
    " ON CONFLICT ON CONSTRAINT grade_events_version_once DO NOTHING"
)


async def take_sitting(command: TakeSitting, work: UnitOfWork) -> str:
    found = await _found(work, command.assessment, command.user)
    if found.assignment_id is None:
        return "no column"
    if not found.is_student:
        return "no student"
    if command.number <= found.attempt:
        return "older"
    submission = _write_work(work, found, command.user, number=command.number, state="submitted")
    work.record(
        SubmissionMade(
            institution_id=work.identity.institution,
            submission_id=submission,
            assignment_id=found.assignment_id,
            course_id=found.course_id,
            user_id=command.user,
            attempt=command.number,
            submitted_at=command.submitted_at,
        )
    )
    return "taken"


async def take_result(command: TakeResult, work: UnitOfWork) -> str:
    found = await _found(work, command.assessment, command.user)
    if found.assignment_id is None or found.points is None:
        return "no column"
    if not found.is_student:
        return "no student"
    before = found.result
    if before is not None and (command.scoring_number, command.seq) <= (
        before.scoring_number,
        before.seq,
    ):
        return "older"
    institution = work.identity.institution
    number = max(command.number, before.number if before else 0)
    score = share_of(found.points, score=command.counts, out_of=command.counts_points)
    whose = (found.assignment_id, command.user, institution, command.attempt, number)
    worth = (command.scoring_number, command.seq, score, found.points, command.late, work.now)
    work.write(_RESULT, *whose, *worth, before.seq if before else -1)
    last = found.grade
    if last is not None and (last.excused or last.source == "override"):
        return "kept"
    is_new = before is None or number > before.number
    if last is not None and not is_new and (last.score, last.out_of) == (score, found.points):
        return "same"
    state = "graded" if number >= found.attempt else "submitted"
    reached = max(number, found.attempt)
    submission = _write_work(work, found, command.user, number=reached, state=state)
    what = (found.assignment_id, command.user, submission, found.version + 1)
    grade = GradeId(new_id())
    work.write(_GRADE, grade, institution, *what, score, found.points, SOURCE, work.now)
    work.record(
        GradeGiven(
            institution_id=institution,
            submission_id=submission,
            assignment_id=found.assignment_id,
            course_id=found.course_id,
            user_id=command.user,
            attempt=number,
            submitted_at=command.submitted_at,
            score=score,
            source=SOURCE,
            graded_at=work.now,
            out_of=found.points,
            late=command.late,
        )
    )
    return "taken"


async def _found(work: UnitOfWork, assessment: AssessmentId, user: UserId) -> _Found:
    found = await work.look_one(_LOOK, work.identity.institution, assessment, user, into=_Found)
    if found is None or found.kind is None:
        raise NotHeardOfYet(str(assessment))
    return found


def _write_work(
    work: UnitOfWork, found: _Found, user: UserId, *, number: int, state: str
) -> SubmissionId:
    """Nothing of it is here but that there is something: what was answered stays where it is."""
    if found.submission_id is not None:
        work.write(_NEXT, found.submission_id, found.version, state, number)
        return found.submission_id
    submission = SubmissionId(new_id())
    place = (work.identity.institution, found.course_id, found.assignment_id, user)
    work.write(_FIRST, submission, *place, state, number, work.now)
    return submission
