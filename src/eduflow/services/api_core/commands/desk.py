"""What lies before whoever grades: one student's work, the rubric, the marks, the last grade."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.contracts.api_core_grading import CriterionMarked, SubmissionCommented
from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.ids import UserId, new_id
from eduflow.kernel.problems import PreconditionFailed
from eduflow.kernel.web import etag
from eduflow.services.api_core.ids import (
    AssignmentId,
    CommentId,
    CourseId,
    CriterionId,
    RubricVersionId,
    SubmissionId,
)
from eduflow.services.api_core.model.rubric import Criterion, Mark


class LastMark(msgspec.Struct):
    """The mark that counts on a criterion."""

    criterion_id: UUID
    rating_id: UUID | None
    points: Decimal
    comment: str
    grader_id: UUID
    version: int


class LastGrade(msgspec.Struct):
    """The grade that counts."""

    attempt: int | None
    score: Decimal | None
    excused: bool
    source: str
    actor_id: UUID
    at: datetime


class Desk(msgspec.Struct):
    """`id` is null, and `version` 0, where nothing was handed in or graded yet."""

    id: SubmissionId | None
    assignment_id: AssignmentId
    course_id: CourseId
    user_id: UserId
    attempt: int
    version: int
    state: str
    submitted_at: datetime | None
    rubric_version_id: RubricVersionId | None
    criteria: list[Criterion]
    marks: list[LastMark]
    grade: LastGrade | None
    is_student: bool
    blind: bool
    """Graded without names, and not posted yet."""

    @property
    def graded_attempt(self) -> int | None:
        """What a grade given now is for."""
        return self.attempt or None


_DESK = (
    "SELECT s.id, a.id AS assignment_id, a.course_id, {user} AS user_id,"
    " coalesce(s.current_attempt, 0) AS attempt, coalesce(s.version, 0) AS version,"
    " coalesce(s.state, 'unsubmitted') AS state,"
    " (SELECT v.at FROM submission_versions AS v WHERE v.submission_id = s.id"
    " AND v.attempt = s.current_attempt) AS submitted_at, a.rubric_version_id,"
    " coalesce((SELECT json_agg(json_build_object('id', c.id, 'points', c.points, 'ratings',"
    " coalesce((SELECT json_agg(json_build_object('id', r.id, 'points', r.points))"
    " FROM rubric_ratings AS r WHERE r.criterion_id = c.id), '[]')) ORDER BY c.position)"
    " FROM rubric_criteria AS c WHERE c.rubric_version_id = a.rubric_version_id), '[]')"
    " AS criteria,"
    " coalesce((SELECT json_agg(m) FROM (SELECT DISTINCT ON (criterion_id) * FROM"
    " rubric_assessments WHERE submission_id = s.id ORDER BY criterion_id, version DESC) AS m),"
    " '[]') AS marks,"
    " (SELECT row_to_json(g) FROM (SELECT * FROM grade_events WHERE submission_id = s.id"
    " ORDER BY version DESC LIMIT 1) AS g) AS grade,"
    " EXISTS (SELECT FROM enrollments AS e WHERE e.course_id = a.course_id"
    " AND e.user_id = {user} AND e.role = 'student') AS is_student,"
    " a.anonymous AND a.posted_at IS NULL AS blind"
)
OF_SUBMISSION = (
    _DESK.format(user="s.user_id")
    + " FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment_id WHERE s.id = $1"
)
OF_STUDENT = (
    _DESK.format(user="$2::uuid")
    + " FROM assignments AS a LEFT JOIN submissions AS s ON s.assignment_id = a.id"
    " AND s.user_id = $2 WHERE a.id = $1"
)
_MARK = (
    "INSERT INTO rubric_assessments (id, institution_id, assignment_id, user_id, submission_id,"
    " attempt, rubric_version_id, criterion_id, rating_id, points, comment, grader_id, version, at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE {allowed}"
    # Where somebody was faster this writes nothing, so that the whole is decided again.
    " ON CONFLICT ON CONSTRAINT rubric_assessments_version_once DO NOTHING"
)
_COMMENT = (
    "INSERT INTO submission_comments (id, institution_id, submission_id, criterion_id, author_id,"
    " body, at) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {allowed}"
)


def refuse_unseen_work(
    expected: int, current: int, *, theirs: Any, refused: Mapping[str, Any]
) -> None:
    """Raises PreconditionFailed with both: what is there now, and what would have been lost."""
    if expected != current:
        raise PreconditionFailed(
            yours=etag(expected), current=etag(current), theirs=theirs, refused=refused
        )


def write_mark(
    work: UnitOfWork, desk: Desk, criterion: CriterionId, *, mark: Mark, points: Decimal
) -> int:
    """Keep a mark as the next version of its criterion; returns that version."""
    before = next((m.version for m in desk.marks if m.criterion_id == criterion), 0)
    who = work.identity
    work.write(
        _MARK,
        new_id(),
        who.institution,
        desk.assignment_id,
        desk.user_id,
        desk.id,
        desk.graded_attempt,
        desk.rubric_version_id,
        criterion,
        mark.rating_id,
        points,
        mark.comment,
        who.user,
        before + 1,
        work.now,
    )
    if desk.id is not None:
        work.record(
            CriterionMarked(
                institution_id=who.institution,
                submission_id=desk.id,
                assignment_id=desk.assignment_id,
                course_id=desk.course_id,
                user_id=desk.user_id,
                criterion_id=criterion,
                points=points,
                version=before + 1,
            )
        )
    return before + 1


def write_comment(
    work: UnitOfWork, desk: Desk, body: str, *, criterion: CriterionId | None
) -> CommentId:
    """Say something about the work."""
    comment = CommentId(new_id())
    who = work.identity
    work.write(_COMMENT, comment, who.institution, desk.id, criterion, who.user, body, work.now)
    if desk.id is not None:
        work.record(
            SubmissionCommented(
                institution_id=who.institution,
                submission_id=desk.id,
                comment_id=comment,
                assignment_id=desk.assignment_id,
                course_id=desk.course_id,
                user_id=desk.user_id,
                criterion_id=criterion,
            )
        )
    return comment
