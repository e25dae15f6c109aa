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
    TeamId,
    TeamSetId,
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
    actor_id: UUID | None
    at: datetime


class TestResult(msgspec.Struct):
    """What a student's test is worth by its newest result."""

    number: int
    score: Decimal
    out_of: Decimal
    late: bool


class Desk(msgspec.Struct):
    """`id` is null, and `version` 0, where nothing was handed in or graded yet.

    Of a team's work `user_id` is null, or the one member who is graded alone. `standing` are those
    whose own override or excuse stands against a grade of the team.
    """

    id: SubmissionId | None
    assignment_id: AssignmentId
    course_id: CourseId
    user_id: UserId | None
    team_id: TeamId | None
    team_set_id: TeamSetId | None
    team_version: int
    members: list[UserId]
    standing: list[UserId]
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
    assessment_id: UUID | None
    """The test that it stands for."""
    result: TestResult | None

    @property
    def owner(self) -> UserId | None:
        """Whose the work is, unless it is a team's."""
        return self.user_id if self.team_id is None else None

    @property
    def graded_attempt(self) -> int | None:
        """What a grade given now is for; of a test, nothing that was handed in here."""
        return None if self.assessment_id is not None else self.attempt or None


_DESK = (
    "SELECT s.id, a.id AS assignment_id, a.course_id, {user} AS user_id, {team} AS team_id,"
    " CASE WHEN {team} IS NOT NULL THEN a.team_set_id END AS team_set_id,"
    " coalesce((SELECT t.version FROM teams AS t WHERE t.id = {team}), 0) AS team_version,"
    " coalesce((SELECT json_agg(m.user_id ORDER BY m.user_id) FROM members_of({team}) AS m), '[]')"
    " AS members,"
    " coalesce((SELECT json_agg(o.user_id) FROM (SELECT DISTINCT ON (user_id) user_id, alone,"
    " source, excused FROM grade_events WHERE submission_id = s.id AND team_id IS NOT NULL"
    " ORDER BY user_id, version DESC) AS o"
    " WHERE o.alone AND (o.excused OR o.source = 'override')), '[]') AS standing,"
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
    " AND ({user} IS NULL OR user_id = {user}) ORDER BY version DESC LIMIT 1) AS g) AS grade,"
    " EXISTS (SELECT FROM enrollments AS e WHERE e.course_id = a.course_id"
    " AND e.user_id = {user} AND e.role = 'student') AS is_student,"
    " a.anonymous AND a.posted_at IS NULL AS blind, a.assessment_id,"
    " (SELECT row_to_json(r) FROM test_results AS r WHERE r.assignment_id = a.id"
    " AND r.user_id = {user}) AS result"
)
OF_SUBMISSION = (
    _DESK.format(user="s.user_id", team="s.team_id")
    + " FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment_id WHERE s.id = $1"
)
OF_STUDENT = (
    _DESK.format(user="$2::uuid", team="g.team_id")
    + " FROM assignments AS a LEFT JOIN team_members AS g ON g.team_set_id = a.team_set_id"
    " AND g.user_id = $2 AND g.left_at IS NULL LEFT JOIN LATERAL (SELECT p.* FROM submissions AS p"
    " WHERE p.assignment_id = a.id AND p.user_id = $2 AND g.team_id IS NULL UNION ALL SELECT w.*"
    " FROM submissions AS w WHERE w.assignment_id = a.id AND w.team_id = g.team_id) AS s ON true"
    " WHERE a.id = $1"
)
_MARK = (
    "INSERT INTO rubric_assessments (id, institution_id, assignment_id, user_id, submission_id,"
    " attempt, rubric_version_id, criterion_id, rating_id, points, comment, grader_id, version,"
    " at, team_id)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 WHERE {allowed}"
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
        desk.owner,
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
        desk.team_id,
    )
    if desk.id is not None:
        work.record(
            CriterionMarked(
                institution_id=who.institution,
                submission_id=desk.id,
                assignment_id=desk.assignment_id,
                course_id=desk.course_id,
                user_id=desk.owner,
                criterion_id=criterion,
                points=points,
                version=before + 1,
                team_id=desk.team_id,
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
                user_id=desk.owner,
                criterion_id=criterion,
                team_id=desk.team_id,
            )
        )
    return comment
